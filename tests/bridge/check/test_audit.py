"""Reading `#print axioms`: strictly what was asked for, and only the three axioms."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.check.audit import Audit, parse_axioms, print_axioms
from bridge.toolchain.model import Limits
from runtime.errors import InfrastructureError

GOOD = "'T.a' depends on axioms: [propext, Classical.choice, Quot.sound]"
NONE = "'T.b' does not depend on any axioms"


def parse(*lines: str, names: tuple[str, ...] = ("T.a",)) -> Audit:
    """The audit of one claim with these theorems."""
    return parse_axioms(lines, {"claim": names})["claim"]


def test_the_three_axioms_pass() -> None:
    audit = parse(GOOD, NONE, "", names=("T.a", "T.b"))
    assert audit.problems == ()
    assert audit.axioms == {"T.a": ("propext", "Classical.choice", "Quot.sound"), "T.b": ()}


def test_messages_with_a_position_and_broken_lines() -> None:
    audit = parse(
        "Audit.lean:5:0: info: 'T.a' depends on axioms: [propext,",
        " Classical.choice,",
        " Quot.sound]",
    )
    assert audit.problems == ()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "nothing about T.a"),
        (["'T.a' depends on axioms: [propext, sorryAx]"], "sorryAx"),
        (["'T.a' depends on axioms: [Lean.ofReduceBool]"], "ofReduceBool"),
        (["'T.a' depends on axioms: [T.a.trust]"], "T.a.trust"),
        (["'T.a' depends on axioms: [propextx]"], "propextx"),
        ([GOOD, GOOD], "twice"),
        ([GOOD, NONE], "not asked about"),
        ([GOOD, "warning: something"], "something else"),
        (["error: unknown constant 'T.a'"], "something else"),
        ([f"x {GOOD} y"], "something else"),
        (["'T.a' depends on axioms: []]"], "something else"),
    ],
)
def test_anything_else_is_a_problem(lines: list[str], message: str) -> None:
    assert any(message in problem for problem in parse(*lines).problems)


def test_an_axiom_counts_against_its_own_claim() -> None:
    lines = ["'T.b' depends on axioms: [trust]", GOOD]
    audits = parse_axioms(lines, {"a": ["T.a"], "b": ["T.b"]})
    assert audits["a"].problems == ()
    assert audits["b"].problems == ("T.b depends on the axiom trust",)
    assert set(audits["a"].axioms or ()) == {"T.a"}


@dataclass(frozen=True)
class Scripted:
    """A toolchain whose lake is a Python program."""

    script: str
    name: str = "official"
    version: str = "4.30.0"
    commit: str = "0" * 40
    official: bool = True
    reason: str = ""
    note: str = ""

    def lake(self) -> list[str]:
        return [sys.executable, "-c", self.script]


def run(script: str, tmp_path: Path, timeout: float = 20.0) -> Audit:
    limits, environment = Limits(timeout, 512), {"PATH": "/usr/bin"}
    audits = print_axioms(
        *(tmp_path, ["T.Theorems.A"], {"claim": ["T.a"]}, Scripted(script), environment),
        limits=limits,
    )
    return audits["claim"]


def test_lake_is_asked_for_these_theorems(tmp_path: Path) -> None:
    script = (
        "import sys; command = sys.argv[1:3]; assert command == ['env', 'lean'];"
        "text = open(sys.argv[3]).read(); assert text.startswith('import T.Theorems.A\\n');"
        f"assert text.endswith('\\n#print axioms T.a\\n'); print({GOOD!r})"
    )
    audit = run(script, tmp_path)
    assert audit.problems == ()
    assert audit.conclusive
    assert list(tmp_path.iterdir()) == [], "nothing is written into the project"


def test_nothing_is_run_for_nothing(tmp_path: Path) -> None:
    script = "raise SystemExit(1)"
    assert print_axioms(tmp_path, [], {}, Scripted(script), {}, limits=Limits(1.0, 64)) == {}


def test_a_failing_lake_is_a_problem(tmp_path: Path) -> None:
    audit = run(f"print({GOOD!r}); raise SystemExit(1)", tmp_path)
    assert audit.problems
    assert audit.conclusive


def test_a_silent_lake_is_a_problem(tmp_path: Path) -> None:
    assert run("", tmp_path).problems == ("the audit says nothing about T.a",)


def test_a_time_out_decides_nothing(tmp_path: Path) -> None:
    audit = run(f"import time; print({GOOD!r}, flush=True); time.sleep(60)", tmp_path, timeout=1.0)
    assert not audit.conclusive


def test_no_lake_is_a_matter_of_the_machine(tmp_path: Path) -> None:
    class Missing(Scripted):
        def lake(self) -> list[str]:
            return ["/nowhere/lake"]

    with pytest.raises(InfrastructureError, match="lake cannot be started"):
        print_axioms(
            *(tmp_path, ["T.Theorems.A"], {"claim": ["T.a"]}, Missing(""), {}),
            limits=Limits(1.0, 64),
        )

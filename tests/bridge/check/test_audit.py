"""Reading `#print axioms`: strictly what was asked for, and only the three axioms."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.check.audit import parse_axioms, print_axioms
from bridge.toolchain.model import Limits
from runtime.errors import InfrastructureError

GOOD = "'T.a' depends on axioms: [propext, Classical.choice, Quot.sound]"
NONE = "'T.b' does not depend on any axioms"


def test_the_three_axioms_pass() -> None:
    audit = parse_axioms([GOOD, NONE, ""], ["T.a", "T.b"])
    assert audit.problems == ()
    assert audit.axioms == {"T.a": ("propext", "Classical.choice", "Quot.sound"), "T.b": ()}


def test_messages_with_a_position_and_broken_lines() -> None:
    lines = [
        "Audit.lean:5:0: info: 'T.a' depends on axioms: [propext,",
        " Classical.choice,",
        " Quot.sound]",
    ]
    assert parse_axioms(lines, ["T.a"]).problems == ()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "nothing about T.a"),
        (["'T.a' depends on axioms: [propext, sorryAx]"], "sorryAx"),
        (["'T.a' depends on axioms: [Lean.ofReduceBool]"], "ofReduceBool"),
        (["'T.a' depends on axioms: [T.a.trust]"], "T.a.trust"),
        (["'T.a' depends on axioms: [propextx]"], "propextx"),
        ([GOOD, GOOD], "twice"),
        ([GOOD, NONE], "no theorem of the project"),
        ([GOOD, "warning: something"], "something else"),
        (["error: unknown constant 'T.a'"], "something else"),
        ([f"x {GOOD} y"], "something else"),
        (["'T.a' depends on axioms: []]"], "something else"),
    ],
)
def test_anything_else_is_a_problem(lines: list[str], message: str) -> None:
    assert any(message in problem for problem in parse_axioms(lines, ["T.a"]).problems)


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


def run(script: str, tmp_path: Path, timeout: float = 20.0):
    return print_axioms(
        tmp_path, ["T.a"], Scripted(script), {"PATH": "/usr/bin"}, limits=Limits(timeout, 512)
    )


def test_lake_is_asked_for_the_audit_file(tmp_path: Path) -> None:
    script = f"import sys; assert sys.argv[1:] == ['env', 'lean', 'Audit.lean']; print({GOOD!r})"
    audit = run(script, tmp_path)
    assert audit.problems == ()
    assert audit.conclusive


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
        print_axioms(tmp_path, ["T.a"], Missing(""), {}, limits=Limits(1.0, 64))

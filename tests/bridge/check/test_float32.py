"""What a project says of binary32 runs: verdicts of their own, and every change refused."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from rich.console import Console

from bridge.check import check_project
from bridge.check.bundle import read_bundle
from bridge.check.statements import about_runs, read_definitions
from bridge.export import Claim, export_project, lower
from bridge.pipeline import Options, decide
from bridge.report import storage
from bridge.report.html import save_html
from bridge.report.outcome import exit_code
from bridge.report.terminal import print_report
from bridge.report.verdicts import Verdict
from certificates import And, LinearAtom, LinearConstraints, Or, Robust
from certificates.float32 import Float32Budget, NodeBudget
from runtime.errors import InputError
from runtime.graph import Graph, GraphBuilder, Linear, Provenance, Relu

from ..conftest import Builds
from .conftest import CENTER, rehash
from .test_mutation import Change, edited, outcome, removed, replaced


def network() -> Graph:
    """4-5-3 with random weights."""
    random = np.random.default_rng(0)

    def floats(*shape: int) -> np.ndarray:
        return random.standard_normal(shape).astype(np.float32)

    builder = GraphBuilder("tiny")
    hidden = builder.add(Linear(floats(5, 4), floats(5)), builder.input((4,)), hint="fc1")
    last = builder.add(Linear(floats(3, 5), floats(3)), builder.add(Relu(), hidden), hint="fc2")
    return lower(builder.build(last, Provenance("runtime")))


@pytest.fixture(scope="module")
def decided() -> tuple[Graph, list[Claim]]:
    graph = network()
    label = int(graph.evaluate(CENTER).argmax())
    part = And((LinearAtom.of({0: 1, 1: "-0.5"}, 40), LinearAtom.of({2: 1}, "70/3", strict=True)))
    either = LinearConstraints([0] * 4, [0.5] * 4, Or((part, LinearAtom.of({2: -2}, -100))))
    props = {
        "good": Robust(CENTER, "0.01", label=label),
        "either": either,
        "bad": Robust(CENTER, "0.01", label=(label + 1) % 3),
    }
    options = Options(search_seconds=1.0)
    claims = [decide(graph, prop, name, options) for name, prop in props.items()]
    return graph, [claim for claim in claims if isinstance(claim, Claim)]


@pytest.fixture
def exported(tmp_path: Path, library: Path, decided: tuple[Graph, list[Claim]]) -> Path:
    graph, claims = decided
    export_project(graph, claims, tmp_path / "proof", library=library)
    return tmp_path / "proof"


def test_both_theorems(exported: Path, builds: Builds) -> None:
    report = check_project(exported)
    good, either, bad = report.claims
    assert [c.verdict.value for c in report.claims] == ["proved", "proved", "refuted"]
    assert bad.float32 is None
    assert bad.counterexample is not None
    for claim in (good, either):
        runs = claim.float32
        assert runs is not None
        assert runs.verdict is Verdict.PROVED
        assert "real-arithmetic" in claim.assumptions
        assert "real-arithmetic" not in runs.assumptions
        assert {"float32-operations", "float32-no-tf32", "source-scan-audit"} <= {*runs.assumptions}
        assert runs.theorem == f"Tiny.{claim.id}_float32_holds"
        assert {room.label for room in runs.rooms} == {margin.label for margin in claim.margins}
        for room, margin in zip(runs.rooms, claim.margins, strict=True):
            assert room.real == margin.lower
            assert 0 < room.budget < 1e-4 * room.real
            assert room.left == pytest.approx(room.real - room.budget)
    assert "RobustIn Float.binary32 good_center 1 100" in (good.float32.statement or "")
    assert "EnsuresIn Float.binary32 either_input either_safe" in (either.float32.statement or "")
    assert storage.from_json(storage.to_json(report)) == report
    wanted = {"bad": Verdict.REFUTED}
    assert exit_code(report, wanted, float32=["good", "either"]) == 0
    assert set(report.assumptions()) >= {"real-arithmetic", "float32-no-transforms"}


def test_the_report_shows_the_budget(exported: Path, builds: Builds, tmp_path: Path) -> None:
    report = check_project(exported)
    save_html(report, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert page.count("Float32 runs") == 2
    for heading in ("Real margin", "Float32 budget", "Left", "assumption-float32-no-tf32"):
        assert heading in page
    assert re.search(r"Rounding takes at most 0\.000\d+ % of a margin", page)
    assert "NumPy's float32 run of the same input violates the property as well" in page
    console = Console(width=140, record=True, file=io.StringIO())
    print_report(report, console)
    table = console.export_text()
    assert re.search(r"proved, 0\.000\d+ %", table)
    assert "Of every float32 run, in any order of summation: 2 proved; rounding takes" in table


def test_only_files_about_runs_stand_on_the_float_library(exported: Path) -> None:
    for path in exported.rglob("*.lean"):
        text = path.read_text()
        about = "Float32" in path.as_posix()
        assert ("import Lemmanet.Runs" in text) == (about and path.name != "Float32.lean"), path
        assert ("import Lemmanet.Spec.Runs" in text) == (path.name == "Float32.lean")


def test_lean_refuses_what_is_said_of_runs(exported: Path, builds: Builds) -> None:
    builds.statuses["Tiny.Float32.Good"] = "failed"
    report = check_project(exported)
    good, either, _ = report.claims
    assert good.verdict is either.verdict is Verdict.PROVED
    assert good.float32 is not None
    assert good.float32.verdict is Verdict.REJECTED
    assert either.float32 is not None
    assert either.float32.verdict is Verdict.PROVED
    assert exit_code(report, {"bad": Verdict.REFUTED}) == 1


def test_lean_runs_out_of_time_for_runs(exported: Path, builds: Builds) -> None:
    builds.statuses["Tiny.Float32.Good"] = "timeout"
    report = check_project(exported)
    assert report.claims[0].verdict is Verdict.PROVED
    assert report.claims[0].float32 is not None
    assert report.claims[0].float32.verdict is Verdict.UNDECIDED
    assert exit_code(report, {"bad": Verdict.REFUTED}) == 0
    assert exit_code(report, {"bad": Verdict.REFUTED}, float32=["good"]) == 4


def test_runs_stand_on_the_exact_theorem(exported: Path, builds: Builds) -> None:
    builds.statuses["Tiny.Certificate.Good"] = "failed"
    good = check_project(exported).claims[0]
    assert good.verdict is Verdict.REJECTED
    assert good.float32 is not None
    assert good.float32.verdict is Verdict.REJECTED


RUNS, CERTIFICATE = "Tiny/Float32/Good.lean", "Tiny/Certificate/Good.lean"
BUDGET = "data/good.float32.json"
CHANGES: dict[str, Change] = {
    "error digit": replaced(RUNS, r"(def fc1_error.*?0x)[0-9a-e]", r"\g<1>f"),
    "majorant digit": replaced(RUNS, r"(def fc2_majorant1.*?0x)[0-9a-e]", r"\g<1>f"),
    "shift digit": replaced(RUNS, r"(def fc1_offset.*?0x)[0-9a-e]", r"\g<1>f"),
    "denominator": replaced(RUNS, r"(def fc2_error.*?den := 2 \^ )\d+", r"\g<1>99"),
    "gamma": replaced(RUNS, r"linear_tracks \d+", "linear_tracks 1"),
    "box": replaced(RUNS, r"(def fc2_box.*?0x)[0-9a-e]", r"\g<1>f"),
    "sorry": replaced(RUNS, r"Prog\.RobustIn\.of_within\w*[^\n]*\n[^\n]*", "sorry"),
    "tighter formula": replaced(CERTIFICATE, r"\(-\d+\) \d+", "0 1"),
    "no covering": replaced(CERTIFICATE, r"theorem covers : [^\n]*", "theorem covers : True :="),
    "radius of runs": replaced("Tiny/Float32.lean", r"1 100", "1 1000"),
    "label of runs": replaced("Tiny/Float32.lean", r"\d\n\n/-- Of", "9\n\n/-- Of"),
    "format": replaced("Tiny/Float32.lean", r"Float\.binary32", "Float.binary64"),
    "exact instead": replaced("Tiny/Float32.lean", r"model\.RobustIn", "model.Robust"),
    "trivial": replaced("Tiny/Float32.lean", r"model\.RobustIn[^\n]*", "True"),
    "box of runs": replaced("Tiny/Float32.lean", r"either_input", "good_input"),
    "theorem": replaced(RUNS, r"good_float32_holds : good_float32", "good_float32_holds : True"),
    "audit": replaced("Audit.lean", r"#print axioms Tiny\.good_float32_holds\n", ""),
    "missing": removed("Tiny/Float32.lean"),
    "budget data": edited(BUDGET, "nodes", 0, "error", "digits", 0, with_=lambda v: v + 1),
    "gamma data": edited(BUDGET, "nodes", 0, "gamma", 0, with_=lambda v: v - 1),
    "box data": edited(BUDGET, "input", "lo", 0, with_=lambda v: v + 1),
    "model of the budget": edited(BUDGET, "model_sha256", value="0" * 64),
    "missing data": removed(BUDGET),
    "node left out": edited(BUDGET, "nodes", with_=lambda nodes: nodes[:-1]),
    "sizes": edited(BUDGET, "nodes", 0, "error", "digits", with_=lambda digits: digits[:-1]),
    "no majorant": edited(BUDGET, "nodes", 0, "majorants", value=[]),
    "no shift": edited(BUDGET, "nodes", 0, "shift", value=None),
    "entry": edited("manifest.json", "claims", 0, "float32", value=None),
    "gap": edited("manifest.json", "claims", 0, "float32_gap", value="none was asked"),
    "statement": edited("manifest.json", "claims", 0, "float32", "statement", value="True"),
    "modules": edited("manifest.json", "claims", 0, "float32", "modules", value=["Tiny.Model"]),
}


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("name", CHANGES)
def test_changes_are_refused(name: str, fresh: bool, exported: Path, builds: Builds) -> None:
    CHANGES[name](exported)
    if fresh:
        rehash(exported)
    result = outcome(exported)
    assert result.refused
    assert result.told
    assert builds.count == 0


def first(change: Callable[[NodeBudget], NodeBudget]) -> Callable[[Float32Budget], Float32Budget]:
    """A change of the first node of a budget."""

    def changed(budget: Float32Budget) -> Float32Budget:
        nodes = [change(budget.nodes[0]), *budget.nodes[1:]]
        return msgspec.structs.replace(budget, nodes=nodes)

    return changed


def less(node: NodeBudget, name: str) -> NodeBudget:
    """A node whose error, shift or first majorant is smaller by half."""
    value = node.majorants[0] if name == "majorants" else getattr(node, name)
    smaller = msgspec.structs.replace(value, digits=[digit // 2 for digit in value.digits])
    replaced_ = [smaller] if name == "majorants" else smaller
    return msgspec.structs.replace(node, **{name: replaced_})


LIES: dict[str, Callable[[Float32Budget], Float32Budget]] = {
    "error": first(lambda node: less(node, "error")),
    "shift": first(lambda node: less(node, "shift")),
    "majorant": first(lambda node: less(node, "majorants")),
    "gamma": first(lambda node: msgspec.structs.replace(node, gamma=(1, node.gamma[1]))),
    "box": first(
        lambda node: msgspec.structs.replace(
            node, box=msgspec.structs.replace(node.box, hi=node.box.lo)
        )
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_a_false_budget_in_a_consistent_project(
    name: str, decided: tuple[Graph, list[Claim]], tmp_path: Path, library: Path, builds: Builds
) -> None:
    """The exact theorem does not rest on the budget; what is said of runs does."""
    graph, claims = decided
    good = claims[0]
    assert good.float32 is not None
    false = replace(good, float32=LIES[name](good.float32))
    export_project(graph, [false], tmp_path / "proof", library=library)
    (claim,) = check_project(tmp_path / "proof").claims
    assert claim.verdict is Verdict.PROVED
    assert claim.float32 is not None
    assert claim.float32.verdict is Verdict.REJECTED
    assert "the Python checker refuses the budget" in claim.float32.message
    assert claim.float32.statement is None
    assert claim.float32.rooms == ()


def test_a_budget_of_another_box(
    decided: tuple[Graph, list[Claim]], tmp_path: Path, library: Path, builds: Builds
) -> None:
    graph, claims = decided
    good = claims[0]
    assert good.float32 is not None
    inner = msgspec.structs.replace(good.float32.input, lo=good.float32.input.hi)
    false = replace(good, float32=msgspec.structs.replace(good.float32, input=inner))
    export_project(graph, [false], tmp_path / "proof", library=library)
    (claim,) = check_project(tmp_path / "proof").claims
    assert claim.float32 is not None
    assert claim.float32.verdict is Verdict.REJECTED


def test_the_certificates_show_the_tighter_property(decided: tuple[Graph, list[Claim]]) -> None:
    graph, claims = decided
    good = claims[0]
    assert good.shown.sha256() != good.prop.sha256()
    with pytest.raises(InputError, match="belongs to another property"):
        replace(good, float32=None).bound(graph)
    ball = Robust(CENTER, "0.01", label=0, norm="l2")
    with pytest.raises(InputError, match="about a ball"):
        replace(good, prop=ball).bound(graph)
    violated = claims[2]
    with pytest.raises(InputError, match="has no float32 budget"):
        replace(violated, float32=good.float32).bound(graph)


def test_what_a_proposition_says_of_runs(exported: Path) -> None:
    definitions = read_definitions(read_bundle(exported).text("Tiny/Property.lean") or "")
    body = definitions["good"]
    assert about_runs(body) == (
        f"model.RobustIn Float.binary32 good_center 1 100 ( some ( ( 0 , 1 ) , ( 1 , 1 ) ) ) "
        f"{body.split('Wins ')[1].split()[0]}"
    )
    assert about_runs(definitions["either"]) == (
        "model.EnsuresIn Float.binary32 either_input either_safe"
    )
    assert about_runs(definitions["bad"]) is None
    assert about_runs(body.replace("→", "∧")) is None
    assert about_runs(body.replace("Near", "NearL2")) is None
    assert about_runs(body.replace("∀", "∃", 1)) is None
    assert about_runs(definitions["either"] + " ∧ True") is None


def test_why_there_is_nothing_about_runs(
    decided: tuple[Graph, list[Claim]], tmp_path: Path, library: Path, builds: Builds
) -> None:
    graph, _ = decided
    prop = Robust(CENTER, "0.01", label=int(graph.evaluate(CENTER).argmax()))
    real = decide(graph, prop, "good", Options("real"))
    assert isinstance(real, Claim)
    assert real.float32 is None
    assert not real.float32_gap
    gap = replace(real, float32_gap="There is no rule.")
    export_project(graph, [gap], tmp_path / "proof", library=library)
    report = check_project(tmp_path / "proof")
    runs = report.claims[0].float32
    assert runs is not None
    assert (runs.verdict, runs.message) == (Verdict.UNDECIDED, "There is no rule.")
    assert exit_code(report) == 0
    assert exit_code(report, float32=["good"]) == 4
    assert not (tmp_path / "proof" / "Tiny" / "Float32.lean").exists()

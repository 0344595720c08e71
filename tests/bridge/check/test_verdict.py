"""Verdicts: success needs everything, and each thing that is missing has its own word."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.check import check_project
from bridge.check.audit import Audit
from bridge.check.verdict import judge
from bridge.report.verdicts import AuditKind, Verdict
from bridge.toolchain.model import BuildResult, Diagnostic, ModuleResult

from ..conftest import Builds

MODULES = ["T.Model", "T.Theorems"]
AUDIT = Audit(AuditKind.SOURCE_SCAN)
ERROR = Diagnostic("error", 3, 2, "type mismatch")


def result(**statuses: str) -> BuildResult:
    modules = tuple(
        ModuleResult(name, f"{name}.lean", statuses.get(name[2:], "built")) for name in MODULES
    )
    return BuildResult(all(module.ok for module in modules), modules)


def verdict(build: BuildResult | None, audit: Audit | None = AUDIT, problems=()) -> Verdict:
    judgement = judge(Verdict.PROVED, MODULES, problems, build, audit)
    assert bool(judgement.message) is not judgement.verdict.is_theorem
    return judgement.verdict


def test_everything_in_order() -> None:
    assert verdict(result()) is Verdict.PROVED
    assert verdict(result(Model="cached")) is Verdict.PROVED
    assert judge(Verdict.REFUTED, MODULES, (), result(), AUDIT).verdict is Verdict.REFUTED


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("failed", Verdict.REJECTED),
        ("timeout", Verdict.UNDECIDED),
        ("memory", Verdict.UNDECIDED),
        ("skipped", Verdict.UNDECIDED),
        ("crashed", Verdict.ERROR),
    ],
)
def test_a_module_that_did_not_end_well(status: str, expected: Verdict) -> None:
    assert verdict(result(Theorems=status)) is expected
    assert verdict(result(Model=status, Theorems="skipped")) is expected


@pytest.mark.parametrize(
    "text",
    [
        "(deterministic) timeout at `whnf`, maximum number of heartbeats (200000) has been reached",
        "maximum recursion depth has been reached",
        "(kernel) deep recursion detected",
    ],
)
def test_limits_inside_lean_decide_nothing(text: str) -> None:
    failed = ModuleResult(
        "T.Theorems", "", "failed", diagnostics=(Diagnostic("error", 1, 0, text),)
    )
    build = BuildResult(False, (ModuleResult("T.Model", "", "built"), failed))
    assert verdict(build) is Verdict.UNDECIDED


def test_a_false_proposition_that_lean_cannot_print_is_false() -> None:
    text = (
        "Tactic `decide` failed. Its proposition [Error pretty printing: maximum recursion depth "
        "has been reached\nuse `set_option maxRecDepth <num>` to increase limit] is false"
    )
    failed = ModuleResult(
        "T.Theorems", "", "failed", diagnostics=(Diagnostic("error", 1, 0, text),)
    )
    build = BuildResult(False, (ModuleResult("T.Model", "", "built"), failed))
    assert verdict(build) is Verdict.REJECTED


def test_silence_is_never_success() -> None:
    assert verdict(None) is Verdict.UNDECIDED
    assert verdict(BuildResult(True, ())) is Verdict.UNDECIDED
    assert verdict(BuildResult(True, result().modules[:1])) is Verdict.UNDECIDED
    assert verdict(result(), None) is Verdict.UNDECIDED
    assert judge(Verdict.PROVED, [], (), result(), AUDIT).verdict is Verdict.UNDECIDED
    assert verdict(replace(result(), ok=False, message="lake was killed")) is Verdict.UNDECIDED
    unfinished = Audit(AuditKind.PRINT_AXIOMS, ("it took too long",), conclusive=False)
    assert verdict(result(), unfinished) is Verdict.UNDECIDED


def test_what_speaks_against_a_claim() -> None:
    assert verdict(result(), problems=("a weight differs",)) is Verdict.REJECTED
    assert verdict(None, problems=("a weight differs",)) is Verdict.REJECTED
    refused = Audit(AuditKind.SOURCE_SCAN, ("A.lean, line 3: axiom",))
    assert verdict(result(), refused) is Verdict.REJECTED


def test_an_error_message_counts_even_where_the_status_is_good() -> None:
    modules = (
        ModuleResult("T.Model", "", "built", diagnostics=(ERROR,)),
        ModuleResult("T.Theorems", "", "built"),
    )
    assert verdict(BuildResult(True, modules)) is Verdict.REJECTED


def test_a_module_of_the_library_that_fails_is_no_rejection() -> None:
    library = ModuleResult("Lemmanet.Spec", "", "failed", diagnostics=(ERROR,))
    build = result(Model="skipped", Theorems="skipped")
    build = replace(build, modules=(library, *build.modules))
    assert verdict(build) is Verdict.ERROR


def test_only_theorems_have_outcomes() -> None:
    with pytest.raises(ValueError, match="not the verdict of a theorem"):
        judge(Verdict.CHECKED, MODULES, (), result(), AUDIT)


def test_a_report_carries_the_evidence(project: Path, builds: Builds) -> None:
    report = check_project(project)
    good, bad = report.claims[:2]
    assert "theorem good_holds : good" in (good.statement or "")
    assert "Near good_center 1 100" in (good.statement or "")
    assert good.theorem == "Tiny.good_holds"
    assert good.audit is AuditKind.SOURCE_SCAN
    assert good.axioms is None
    assert {"unofficial-lean", "source-scan-audit", "weights-binding"} <= set(good.assumptions)
    assert min(margin.lower for margin in good.margins) > 0
    assert bad.counterexample is not None
    assert {file.path for file in good.files} == {
        "Tiny/Model.lean",
        "Tiny/Property.lean",
        "Tiny/Theorems/Good.lean",
        "Tiny/Certificate/Good.lean",
        "Tiny/Weights/Linear.lean",
        "Tiny/Weights/Linear2.lean",
        "Tiny/Weights/Affine.lean",
    }


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("failed", Verdict.REJECTED),
        ("timeout", Verdict.UNDECIDED),
        ("memory", Verdict.UNDECIDED),
        ("crashed", Verdict.ERROR),
    ],
)
def test_a_bad_certificate_decides_about_its_own_claim(
    project: Path, builds: Builds, status: str, expected: Verdict
) -> None:
    builds.statuses = {"Tiny.Certificate.Good": status}
    report = check_project(project)
    assert report.claims[0].verdict is expected
    assert "Tiny.Certificate.Good" in report.claims[0].message
    assert [claim.verdict.value for claim in report.claims[1:]] == ["refuted", "proved", "proved"]
    assert all("Good" not in file.path for file in report.claims[1].files)


def test_what_all_claims_stand_on_decides_about_all(project: Path, builds: Builds) -> None:
    builds.statuses = {"Tiny.Property": "timeout"}
    claims = check_project(project).claims
    assert {claim.verdict for claim in claims} == {Verdict.UNDECIDED}
    assert all(claim.message.startswith("Tiny.Property ran out of time") for claim in claims)


def test_what_lake_passes_over_in_silence_is_asked_for_again(project: Path, builds: Builds) -> None:
    """When a module fails, the official Lake reports what needed no work as if it was skipped."""
    builds.statuses = {"Tiny.Certificate.Good": "timeout"}
    builds.quiet = {"Tiny.Model", "Tiny.Certificate.Bad", "Tiny.Theorems.Bad"}
    claims = check_project(project).claims
    assert [claim.verdict.value for claim in claims] == [
        *("undecided", "refuted", "proved", "proved"),
    ]
    assert builds.targets == [
        None,
        ["Tiny.Theorems.Bad", "Tiny.Theorems.Outputs", "Tiny.Theorems.Linear"],
    ]


def test_what_is_still_skipped_when_asked_for_is_undecided(project: Path, builds: Builds) -> None:
    builds.statuses = {"Tiny.Certificate.Good": "timeout", "Tiny.Theorems.Bad": "skipped"}
    claims = check_project(project).claims
    assert claims[1].verdict is Verdict.UNDECIDED
    assert "Tiny.Theorems.Bad" in claims[1].message


def test_a_failing_module_beside_the_theorems_takes_nothing_from_them(
    project: Path, builds: Builds
) -> None:
    builds.statuses = {"Tiny.Theorems": "failed", "Tiny": "skipped"}
    assert all(claim.verdict.is_theorem for claim in check_project(project).claims)


def test_sorry_in_a_file_of_one_claim(project: Path, builds: Builds) -> None:
    message = Diagnostic("warning", 9, 0, "declaration uses `sorry`")
    builds.diagnostics = {"Tiny.Certificate.Good": (message,)}
    verdicts = [claim.verdict.value for claim in check_project(project).claims]
    assert verdicts == ["rejected", "refuted", "proved", "proved"]


def test_modules_that_are_not_reported(project: Path, builds: Builds) -> None:
    builds.missing = {"Tiny.Certificate.Good"}
    report = check_project(project)
    assert report.claims[0].verdict is Verdict.UNDECIDED


def test_a_library_that_changes_under_the_build(
    project: Path, builds: Builds, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = builds.build

    def change(*arguments: object, **options: object) -> BuildResult:
        (library / "lean" / "Lemmanet.lean").write_text("module\n-- changed\n")
        return build(*arguments, **options)

    monkeypatch.setattr("bridge.toolchain.build", change)
    claims = check_project(project).claims
    assert {claim.verdict for claim in claims} == {Verdict.UNDECIDED}
    assert "library changed" in claims[0].message

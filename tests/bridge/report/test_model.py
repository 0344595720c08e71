"""What the constructors refuse: no verdict without its evidence."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from bridge.report import model as m

Make = Callable[..., Any]
OFFICIAL = m.ToolchainInfo(provider="official", version="4.35.0", commit="abc", official=True)


def _file(**changes: Any) -> m.FileResult:
    values = {"path": "Digits/Theorems/Image0.lean", "status": "built", "seconds": 1.0}
    return m.FileResult(**(values | changes))


def _diagnostic(severity: str, text: str) -> m.Diagnostic:
    return m.Diagnostic(severity=m.Severity(severity), line=3, column=0, text=text)


@pytest.mark.parametrize("verdict", ["proved", "refuted"])
@pytest.mark.parametrize(
    "missing", ["statement", "theorem", "file", "toolchain", "audit", "seconds", "files"]
)
def test_theorem_needs_every_piece_of_evidence(
    make_proved: Make, verdict: str, missing: str
) -> None:
    witness = m.Counterexample(input=(0.0,), output=(0.0,)) if verdict == "refuted" else None
    make_proved(verdict=verdict, counterexample=witness)
    empty = () if missing == "files" else None
    with pytest.raises(ValueError, match=rf"cannot be {verdict}: {missing} is missing"):
        make_proved(verdict=verdict, counterexample=witness, **{missing: empty})


@pytest.mark.parametrize("missing", ["model", "property", "sources"])
def test_theorem_needs_every_hash(make_proved: Make, missing: str) -> None:
    hashes = {"model": "a" * 64, "property": "b" * 64, "sources": "c" * 64} | {missing: None}
    with pytest.raises(ValueError, match=f"the hash of the {missing} is missing"):
        make_proved(sha256=m.Hashes(**hashes))


@pytest.mark.parametrize("status", [s for s in m.FileStatus if not s.is_success])
def test_theorem_needs_a_clean_build(make_proved: Make, status: m.FileStatus) -> None:
    with pytest.raises(ValueError, match=f"ended {status.value}"):
        make_proved(files=(_file(status=status),))


@pytest.mark.parametrize(
    ("severity", "text", "reason"),
    [
        ("error", "unknown identifier", "has an error at line 3"),
        ("warning", "declaration uses 'sorry'", "uses sorry at line 3"),
        ("warning", "declaration uses `sorry`", "uses sorry at line 3"),
        ("information", "'t' depends on axioms: [sorryAx]", "uses sorry at line 3"),
    ],
)
def test_theorem_does_not_stand_on_errors_or_sorry(
    make_proved: Make, severity: str, text: str, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        make_proved(files=(_file(diagnostics=(_diagnostic(severity, text),)),))


def test_harmless_diagnostics_are_kept(make_proved: Make) -> None:
    claim = make_proved(files=(_file(diagnostics=(_diagnostic("warning", "unused variable"),)),))
    assert claim.files[0].diagnostics[0].text == "unused variable"


def test_theorem_file_must_be_built(make_proved: Make) -> None:
    with pytest.raises(ValueError, match="not among the built files"):
        make_proved(file="Other.lean")


def test_printed_axioms_must_be_allowed(make_proved: Make) -> None:
    printed = {"toolchain": OFFICIAL, "audit": m.AuditKind.PRINT_AXIOMS}
    assert make_proved(**printed, axioms=("propext", "Quot.sound")).axioms is not None
    assert make_proved(**printed, axioms=()).axioms == ()
    with pytest.raises(ValueError, match="printed no list"):
        make_proved(**printed, axioms=None)
    for axiom in ("sorryAx", "Lean.ofReduceBool", "Demo.cheat"):
        with pytest.raises(ValueError, match=f"depends on the axiom {axiom}"):
            make_proved(**printed, axioms=("propext", axiom))


def test_a_source_scan_lists_no_axioms(make_proved: Make) -> None:
    with pytest.raises(ValueError, match="does not establish a list"):
        make_proved(axioms=("propext",))


def test_axioms_need_an_audit(make_plain: Make) -> None:
    with pytest.raises(ValueError, match="axioms but no audit"):
        make_plain(0, "rejected", "no", axioms=("sorryAx",))


@pytest.mark.parametrize("name", ["unofficial-lean", "source-scan-audit"])
def test_how_it_was_checked_is_an_assumption(make_proved: Make, name: str) -> None:
    others = {"unofficial-lean", "source-scan-audit"} - {name}
    with pytest.raises(ValueError, match=f"assumption '{name}' must be listed"):
        make_proved(assumptions=tuple(others))


def test_unexplained_assumptions_are_refused(make_plain: Make) -> None:
    with pytest.raises(ValueError, match="'trust-me' has no explanation"):
        make_plain(0, "checked", "", assumptions=("trust-me",))


def test_counterexamples_belong_to_refutations(make_proved: Make) -> None:
    with pytest.raises(ValueError, match="counterexample is missing"):
        make_proved(verdict="refuted")
    with pytest.raises(ValueError, match="carries a counterexample"):
        make_proved(counterexample=m.Counterexample(input=(0.0,), output=(0.0,)))


@pytest.mark.parametrize("verdict", ["rejected", "undecided", "error"])
def test_failures_say_why(make_plain: Make, verdict: str) -> None:
    make_plain(0, verdict, "out of time")
    with pytest.raises(ValueError, match="message that says why is missing"):
        make_plain(0, verdict, "  ")


def test_a_checked_claim_rests_on_the_checker(make_plain: Make) -> None:
    with pytest.raises(ValueError, match="assumption 'python-checker' must be listed"):
        make_plain(0, "checked", "", assumptions=("real-arithmetic",))


@pytest.mark.parametrize("verdict", ["checked", "claimed"])
def test_verdicts_without_lean_name_no_lean(make_plain: Make, verdict: str) -> None:
    make_plain(0, verdict, "")
    with pytest.raises(ValueError, match="Lean was not asked"):
        make_plain(0, verdict, "", toolchain=OFFICIAL)


def test_checked_needs_hashes(make_plain: Make) -> None:
    with pytest.raises(ValueError, match="hashes of model and property are missing"):
        make_plain(0, "checked", "", sha256=m.Hashes())


def test_a_report_is_about_one_model(make_plain: Make, make_report: Make) -> None:
    other = make_plain(0, "checked", "", sha256=m.Hashes(model="e" * 64, property="f" * 64))
    with pytest.raises(ValueError, match="about another model"):
        make_report(other)


def test_claim_ids_are_unique_and_there_is_a_claim(make_proved: Make, make_report: Make) -> None:
    with pytest.raises(ValueError, match="used twice"):
        make_report(make_proved(0), make_proved(0))
    with pytest.raises(ValueError, match=r"Report\.claims"):
        make_report()


def test_creation_time_needs_a_zone(make_proved: Make, make_report: Make) -> None:
    with pytest.raises(ValueError, match=r"Report\.created"):
        make_report(make_proved(), created=datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"seconds": math.nan}, "seconds"),
        ({"seconds": -1.0}, "seconds"),
        ({"id": "<b>"}, "id"),
        ({"id": ""}, "id"),
        ({"title": ""}, "title"),
        ({"title": "x" * 3000}, "title"),
        ({"title": "lone \ud800"}, "title"),
        ({"verdict": "probably"}, "verdict"),
        ({"peak_memory_bytes": "1 GB"}, "peak_memory_bytes"),
        ({"margins": ((1, 2),)}, "margins"),
    ],
)
def test_fields_are_checked_in_memory(
    make_proved: Make, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValueError, match=rf"^Claim\.{field}: "):
        make_proved(**changes)


def test_fields_are_normalized(make_proved: Make) -> None:
    claim = make_proved(seconds=3, assumptions=list(make_proved().assumptions), verdict="proved")
    assert claim.verdict is m.Verdict.PROVED
    assert isinstance(claim.seconds, float)
    assert isinstance(claim.assumptions, tuple)


def test_infinite_margins_and_crossed_bounds_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        m.Margin(label="1", lower=math.inf)
    with pytest.raises(ValueError, match="above hi"):
        m.Bounds(lo=1.0, hi=0.0, mean_width=0.0)


def test_nodes_are_topological_and_unique() -> None:
    def model(*nodes: m.NodeSummary) -> m.ModelSummary:
        return m.ModelSummary(
            name="n",
            source=m.Source(kind="json", name="n.json"),
            parameters=0,
            input_shape=(1,),
            output_shape=(1,),
            sha256="0" * 64,
            nodes=nodes,
        )

    x = m.NodeSummary(name="x", op="Input", shape=(1,))
    y = m.NodeSummary(name="y", op="Relu", shape=(1,), inputs=("x",))
    assert model(x, y).nodes == (x, y)
    with pytest.raises(ValueError, match="'y' reads 'x', which is not an earlier node"):
        model(y, x)
    with pytest.raises(ValueError, match="'x' is used twice"):
        model(x, x)


def test_vocabulary_is_exactly_the_seven_words() -> None:
    words = "proved refuted checked claimed rejected undecided error"
    assert [v.value for v in m.Verdict] == words.split()
    assert len({v.symbol for v in m.Verdict}) == 7
    assert len({v.ascii_symbol for v in m.Verdict}) == 7
    assert all(v.ascii_symbol.isascii() and v.meaning for v in m.Verdict)
    assert {v for v in m.Verdict if v.is_theorem} == {m.Verdict.PROVED, m.Verdict.REFUTED}

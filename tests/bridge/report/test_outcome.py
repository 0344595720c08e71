"""Exit codes and the sentences that sum a report up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bridge.report import model as m
from bridge.report.outcome import checked_by, exit_code, headline, toolchain_note

Make = Callable[..., Any]
WITNESS = m.Counterexample(input=(0.0,), output=(0.0,))


@pytest.fixture
def claim_of(make_proved: Make, make_plain: Make) -> Callable[[int, str], m.Claim]:
    def make(index: int, verdict: str) -> m.Claim:
        if verdict in ("proved", "refuted"):
            witness = WITNESS if verdict == "refuted" else None
            return make_proved(index, verdict=verdict, counterexample=witness)
        return make_plain(index, verdict, "because")

    return make


@pytest.mark.parametrize(
    ("verdicts", "expected", "code"),
    [
        (["proved"], "proved", 0),
        (["proved", "proved"], "proved", 0),
        (["refuted"], "proved", 1),
        (["refuted"], "refuted", 0),
        (["proved"], "refuted", 1),
        (["checked"], "proved", 4),
        (["checked"], "checked", 0),
        (["proved"], "checked", 0),
        (["refuted"], "checked", 1),
        (["claimed"], "proved", 4),
        (["claimed"], "checked", 4),
        (["undecided"], "proved", 4),
        (["undecided"], "refuted", 4),
        (["undecided"], "checked", 4),
        (["rejected"], "proved", 1),
        (["rejected"], "refuted", 1),
        (["error"], "proved", 3),
        (["proved", "undecided"], "proved", 4),
        (["proved", "error", "undecided"], "proved", 3),
        (["error", "rejected", "undecided"], "proved", 1),
    ],
)
def test_exit_codes(
    claim_of: Make, make_report: Make, verdicts: list[str], expected: str, code: int
) -> None:
    report = make_report(*(claim_of(i, verdict) for i, verdict in enumerate(verdicts)))
    assert exit_code(report, m.Verdict(expected)) == code


def test_expectation_by_claim(claim_of: Make, make_report: Make) -> None:
    report = make_report(claim_of(0, "proved"), claim_of(1, "refuted"))
    assert exit_code(report) == 1
    assert exit_code(report, {"image-1": m.Verdict.REFUTED}) == 0
    assert exit_code(report, {"image-0": m.Verdict.REFUTED}) == 1
    with pytest.raises(ValueError, match="no claim 'image-9'"):
        exit_code(report, {"image-9": m.Verdict.PROVED})


@pytest.mark.parametrize("word", ["claimed", "rejected", "undecided", "error"])
def test_failure_cannot_be_asked_for(claim_of: Make, make_report: Make, word: str) -> None:
    report = make_report(claim_of(0, word))
    with pytest.raises(ValueError, match="cannot be asked for"):
        exit_code(report, m.Verdict(word))


def test_headline_counts_every_verdict(digits_report: m.Report) -> None:
    assert headline(digits_report) == (
        "Of 10 claims: 4 proved, 1 refuted, 1 checked, 1 claimed, 1 rejected and 2 undecided."
    )


def test_headline_of_a_uniform_report(claim_of: Make, make_report: Make) -> None:
    assert headline(make_report(claim_of(0, "undecided"))) == "The claim is undecided."
    both = make_report(claim_of(0, "proved"), claim_of(1, "proved"))
    assert headline(both) == "All 2 proved."


def test_nobody_stands_behind_an_open_question(digits_report: m.Report) -> None:
    by = {claim.verdict: checked_by(claim) for claim in digits_report.claims}
    assert by[m.Verdict.PROVED] == "Lean 4.28.0-pre (unofficial build)"
    assert by[m.Verdict.CHECKED] == "Python checker"
    assert by[m.Verdict.UNDECIDED] == by[m.Verdict.CLAIMED] == "nobody"


@pytest.mark.parametrize(
    ("version", "official", "words"),
    [
        ("4.35.0", False, "unofficial build"),
        ("4.28.0", True, "up to 4.34.1"),
        ("v4.34.0", True, "up to 4.34.1"),
        ("4.34.1", True, None),
        ("4.35.0", True, None),
        ("nightly", True, None),
    ],
)
def test_toolchain_notes(version: str, official: bool, words: str | None) -> None:
    tool = m.ToolchainInfo(provider="p", version=version, commit="", official=official)
    note = toolchain_note(tool)
    assert (note is None) if words is None else (note is not None and words in note)

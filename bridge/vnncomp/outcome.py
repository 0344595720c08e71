"""Comparing with what other tools said, and what a run as a whole came to."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from bridge.report.verdicts import ExitCode, Verdict
from bridge.vnncomp.expected import Expected
from bridge.vnncomp.records import InstanceRecord, Result

__all__ = ["Agreement", "agreement", "exit_code", "remark"]


class Agreement(StrEnum):
    """How a result stands to the tools of the competition."""

    AGREES = "agrees"
    SETTLES = "settles"
    FIRST = "first"
    DISAGREES = "disagrees"
    OPEN = "open"
    UNCOMPARED = "uncompared"

    @property
    def meaning(self) -> str:
        """One sentence for the page."""
        return _MEANINGS[self]


_MEANINGS = {
    Agreement.AGREES: "The tools agree with each other, and this result with them.",
    Agreement.SETTLES: "The tools contradict each other; this result says who is right.",
    Agreement.FIRST: "No tool decided it; this result does.",
    Agreement.DISAGREES: (
        "All tools that decided it say the opposite: a fault here, unless the evidence stands."
    ),
    Agreement.OPEN: "Not decided here, so there is nothing to compare.",
    Agreement.UNCOMPARED: "The benchmark's folder does not say what other tools found.",
}


def agreement(result: Result, expected: Expected | None) -> Agreement:
    """How `result` stands to what is expected of the instance."""
    if not result.decided:
        return Agreement.OPEN
    if expected is None:
        return Agreement.UNCOMPARED
    if expected.consensus == "disputed":
        return Agreement.SETTLES
    if expected.consensus == "unknown":
        return Agreement.FIRST
    return Agreement.AGREES if expected.consensus == result.value else Agreement.DISAGREES


def remark(record: InstanceRecord, expected: Expected | None) -> str:
    """Who was right, or what stands against the tools; empty where there is nothing to say."""
    kind = agreement(record.finding.result, expected)
    if expected is None or kind not in (Agreement.SETTLES, Agreement.DISAGREES):
        return ""
    result = record.finding.result.value
    ground = {
        Verdict.PROVED: "a theorem that Lean's kernel accepted",
        Verdict.REFUTED: "an exact counterexample that Lean's kernel accepted",
    }.get(record.verdict)
    if ground is None:
        exact = "an exact counterexample" if result == "sat" else "certificates"
        ground = f"{exact} that the exact checker accepted"
    if kind is Agreement.DISAGREES:
        other = _said(expected, expected.consensus)
        return f"{other}. Against that: {ground}, {result}."
    wrong = "unsat" if result == "sat" else "sat"
    right = (
        "is" if (expected.tools_sat if result == "sat" else expected.tools_unsat) == 1 else "are"
    )
    said = f"{_said(expected, result)} and {right} right"
    return f"{said}; {_said(expected, wrong)}. Shown by {ground}."


def _said(expected: Expected, word: str) -> str:
    count = expected.tools_sat if word == "sat" else expected.tools_unsat
    if count is None:
        return f"some tools say {word}"
    return f"{count} tool{'s say' if count != 1 else ' says'} {word}"


def exit_code(records: Iterable[tuple[InstanceRecord, Expected | None]]) -> ExitCode:
    """The strongest finding over all instances of a run.

    In this order: a result against a unanimous one, or a certificate or proof that was rejected
    (1); a worker that failed (3); files that cannot be read (2); an instance left open (4).
    """
    found = {_single(record, expected) for record, expected in records}
    for code in (ExitCode.REJECTED, ExitCode.INFRASTRUCTURE, ExitCode.BAD_INPUT):
        if code in found:
            return code
    return ExitCode.UNDECIDED if ExitCode.UNDECIDED in found else ExitCode.SUCCESS


def _single(record: InstanceRecord, expected: Expected | None) -> ExitCode:
    finding = record.finding
    if agreement(finding.result, expected) is Agreement.DISAGREES:
        return ExitCode.REJECTED
    if record.verdict is Verdict.REJECTED or finding.rejections:
        return ExitCode.REJECTED
    if finding.verdict is Verdict.ERROR:
        return ExitCode.BAD_INPUT if finding.fault == "input" else ExitCode.INFRASTRUCTURE
    if record.proof is not None and record.proof.verdict is Verdict.ERROR:
        return ExitCode.INFRASTRUCTURE
    return ExitCode.SUCCESS if finding.result.decided else ExitCode.UNDECIDED

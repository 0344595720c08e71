"""What a claim says of binary32 runs, beside what it says of exact values."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from bridge.report.assumptions import ASSUMPTIONS
from bridge.report.evidence import FileResult, audit_contradiction, missing_evidence
from bridge.report.record import Count, Name, Record, Seconds, Text
from bridge.report.verdicts import AuditKind, Verdict

__all__ = ["Float32", "Room"]

_POSSIBLE = frozenset({Verdict.PROVED, Verdict.REJECTED, Verdict.UNDECIDED, Verdict.ERROR})


class Room(Record, frozen=True):
    """One inequality: its margin over the reals, what a run can lose of it, and what is left."""

    label: Name
    real: float
    budget: Annotated[float, Meta(ge=0)]
    left: float

    @property
    def share(self) -> float | None:
        """The budget as a share of the margin; None where there is no margin."""
        return self.budget / self.real if self.real > 0 else None


class Float32(Record, frozen=True):
    """The statement about every binary32 run, the verdict on it, and the evidence.

    Raises `ValueError` when the evidence does not carry the verdict.
    """

    verdict: Verdict
    message: Text = ""
    statement: Text | None = None
    theorem: Name | None = None
    file: Name | None = None
    audit: AuditKind | None = None
    axioms: tuple[Name, ...] | None = None
    seconds: Seconds | None = None
    peak_memory_bytes: Count | None = None
    assumptions: tuple[Name, ...] = ()
    files: Annotated[tuple[FileResult, ...], Meta(max_length=20_000)] = ()
    rooms: Annotated[tuple[Room, ...], Meta(max_length=100_000)] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if reason := self._contradiction():
            raise ValueError(f"the float32 verdict cannot be {self.verdict.value}: {reason}")

    def worst_share(self) -> float | None:
        """The largest share that the budget has of a margin."""
        return max((room.share for room in self.rooms if room.share is not None), default=None)

    def _contradiction(self) -> str | None:
        if self.verdict not in _POSSIBLE:
            return "only proved, rejected, undecided and error are possible"
        if unknown := [name for name in self.assumptions if name not in ASSUMPTIONS]:
            return f"the assumption {unknown[0]!r} has no explanation in the catalogue"
        if self.verdict is Verdict.PROVED:
            return missing_evidence(self) or audit_contradiction(self)
        if not self.message.strip():
            return "the message that says why is missing"
        return audit_contradiction(self)

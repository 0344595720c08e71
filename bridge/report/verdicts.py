"""The words a report may use, and what each of them means.

The vocabulary is closed: every claim ends in exactly one of these verdicts, and only two of them
(`proved` and `refuted`) say that Lean's kernel accepted a theorem.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum

__all__ = ["AuditKind", "ExitCode", "FileStatus", "Severity", "Verdict"]


class Verdict(StrEnum):
    """What is known about a claim; `meaning` is the sentence every rendering shows."""

    PROVED = "proved"
    REFUTED = "refuted"
    CHECKED = "checked"
    CLAIMED = "claimed"
    REJECTED = "rejected"
    UNDECIDED = "undecided"
    ERROR = "error"

    @property
    def meaning(self) -> str:
        """One sentence that says what the verdict does and does not establish."""
        return _MEANINGS[self]

    @property
    def symbol(self) -> str:
        """One character that tells the verdict apart without color."""
        return _SYMBOLS[self]

    @property
    def ascii_symbol(self) -> str:
        """The same for terminals that cannot print beyond ASCII."""
        return _ASCII_SYMBOLS[self]

    @property
    def is_theorem(self) -> bool:
        """Whether the verdict rests on a theorem that Lean's kernel accepted."""
        return self in (Verdict.PROVED, Verdict.REFUTED)


_MEANINGS = {
    Verdict.PROVED: (
        "Lean's kernel accepted the theorem, the axiom audit passed, "
        "and the hashes bind it to the model file."
    ),
    Verdict.REFUTED: (
        "Lean's kernel accepted a theorem that an exact input violates the property."
    ),
    Verdict.CHECKED: ("The exact Python checker accepted the certificate; Lean was not asked."),
    Verdict.CLAIMED: "A producer says so; nothing checked it.",
    Verdict.REJECTED: "A checker or Lean said no; the message is kept.",
    Verdict.UNDECIDED: "Time, memory or bounds ran out; nothing is established either way.",
    Verdict.ERROR: "The tool itself failed; nothing is established either way.",
}

_SYMBOLS = {
    Verdict.PROVED: "✓",
    Verdict.REFUTED: "✗",
    Verdict.CHECKED: "◐",
    Verdict.CLAIMED: "○",
    Verdict.REJECTED: "⊘",
    Verdict.UNDECIDED: "?",
    Verdict.ERROR: "!",
}

_ASCII_SYMBOLS = {
    Verdict.PROVED: "+",
    Verdict.REFUTED: "x",
    Verdict.CHECKED: "c",
    Verdict.CLAIMED: "o",
    Verdict.REJECTED: "-",
    Verdict.UNDECIDED: "?",
    Verdict.ERROR: "!",
}


class AuditKind(StrEnum):
    """How the axioms of a theorem were established."""

    PRINT_AXIOMS = "print-axioms"
    SOURCE_SCAN = "source-scan"

    @property
    def meaning(self) -> str:
        """One sentence for the report."""
        if self is AuditKind.PRINT_AXIOMS:
            return "Lean listed the axioms of the theorem (#print axioms)."
        return (
            "All sources that take part were scanned for axioms, sorry and native_decide; "
            "Lean itself was not asked for the list."
        )


class FileStatus(StrEnum):
    """How the build of one Lean file ended."""

    BUILT = "built"
    CACHED = "cached"
    FAILED = "failed"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASHED = "crashed"
    SKIPPED = "skipped"

    @property
    def is_success(self) -> bool:
        """Whether Lean finished the file without an error, now or in an earlier identical build."""
        return self in (FileStatus.BUILT, FileStatus.CACHED)


class Severity(StrEnum):
    """Severity of a Lean message, with the names of the Language Server Protocol."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"
    HINT = "hint"


class ExitCode(IntEnum):
    """Exit codes of the command line."""

    SUCCESS = 0
    REJECTED = 1
    BAD_INPUT = 2
    INFRASTRUCTURE = 3
    UNDECIDED = 4

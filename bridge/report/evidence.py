"""What stands behind a theorem: Lean files, their messages, the audit; and when that suffices."""

from __future__ import annotations

import re
from typing import Annotated, Protocol

from msgspec import Meta

from bridge.report.record import Count, Name, Record, Seconds, Text
from bridge.report.verdicts import AuditKind, FileStatus, Severity

__all__ = [
    "ALLOWED_AXIOMS",
    "Diagnostic",
    "Evidence",
    "FileResult",
    "audit_contradiction",
    "missing_evidence",
]

ALLOWED_AXIOMS = frozenset({"propext", "Classical.choice", "Quot.sound"})

_USES_SORRY = re.compile(r"\bsorry(Ax)?\b")
_NEEDED = ("statement", "theorem", "file", "audit", "seconds", "files")


class Diagnostic(Record, frozen=True):
    """One message of Lean; line counts from 1, column from 0."""

    severity: Severity
    line: Count
    column: Count
    text: Text


class FileResult(Record, frozen=True):
    """How Lean fared with one file."""

    path: Name
    status: FileStatus
    seconds: Seconds | None = None
    peak_memory_bytes: Count | None = None
    diagnostics: Annotated[tuple[Diagnostic, ...], Meta(max_length=10_000)] = ()

    def contradiction(self) -> str | None:
        """Why a theorem cannot rest on this file, or None when it can."""
        if not self.status.is_success:
            return f"{self.path} ended {self.status.value}"
        for diagnostic in self.diagnostics:
            if diagnostic.severity is Severity.ERROR:
                return f"{self.path} has an error at line {diagnostic.line}"
            if _USES_SORRY.search(diagnostic.text):
                return f"{self.path} uses sorry at line {diagnostic.line}"
        return None


class Evidence(Protocol):
    """What records have that carry a statement in Lean."""

    @property
    def audit(self) -> AuditKind | None:
        """How the axioms were established."""

    @property
    def axioms(self) -> tuple[str, ...] | None:
        """What an audit of axioms listed."""

    @property
    def file(self) -> str | None:
        """The file of the theorem."""

    @property
    def files(self) -> tuple[FileResult, ...]:
        """What Lean was run on."""


def audit_contradiction(item: Evidence) -> str | None:
    """Why the list of axioms cannot be what the audit gave, or None."""
    if item.audit is None and item.axioms is not None:
        return "it lists axioms but no audit"
    if item.audit is AuditKind.SOURCE_SCAN and item.axioms is not None:
        return "a source scan does not establish a list of axioms"
    return None


def missing_evidence(item: Evidence) -> str | None:
    """Why the statement cannot be called a theorem, or None when it can."""
    for name in _NEEDED:
        if getattr(item, name) in (None, "", ()):
            return f"{name} is missing"
    if item.audit is AuditKind.PRINT_AXIOMS:
        if item.axioms is None:
            return "the audit printed no list of axioms"
        if outside := sorted(set(item.axioms) - ALLOWED_AXIOMS):
            return f"the theorem depends on the axiom {outside[0]}"
    for file in item.files:
        if reason := file.contradiction():
            return reason
    if item.file not in {file.path for file in item.files}:
        return f"its file {item.file} is not among the built files"
    return None

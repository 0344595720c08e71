"""The audit of axioms: by Lean itself where it can, by a scan of the sources where it cannot."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge.check.scan import scan_exported, scan_library
from bridge.report.model import ALLOWED_AXIOMS
from bridge.report.verdicts import AuditKind
from bridge.toolchain.model import BuildResult, Limits, Toolchain
from bridge.toolchain.process import run_limited
from runtime.errors import InfrastructureError

__all__ = ["Audit", "audit_sources", "parse_axioms", "print_axioms"]

_DEPENDS = re.compile(r"'(?P<name>[^']+)' depends on axioms: \[(?P<axioms>[^\[\]]*)\]\Z")
_NOTHING = re.compile(r"'(?P<name>[^']+)' does not depend on any axioms\Z")
_START = re.compile(r"(?:^.*?: info(?:rmation)?: )?(?P<text>'.*)\Z")
_SORRY = re.compile(r"\bsorry(Ax)?\b")


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found: `problems` is empty where the theorems may count.

    `axioms` maps each theorem to its axioms under `print-axioms`; a source scan lists none.
    `conclusive` is False where the audit itself could not finish: that decides nothing.
    """

    kind: AuditKind
    problems: tuple[str, ...] = ()
    axioms: Mapping[str, tuple[str, ...]] | None = None
    conclusive: bool = True


def audit_sources(
    exported: Mapping[str, str],
    library: Mapping[str, str],
    build: BuildResult,
    roots: Sequence[str],
) -> Audit:
    """Scan all sources that take part, and look for `sorry` in what the build said.

    `exported` and `library` are texts by path; `roots` are the module roots that exported files
    may import.
    """
    findings = [*scan_library(library), *scan_exported(exported, roots)]
    problems = [str(finding) for finding in findings]
    for module in build.modules:
        for item in module.diagnostics:
            if _SORRY.search(item.text):
                problems.append(f"{module.module}, line {item.line}: Lean reports sorry")
    return Audit(AuditKind.SOURCE_SCAN, tuple(problems))


def print_axioms(
    project: Path,
    theorems: Sequence[str],
    toolchain: Toolchain,
    environment: Mapping[str, str],
    *,
    limits: Limits,
    cancel: threading.Event | None = None,
) -> Audit:
    """Run `lake env lean Audit.lean` in the built project and read what it prints.

    Raises InfrastructureError when lake cannot be started.
    """
    lines: list[str] = []
    command = [*toolchain.lake(), "env", "lean", "Audit.lean"]
    try:
        outcome = run_limited(
            command,
            cwd=project,
            environment=environment,
            limits=limits,
            on_line=lambda _, line: lines.append(line),
            cancel=cancel,
        )
    except OSError as error:
        raise InfrastructureError(f"lake cannot be started for the audit: {error}") from error
    if outcome.ending in ("timeout", "memory", "cancelled"):
        problem = f"the audit of axioms ended by {outcome.ending}"
        return Audit(AuditKind.PRINT_AXIOMS, (problem,), conclusive=False)
    if outcome.ending != "exited" or outcome.exit_code != 0:
        last = next((line for line in lines if line.strip()), "no output")
        return Audit(AuditKind.PRINT_AXIOMS, (f"the audit of axioms failed: {last[:300]}",))
    return parse_axioms(lines, theorems)


def parse_axioms(lines: Sequence[str], theorems: Sequence[str]) -> Audit:
    """Read the output of `#print axioms`, strictly: each theorem once and nothing else."""
    found: dict[str, tuple[str, ...]] = {}
    problems: list[str] = []
    for message in _messages(lines):
        if (match := _DEPENDS.match(message)) or (match := _NOTHING.match(message)):
            names = match.groupdict().get("axioms") or ""
            name = match["name"]
            if name in found:
                problems.append(f"the axioms of {name[:80]} are printed twice")
            found[name] = tuple(part.strip() for part in names.split(",") if part.strip())
        else:
            problems.append(f"the audit printed something else: {message[:200]}")
    for name in theorems:
        if name not in found:
            problems.append(f"the audit says nothing about {name}")
    for name, axioms in found.items():
        if name not in theorems:
            problems.append(
                f"the audit speaks about {name[:80]}, which is no theorem of the project"
            )
        for axiom in axioms:
            if axiom not in ALLOWED_AXIOMS:
                problems.append(f"{name[:80]} depends on the axiom {axiom[:80]}")
    return Audit(AuditKind.PRINT_AXIOMS, tuple(problems), found)


def _messages(lines: Sequence[str]) -> list[str]:
    """The printed messages; Lean goes on with a long list of axioms after a space."""
    messages: list[str] = []
    for line in lines:
        if not line.strip():
            continue
        if line.startswith(" ") and messages:
            messages[-1] += " " + line.strip()
        elif match := _START.match(line):
            messages.append(match["text"].rstrip())
        else:
            messages.append(line.rstrip())
    return messages

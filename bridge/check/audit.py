"""The audit of axioms: by Lean itself where it can, by a scan of the sources where it cannot."""

from __future__ import annotations

import re
import tempfile
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge.check.scan import scan_exported, scan_library
from bridge.export.names import source_path
from bridge.export.render import audit_text
from bridge.report.model import ALLOWED_AXIOMS
from bridge.report.verdicts import AuditKind
from bridge.toolchain.model import BuildResult, Limits, Toolchain
from bridge.toolchain.process import run_limited
from runtime.errors import InfrastructureError

__all__ = ["Audit", "SourceScan", "parse_axioms", "print_axioms", "scan_sources"]

_DEPENDS = re.compile(r"'(?P<name>[^']+)' depends on axioms: \[(?P<axioms>[^\[\]]*)\]\Z")
_NOTHING = re.compile(r"'(?P<name>[^']+)' does not depend on any axioms\Z")
_START = re.compile(r"(?:^.*?: info(?:rmation)?: )?(?P<text>'.*)\Z")
_SORRY = re.compile(r"\bsorry(Ax)?\b")


@dataclass(frozen=True, slots=True)
class Audit:
    """What the audit of one claim found: `problems` is empty where its theorems may count.

    `axioms` maps each theorem to its axioms under `print-axioms`; a source scan lists none.
    `conclusive` is False where the audit itself could not finish: that decides nothing.
    """

    kind: AuditKind
    problems: tuple[str, ...] = ()
    axioms: Mapping[str, tuple[str, ...]] | None = None
    conclusive: bool = True


@dataclass(frozen=True, slots=True)
class SourceScan:
    """What a scan of all sources found: in the library, and in each module of the project."""

    library: tuple[str, ...]
    modules: Mapping[str, tuple[str, ...]]

    def audit(self, chain: Iterable[str]) -> Audit:
        """The audit of a claim whose theorem stands on the modules of `chain`, and the library."""
        own = (problem for module in chain for problem in self.modules[module])
        return Audit(AuditKind.SOURCE_SCAN, (*self.library, *own))


def scan_sources(
    exported: Mapping[str, str],
    library: Mapping[str, str],
    build: BuildResult,
    roots: Sequence[str],
) -> SourceScan:
    """Scan all sources that take part, and look for `sorry` in what the build said.

    `exported` are texts by module name, `library` texts by path; `roots` are the module roots that
    exported files may import.
    """
    modules = {
        module: [str(finding) for finding in scan_exported({source_path(module): text}, roots)]
        for module, text in exported.items()
    }
    outside = [str(finding) for finding in scan_library(library)]
    for module in build.modules:
        for item in module.diagnostics:
            if _SORRY.search(item.text):
                problem = f"{module.module}, line {item.line}: Lean reports sorry"
                modules.get(module.module, outside).append(problem)
    return SourceScan(tuple(outside), {name: tuple(found) for name, found in modules.items()})


def print_axioms(
    project: Path,
    modules: Sequence[str],
    theorems: Mapping[str, Sequence[str]],
    toolchain: Toolchain,
    environment: Mapping[str, str],
    *,
    limits: Limits,
    cancel: threading.Event | None = None,
) -> dict[str, Audit]:
    """Have Lean print the axioms of theorems in the built project: an audit for each claim.

    Args:
        project: the folder in which the modules were built.
        modules: the modules with the theorems.
        theorems: the names of the theorems of each claim.
        toolchain: a Lean that can print axioms.
        environment: the environment of the process.
        limits: seconds and memory for all of it.
        cancel: stops it when set.

    Raises InfrastructureError when lake cannot be started.
    """
    if not theorems:
        return {}
    lines: list[str] = []
    every = [name for names in theorems.values() for name in names]
    with tempfile.TemporaryDirectory(prefix="lemmanet-audit-") as folder:
        file = Path(folder) / "Audit.lean"
        file.write_text(audit_text(modules, every), encoding="utf-8")
        try:
            outcome = run_limited(
                [*toolchain.lake(), "env", "lean", str(file)],
                cwd=project,
                environment=environment,
                limits=limits,
                on_line=lambda _stream, line: lines.append(line),
                cancel=cancel,
            )
        except OSError as error:
            raise InfrastructureError(f"lake cannot be started for the audit: {error}") from error
    if outcome.ending in ("timeout", "memory", "cancelled"):
        problem = f"the audit of axioms ended by {outcome.ending}"
        return dict.fromkeys(theorems, Audit(AuditKind.PRINT_AXIOMS, (problem,), conclusive=False))
    if outcome.ending != "exited" or outcome.exit_code != 0:
        last = next((line for line in lines if line.strip()), "no output")
        problem = f"the audit of axioms failed: {last[:300]}"
        return dict.fromkeys(theorems, Audit(AuditKind.PRINT_AXIOMS, (problem,)))
    return parse_axioms(lines, theorems)


def parse_axioms(lines: Sequence[str], theorems: Mapping[str, Sequence[str]]) -> dict[str, Audit]:
    """Read the output of `#print axioms`, strictly: each theorem once and nothing else.

    What is wrong with one theorem counts against its claim, anything else against all of them.
    """
    found: dict[str, tuple[str, ...]] = {}
    common: list[str] = []
    every = {name for names in theorems.values() for name in names}
    for message in _messages(lines):
        match = _DEPENDS.match(message) or _NOTHING.match(message)
        if match is None:
            common.append(f"the audit printed something else: {message[:200]}")
            continue
        name, axioms = match["name"], match.groupdict().get("axioms") or ""
        if name in found:
            common.append(f"the axioms of {name[:80]} are printed twice")
        if name not in every:
            common.append(f"the audit speaks about {name[:80]}, which it was not asked about")
        found[name] = tuple(part.strip() for part in axioms.split(",") if part.strip())
    return {
        claim: Audit(
            AuditKind.PRINT_AXIOMS,
            (*common, *(problem for name in names for problem in _axiom_problems(name, found))),
            {name: found[name] for name in names if name in found},
        )
        for claim, names in theorems.items()
    }


def _axiom_problems(name: str, found: Mapping[str, tuple[str, ...]]) -> list[str]:
    if name not in found:
        return [f"the audit says nothing about {name}"]
    return [
        f"{name[:80]} depends on the axiom {axiom[:80]}"
        for axiom in found[name]
        if axiom not in ALLOWED_AXIOMS
    ]


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

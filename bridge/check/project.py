"""Checking an exported project, from its bytes to the report."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bridge import toolchain as lean
from bridge.check.audit import Audit, audit_sources, print_axioms
from bridge.check.bundle import Bundle, read_bundle
from bridge.check.findings import find
from bridge.check.integrity import Regenerated, regenerate
from bridge.check.record import LeanRun, claim_record
from bridge.check.stage import staged
from bridge.check.summary import model_summary
from bridge.check.versions import versions
from bridge.export import library_folder
from bridge.export.library import library_sha256
from bridge.export.manifest import ClaimEntry
from bridge.importers import CrossCheck
from bridge.report import model as report
from bridge.report.verdicts import AuditKind
from bridge.toolchain.model import BuildEvent, BuildResult, Limits, Toolchain
from runtime.graph import Graph

__all__ = ["check_project"]

_LIBRARY_ROOT = "Lemmanet"


@dataclass(frozen=True, slots=True)
class _Options:
    """Which Lean to use and what it may use; see `check_project`."""

    provider: str | None
    timeout: float
    memory: int
    jobs: int


def check_project(
    folder: Path | str,
    *,
    provider: str | None = None,
    timeout: float = 600.0,
    memory: int = 4096,
    jobs: int = 2,
    on_event: Callable[[BuildEvent], None] | None = None,
    model: Graph | None = None,
    importer_check: CrossCheck | None = None,
) -> report.Report:
    """Check an exported project and say what is known of each of its claims.

    The folder is read once. Its files must match the manifest and must be what this installation
    writes from the project's data; the numbers in the Lean sources must be those of the network
    and the property; the exact Python checker must accept the certificates. Only then is Lean run,
    on a clean copy, and the axioms are audited.

    Args:
        folder: an exported project.
        provider: "official" or "registry"; None takes the best that is there.
        timeout: seconds for one Lean file.
        memory: mebibytes for one Lean file.
        jobs: files at once.
        on_event: called with every event of the build.
        model: the network that the project must be about.
        importer_check: how the import of that network was compared; goes to the report.

    Raises InputError where the folder is no project at all, InfrastructureError where no Lean can
    be used. Everything else is a verdict in the report.
    """
    bundle = read_bundle(Path(folder))
    again = regenerate(bundle, library_folder())
    findings = find(bundle, again, model)
    run = None
    if any(not findings.of(claim.id) for claim in bundle.claims):
        options = _Options(provider, timeout, memory, jobs)
        run = _run_lean(bundle, again, options, on_event or _ignore)
    claims = [
        claim_record(bundle, entry, claim, findings, run)
        for entry, claim in zip(bundle.manifest.claims, bundle.claims, strict=True)
    ]
    return report.Report(
        title=f"{bundle.manifest.name}: what was checked",
        created=datetime.now(UTC),
        model=model_summary(bundle.graph, [claim.bounds for claim in claims], importer_check),
        claims=tuple(claims),
        reproduce=_commands(bundle, run),
        versions=versions(run.toolchain if run else None),
    )


def _ignore(_: BuildEvent) -> None:
    """For callers that do not watch."""


def _run_lean(
    bundle: Bundle,
    again: Regenerated,
    options: _Options,
    on_event: Callable[[BuildEvent], None],
) -> LeanRun:
    chosen = lean.select(options.provider)
    with staged(again.files) as project:
        build = lean.build(
            project,
            None,
            toolchain=chosen,
            jobs=options.jobs,
            timeout_s=options.timeout,
            memory_mb=options.memory,
            on_event=on_event,
        )
        audit = _audit(bundle, again, project, chosen, build, options) if build.ok else None
    return LeanRun(chosen, build, audit)


def _audit(
    bundle: Bundle,
    again: Regenerated,
    project: Path,
    chosen: Toolchain,
    build: BuildResult,
    options: _Options,
) -> Audit:
    """The scan always; where it finds nothing and Lean can list axioms, what Lean lists."""
    if library_sha256(again.library) != again.manifest.library.sha256:
        changed = ("the Lean library changed while it was being built",)
        return Audit(AuditKind.SOURCE_SCAN, changed, conclusive=False)
    library = {
        path.relative_to(again.library).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((again.library / "lean").rglob("*.lean"))
    }
    roots = (_LIBRARY_ROOT, bundle.manifest.root)
    scan = audit_sources(bundle.lean_texts(), library, build, roots)
    if scan.problems or not chosen.official:
        return scan
    theorems = [name for entry in bundle.manifest.claims for name in _theorems(entry)]
    limits = Limits(options.timeout, options.memory)
    return print_axioms(project, theorems, chosen, os.environ, limits=limits)


def _theorems(entry: ClaimEntry) -> Sequence[str]:
    return (entry.theorem, f"{entry.theorem}_rat")


def _commands(bundle: Bundle, run: LeanRun | None) -> tuple[str, ...]:
    folder = shlex.quote(bundle.folder.name or ".")
    commands = [f"lemmanet check {folder}"]
    if run is None or run.toolchain.official:
        commands += [f"cd {folder}", "lake build", "lake env lean Audit.lean"]
    return tuple(commands)

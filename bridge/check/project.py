"""Checking an exported project, from its bytes to the report."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bridge.check.bundle import Bundle, read_bundle
from bridge.check.findings import find
from bridge.check.integrity import regenerate
from bridge.check.record import claim_record
from bridge.check.run import LeanOptions, LeanRun, run_lean
from bridge.check.summary import model_summary
from bridge.check.versions import versions
from bridge.export import library_folder
from bridge.importers import CrossCheck
from bridge.report import model as report
from bridge.toolchain.model import BuildEvent
from runtime.graph import Graph

__all__ = ["check_project"]


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
        run = run_lean(again, LeanOptions(provider, timeout, memory, jobs), on_event)
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


def _commands(bundle: Bundle, run: LeanRun | None) -> tuple[str, ...]:
    folder = shlex.quote(bundle.folder.name or ".")
    commands = [f"lemmanet check {folder}"]
    if run is None or run.toolchain.official:
        commands += [f"cd {folder}", "lake build", "lake env lean Audit.lean"]
    return tuple(commands)

"""A decided instance as a Lean project, checked by Lean."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from bridge.check import check_project
from bridge.export import Claim, export_project, library_folder
from bridge.export.affine import missing
from bridge.export.library import library_sha256
from bridge.pipeline import LoadedModel, save_reports
from bridge.pipeline.ids import claim_ids
from bridge.report.verdicts import Verdict
from bridge.toolchain.model import BuildEvent
from bridge.vnncomp.attempts import Evidence
from bridge.vnncomp.jobs import ProveJob
from bridge.vnncomp.records import Proof
from certificates import AffineCertificate, Property, load_certificate
from runtime.errors import InputError, UnsupportedError
from runtime.graph import Graph

__all__ = ["prove"]


def prove(
    job: ProveJob, model: LoadedModel, graph: Graph, prop: Property, tell: Callable[[str], None]
) -> Proof:
    """Export the theorem of the job's certificates and have it checked; never raises InputError.

    `graph` is the lowered graph of `model`, `prop` is bound to it. The project and its reports are
    left in the job's project folder. Raises InfrastructureError where no Lean can be used.
    """
    start = time.monotonic()
    library = library_sha256(library_folder())
    project = Path(job.project)
    try:
        claim = Claim(
            claim_ids([prop])[0],
            prop,
            "violated" if job.result == "sat" else "holds",
            tuple(_exportable(path, graph) for path in job.certificates),
        )
        tell("exporting to Lean")
        export_project(graph, [claim], project, force=True)
        report = check_project(
            project,
            provider=job.provider,
            timeout=job.lean_timeout,
            memory=job.lean_memory,
            jobs=job.lean_jobs,
            on_event=lambda event: _event(event, tell),
            importer_check=model.importer_check,
        )
    except InputError as error:
        return Proof(
            verdict=Verdict.UNDECIDED,
            message=f"Lean was not asked: {error}",
            provider=job.provider,
            library_sha256=library,
            lean_timeout=job.lean_timeout,
            lean_memory=job.lean_memory,
            seconds=time.monotonic() - start,
        )
    save_reports(report, project)
    (found,) = report.claims
    sources = [path for path in project.rglob("*.lean") if ".lake" not in path.parts]
    return Proof(
        verdict=found.verdict,
        message=found.message,
        theorem=found.theorem,
        provider=found.toolchain.provider if found.toolchain else job.provider,
        lean_version=found.toolchain.version if found.toolchain else None,
        library_sha256=library,
        lean_timeout=job.lean_timeout,
        lean_memory=job.lean_memory,
        seconds=time.monotonic() - start,
        peak_memory_bytes=max((file.peak_memory_bytes or 0 for file in found.files), default=None),
        lean_files=len(sources),
        lean_bytes=sum(path.stat().st_size for path in sources),
    )


def _exportable(path: str, graph: Graph) -> Evidence:
    """A certificate that Lean covers; raises UnsupportedError for any other."""
    certificate = load_certificate(path)
    gap = missing(graph) if isinstance(certificate, AffineCertificate) else None
    if gap is not None:
        raise UnsupportedError(gap)
    return certificate


def _event(event: BuildEvent, tell: Callable[[str], None]) -> None:
    if event.kind == "start":
        tell(f"Lean: {event.module}")

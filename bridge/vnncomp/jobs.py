"""What a worker is told: files, limits, and where to write. One JSON file on its command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from bridge.report.record import Name, Record
from bridge.vnncomp.records import Key

__all__ = [
    "FINDING",
    "PREPARE_SECONDS",
    "PROOF",
    "DecideJob",
    "Job",
    "ProveJob",
    "load_job",
    "save_job",
]

FINDING = "finding.json"
PROOF = "proof.json"
PREPARE_SECONDS = 600.0
"""Limit for reading network and property; the competition's own."""

Seconds = Annotated[float, Meta(gt=0)]
Positive = Annotated[int, Meta(ge=1)]


class DecideJob(Record, frozen=True, tag="decide"):
    """Decide an instance; writes `finding.json` and the certificates into `folder`."""

    onnx: Name
    vnnlib: Name
    folder: Name
    key: Key


class ProveJob(Record, frozen=True, tag="prove"):
    """Export and check a decided instance; writes `proof.json` into `folder`.

    `certificates` are those that decided it, one for each case, or the one of a violation.
    """

    onnx: Name
    vnnlib: Name
    folder: Name
    key: Key
    result: Literal["sat", "unsat"]
    certificates: tuple[Name, ...]
    project: Name
    provider: Name | None
    lean_timeout: Seconds
    lean_memory: Positive
    lean_jobs: Positive


Job = DecideJob | ProveJob


def save_job(job: Job, path: Path) -> None:
    """Write the job."""
    path.write_bytes(msgspec.json.encode(job))


def load_job(path: Path) -> Job:
    """Read a job; raises `msgspec.ValidationError` for anything else."""
    job: Job = msgspec.json.decode(path.read_bytes(), type=Job)
    return job

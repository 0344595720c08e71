"""A process that decides or proves one instance: `python -m bridge.vnncomp.worker JOB.json`.

Standard output carries what is being done, one JSON text a line. The finding is written last and
whole: a worker that dies has said nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import msgspec

from bridge.export import lower
from bridge.pipeline import LoadedModel, load, read_property
from bridge.report.verdicts import Verdict
from bridge.vnncomp.attempts import Rung
from bridge.vnncomp.decide import Decider
from bridge.vnncomp.inputs import unpacked
from bridge.vnncomp.jobs import FINDING, PREPARE_SECONDS, PROOF, DecideJob, Job, load_job
from bridge.vnncomp.ladder import LADDER
from bridge.vnncomp.prove import prove
from bridge.vnncomp.records import Finding, Result
from bridge.vnncomp.witness import witness
from certificates import Property, save_certificate
from runtime.errors import InputError, UnsupportedError
from runtime.graph import Graph

__all__ = ["decide_job", "main"]

_PARENT_POLL_SECONDS = 1.0


class _TimeUpError(BaseException):
    """The limit has passed; not an Exception, so that nothing on the way takes it for its own."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Network and property, ready to be bounded."""

    model: LoadedModel
    graph: Graph
    prop: Property
    onnx: Path


def _tell(text: str) -> None:
    print(json.dumps({"step": text}), flush=True)


@contextlib.contextmanager
def _limit(seconds: float) -> Iterator[None]:
    """Raise `_TimeUpError` in this thread when the seconds have passed."""

    def expire(_number: int, _frame: FrameType | None) -> None:
        raise _TimeUpError

    previous = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def _prepare(job: Job, folder: Path) -> _Prepared:
    """Read both files; raises InputError, also where they are not those of the job's key."""
    _tell("reading the network")
    onnx, onnx_sha256 = unpacked(Path(job.onnx), folder)
    vnnlib, vnnlib_sha256 = unpacked(Path(job.vnnlib), folder)
    if (onnx_sha256, vnnlib_sha256) != (job.key.onnx_sha256, job.key.vnnlib_sha256):
        raise InputError("The network or the property changed while the benchmark was running.")
    model = load(onnx)
    graph = lower(model.graph)
    _tell("reading the property")
    return _Prepared(model, graph, read_property(vnnlib, graph).bind(graph), onnx)


def decide_job(job: DecideJob, ladder: Sequence[Rung] = LADDER) -> Finding:
    """Decide the instance within its limits; certificates go to the job's folder."""
    folder = Path(job.folder)
    start = time.monotonic()
    try:
        with _limit(PREPARE_SECONDS):
            prepared = _prepare(job, folder)
    except _TimeUpError:
        message = f"Reading the files took more than {PREPARE_SECONDS:g} s."
        return Finding(result=Result.TIMEOUT, verdict=Verdict.UNDECIDED, message=message)
    except UnsupportedError as error:
        return Finding(
            result=Result.UNKNOWN,
            verdict=Verdict.UNDECIDED,
            fault="unsupported",
            message=str(error),
        )
    except InputError as error:
        return Finding(
            result=Result.ERROR, verdict=Verdict.ERROR, fault="input", message=str(error)
        )
    prepare_seconds = time.monotonic() - start
    decider = Decider(prepared.graph, prepared.prop, job.key.timeout, ladder, tell=_tell)
    expired = False
    try:
        with _limit(job.key.timeout):
            decider.run()
    except _TimeUpError:
        expired = True
    return _finding(prepared, decider, folder, prepare_seconds, expired=expired)


def _finding(
    prepared: _Prepared, decider: Decider, folder: Path, prepare_seconds: float, *, expired: bool
) -> Finding:
    seconds = decider.seconds
    violated = decider.violated
    if violated is not None:
        result = Result.SAT
    elif not decider.open_cases:
        result = Result.UNSAT
    else:
        result = Result.TIMEOUT if expired else Result.UNKNOWN
    size = 0
    if result.decided:
        for case, certificate in sorted(decider.certificates.items()):
            path = folder / f"case-{case}.certificate.json"
            save_certificate(certificate, path)
            size += path.stat().st_size
    undecided = Verdict.REJECTED if decider.rejections else Verdict.UNDECIDED
    limit = f"The limit of {decider.timeout:g} s passed. " if expired else ""
    return Finding(
        result=result,
        verdict=Verdict.CHECKED if result.decided else undecided,
        message="" if result.decided else f"{limit}{decider.reason}",
        strategy=decider.strategy if result.decided else None,
        cases=len(decider.prop.cases),
        bound=decider.bound,
        nodes=decider.nodes,
        leaves=decider.leaves,
        prepare_seconds=prepare_seconds,
        find_seconds=max(0.0, seconds - decider.check_seconds),
        check_seconds=decider.check_seconds,
        certificate_bytes=size,
        model_sha256=decider.graph.sha256(),
        property_sha256=decider.prop.sha256(),
        witness=None
        if violated is None
        else witness(violated, decider.graph, decider.prop, prepared.onnx),
        rejections=tuple(decider.rejections),
    )


def _leave_with_parent() -> None:
    """End this process soon after the one that started it, also where that one was killed."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_PARENT_POLL_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def main(arguments: list[str]) -> int:
    """Do the one job that is named."""
    if len(arguments) != 1:
        print("usage: python -m bridge.vnncomp.worker JOB.json", file=sys.stderr)
        return 2
    _leave_with_parent()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    job = load_job(Path(arguments[0]))
    folder = Path(job.folder)
    if isinstance(job, DecideJob):
        name, content = FINDING, msgspec.json.encode(decide_job(job))
    else:
        prepared = _prepare(job, folder)
        proof = prove(job, prepared.model, prepared.graph, prepared.prop, _tell)
        name, content = PROOF, msgspec.json.encode(proof)
    temporary = folder / f".{name}"
    temporary.write_bytes(content)
    temporary.replace(folder / name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Running a benchmark: which instances are to be done, in which processes, and what is kept.

Two passes, each over a few workers at a time: deciding, then proving what is decided. Every
instance is saved as soon as it ends, so that an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import msgspec

from bridge import toolchain as lean
from bridge.export import library_folder
from bridge.export.library import library_sha256
from bridge.report.verdicts import ExitCode, Verdict
from bridge.toolchain.model import Limits
from bridge.vnncomp.code import code_sha256, tool_version
from bridge.vnncomp.inputs import content_sha256
from bridge.vnncomp.instances import DEFAULT_TIMEOUT, Benchmark, Instance, read_benchmark
from bridge.vnncomp.jobs import FINDING, PREPARE_SECONDS, PROOF, DecideJob, ProveJob
from bridge.vnncomp.options import Options
from bridge.vnncomp.outcome import exit_code
from bridge.vnncomp.page import summary_page
from bridge.vnncomp.records import Finding, InstanceRecord, Key, Proof, Result
from bridge.vnncomp.reuse import reusable, reusable_proof
from bridge.vnncomp.store import Store
from bridge.vnncomp.summary import Summary, results_csv, summarize, summary_json
from bridge.vnncomp.witness import counterexample_text
from bridge.vnncomp.workers import Ended, run_worker

__all__ = ["Run", "Watcher", "run_benchmark"]

_GRACE_SECONDS = 60.0
_PROOF_SECONDS = 86_400.0
_WAIT_SECONDS = 0.2


class Watcher(Protocol):
    """Told what happens; called from several threads."""

    def begin(self, stage: str, total: int) -> None:
        """A pass over `total` instances begins: "decide" or "prove"."""

    def start(self, instance: Instance) -> None:
        """Work on an instance begins."""

    def step(self, instance: Instance, text: str) -> None:
        """What is being done."""

    def end(self, instance: Instance, record: InstanceRecord | None) -> None:
        """Work on an instance ended; None where it was interrupted."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run came to: everything that is known of the benchmark, and the selection's code."""

    summary: Summary
    selected: tuple[str, ...]
    code: ExitCode


def run_benchmark(
    table: Path | str,
    out: Path | str,
    options: Options | None = None,
    *,
    only: str | None = None,
    watcher: Watcher | None = None,
) -> Run:
    """Decide the instances of a table, and write results, states and a summary page to `out`.

    Args:
        table: the instances table of a benchmark folder (see `read_benchmark`).
        out: a new folder, or one of an earlier run of the same table, which is then continued.
        options: limits, proofs, parallelism.
        only: a pattern that instances must match (see `Benchmark.select`).
        watcher: told what happens.

    Raises InputError for a table, file or folder that cannot be used, before anything is run, and
    InfrastructureError where proofs are asked for and there is no Lean. On KeyboardInterrupt the
    workers are stopped and what is finished is summarized before it is raised again.
    """
    table = Path(table)
    options = options or Options()
    benchmark = read_benchmark(table)
    selected = benchmark.select(only)
    keys = _keys(benchmark, selected, options)
    provider = lean.select(options.provider).name if options.prove else None
    store = Store(Path(out))
    with store.opened(benchmark.name, table.name):
        session = _Session(benchmark, store, options, keys, watcher or _Silent())
        try:
            session.pass_over("decide", session.to_decide(selected), session.decide)
            if provider is not None:
                library = library_sha256(library_folder())
                waiting = session.to_prove(selected, provider, library)
                work = functools.partial(
                    session.prove, provider=provider, library=library, total=len(waiting)
                )
                session.pass_over("prove", waiting, work)
        finally:
            summary = session.write()
    ids = tuple(instance.id for instance in selected)
    wanted = set(ids)
    rows = [row for row in summary.rows if row.record.id in wanted]
    return Run(summary, ids, exit_code((row.record, row.expected) for row in rows))


def _keys(benchmark: Benchmark, selected: Sequence[Instance], options: Options) -> dict[str, Key]:
    """What the finding of each instance depends on; every file is opened once."""
    hashed = functools.cache(content_sha256)
    keys = {}
    for instance in selected:
        onnx, vnnlib = benchmark.files(instance)
        keys[instance.id] = Key(
            onnx_sha256=hashed(onnx),
            vnnlib_sha256=hashed(vnnlib),
            version=tool_version(),
            code_sha256=code_sha256(),
            timeout=options.timeout or instance.timeout or DEFAULT_TIMEOUT,
            memory=options.memory,
        )
    return keys


class _Silent:
    """For callers that do not watch."""

    def begin(self, stage: str, total: int) -> None: ...
    def start(self, instance: Instance) -> None: ...
    def step(self, instance: Instance, text: str) -> None: ...
    def end(self, instance: Instance, record: InstanceRecord | None) -> None: ...


@dataclass
class _Session:
    """One run: the records as they become known, and the way to stop."""

    benchmark: Benchmark
    store: Store
    options: Options
    keys: dict[str, Key]
    watcher: Watcher
    cancel: threading.Event = field(default_factory=threading.Event)
    records: dict[str, InstanceRecord] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for instance in self.benchmark.instances:
            record = self.store.load(instance.id)
            if record is not None and (record.onnx, record.vnnlib) == (
                instance.onnx,
                instance.vnnlib,
            ):
                self.records[instance.id] = record

    def to_decide(self, selected: Sequence[Instance]) -> list[Instance]:
        """The instances whose finding is missing, stale, or to be tried again."""
        return [
            instance
            for instance in selected
            if not reusable(
                self.records.get(instance.id),
                self.keys[instance.id],
                self.store,
                retry=self.options.retry,
            )
        ]

    def to_prove(self, selected: Sequence[Instance], provider: str, library: str) -> list[Instance]:
        """The decided instances whose proof is missing, stale, or to be tried again."""
        found = []
        for instance in selected:
            record = self.records.get(instance.id)
            if record is None or not record.finding.result.decided:
                continue
            kept = reusable_proof(record, self.options, provider, library, self.store)
            if not kept:
                found.append(instance)
        return found

    def pass_over(
        self,
        stage: str,
        instances: Sequence[Instance],
        work: Callable[[Instance], InstanceRecord | None],
    ) -> None:
        """Do the work for all instances, a few at a time; stops all workers on an exception."""
        self.watcher.begin(stage, len(instances))
        pool = ThreadPoolExecutor(max_workers=self.options.jobs, thread_name_prefix=stage)
        try:
            running = {pool.submit(self._one, instance, work) for instance in instances}
            for future in _finished(running):
                future.result()
        except BaseException:
            self.cancel.set()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _one(self, instance: Instance, work: Callable[[Instance], InstanceRecord | None]) -> None:
        if self.cancel.is_set():
            return
        self.watcher.start(instance)
        record = None
        try:
            record = work(instance)
            if record is not None:
                self.store.save(record)
                self.records[instance.id] = record
        finally:
            self.watcher.end(instance, record)

    def decide(self, instance: Instance) -> InstanceRecord | None:
        """Decide one instance in a worker; None where the run was interrupted."""
        key = self.keys[instance.id]
        onnx, vnnlib = self.benchmark.files(instance)
        with self.store.workplace() as folder:
            job = DecideJob(
                onnx=str(onnx.resolve()),
                vnnlib=str(vnnlib.resolve()),
                folder=str(folder.resolve()),
                key=key,
            )
            limits = Limits(PREPARE_SECONDS + key.timeout + _GRACE_SECONDS, self.options.memory)
            ended = self._run(instance, job, limits)
            if ended.outcome.ending == "cancelled":
                return None
            finding = _finding(folder / FINDING, ended)
            text = counterexample_text(finding.witness) if finding.witness else None
            certificates = sorted(folder.glob("*.certificate.json"))
            self.store.adopt(instance.id, certificates if finding.result.decided else [], text)
        return InstanceRecord(
            id=instance.id,
            category=instance.category,
            onnx=instance.onnx,
            vnnlib=instance.vnnlib,
            key=key,
            finding=finding,
        )

    def prove(
        self, instance: Instance, *, provider: str, library: str, total: int
    ) -> InstanceRecord | None:
        """Export and check one decided instance in a worker; None where it was interrupted."""
        record = self.records[instance.id]
        options = self.options
        lean_jobs = max(1, options.jobs // max(1, total))
        onnx, vnnlib = self.benchmark.files(instance)
        project = self.store.project(instance.id)
        project.parent.mkdir(parents=True, exist_ok=True)
        with self.store.workplace() as folder:
            job = ProveJob(
                onnx=str(onnx.resolve()),
                vnnlib=str(vnnlib.resolve()),
                folder=str(folder.resolve()),
                key=record.key,
                result="sat" if record.finding.result is Result.SAT else "unsat",
                certificates=tuple(
                    str(path.resolve()) for path in self.store.certificate_files(instance.id)
                ),
                project=str(project.resolve()),
                provider=provider,
                lean_timeout=options.lean_timeout,
                lean_memory=options.lean_memory,
                lean_jobs=lean_jobs,
            )
            limits = Limits(_PROOF_SECONDS, options.memory + lean_jobs * options.lean_memory)
            ended = self._run(instance, job, limits)
            if ended.outcome.ending == "cancelled":
                return None
            proof = _proof(folder / PROOF, ended, job, library)
        return msgspec.structs.replace(record, proof=proof)

    def _run(self, instance: Instance, job: DecideJob | ProveJob, limits: Limits) -> Ended:
        return run_worker(
            job,
            limits,
            threads=max(1, (os.cpu_count() or 1) // self.options.jobs),
            cancel=self.cancel,
            on_step=lambda text: self.watcher.step(instance, text),
        )

    def write(self) -> Summary:
        """Results file, summary and page over everything that is known."""
        summary = summarize(self.benchmark, self.records)
        self.store.write("results.csv", results_csv(summary))
        self.store.write("summary.json", summary_json(summary))
        self.store.write("summary.html", summary_page(summary, self.store))
        return summary


def _finished(futures: set[Future[None]]) -> Iterator[Future[None]]:
    """The futures as they end; wakes up often, so that an interrupt is seen."""
    while futures:
        done, futures = wait(futures, timeout=_WAIT_SECONDS, return_when=FIRST_COMPLETED)
        yield from done


def _finding(path: Path, ended: Ended) -> Finding:
    """What the worker wrote, or what its end means: never a verdict."""
    peak = ended.outcome.peak_memory_bytes
    if ended.outcome.ending == "exited" and ended.outcome.exit_code == 0 and path.is_file():
        found = msgspec.json.decode(path.read_bytes(), type=Finding)
        return msgspec.structs.replace(found, peak_memory_bytes=peak)
    if ended.outcome.ending in ("timeout", "memory"):
        timeout = ended.outcome.ending == "timeout"
        return Finding(
            result=Result.TIMEOUT if timeout else Result.UNKNOWN,
            verdict=Verdict.UNDECIDED,
            message=ended.reason,
            find_seconds=ended.outcome.seconds,
            peak_memory_bytes=peak,
        )
    return Finding(
        result=Result.ERROR,
        verdict=Verdict.ERROR,
        fault="worker",
        message=ended.reason,
        find_seconds=ended.outcome.seconds,
        peak_memory_bytes=peak,
    )


def _proof(path: Path, ended: Ended, job: ProveJob, library: str) -> Proof:
    if ended.outcome.ending == "exited" and ended.outcome.exit_code == 0 and path.is_file():
        return msgspec.json.decode(path.read_bytes(), type=Proof)
    ran_out = ended.outcome.ending in ("timeout", "memory")
    return Proof(
        verdict=Verdict.UNDECIDED if ran_out else Verdict.ERROR,
        message=ended.reason,
        provider=job.provider,
        library_sha256=library,
        lean_timeout=job.lean_timeout,
        lean_memory=job.lean_memory,
        seconds=ended.outcome.seconds,
        peak_memory_bytes=ended.outcome.peak_memory_bytes,
    )

"""`lemmanet vnncomp`: a benchmark folder of the verification competition, decided and proved."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Annotated, Self

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from bridge.cli.options import Json, Provider
from bridge.report import figures
from bridge.report.text import clip, visible
from bridge.report.verdicts import ExitCode, Verdict
from bridge.vnncomp.instances import Instance
from bridge.vnncomp.options import Options
from bridge.vnncomp.outcome import Agreement
from bridge.vnncomp.records import InstanceRecord
from bridge.vnncomp.runner import Run, run_benchmark
from bridge.vnncomp.summary import summary_json
from runtime.errors import InputError

__all__ = ["vnncomp"]

_LONGEST = 160
_NARROWEST = 20
_BESIDE = 34
"""Columns that bar, count and time take."""
_LEAN = "Lean"
_STAGES = {"decide": "deciding", "prove": "proving in Lean"}


def vnncomp(
    table: Annotated[
        Path,
        typer.Argument(
            metavar="INSTANCES.csv",
            help="The benchmark's table: ONNX file, VNN-LIB file, seconds.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", metavar="DIR", help="A new folder, or that of an earlier run."),
    ],
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout",
            min=0.1,
            metavar="SECONDS",
            help="Limit for deciding one instance; by default the table's.",
        ),
    ] = None,
    prove: Annotated[
        bool,
        typer.Option("--prove", help="Export each decided instance and have Lean check it."),
    ] = False,
    only: Annotated[
        str | None,
        typer.Option(
            "--only",
            metavar="PATTERN",
            help="Run the instances whose files or id hold this text; * and ? are wildcards.",
        ),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Instances at once.")] = 2,
    memory: Annotated[
        int,
        typer.Option("--memory", min=256, metavar="MB", help="Memory limit for one instance."),
    ] = 4096,
    retry: Annotated[
        bool,
        typer.Option("--retry", help="Run instances again that an earlier run left open."),
    ] = False,
    as_json: Json = False,
    provider: Provider = None,
    lean_timeout: Annotated[
        float,
        typer.Option(
            "--lean-timeout",
            min=0.1,
            metavar="SECONDS",
            help="Limit for one Lean file.",
            rich_help_panel=_LEAN,
        ),
    ] = 600.0,
    lean_memory: Annotated[
        int,
        typer.Option(
            "--lean-memory",
            min=64,
            metavar="MB",
            help="Memory limit for one Lean file.",
            rich_help_panel=_LEAN,
        ),
    ] = 4096,
) -> None:
    """Decide the instances of a VNN-COMP benchmark, each verdict checked exactly or by Lean.

    Exit codes: 0 every instance is decided and none stands against the other tools, 1 one does, or
    a certificate was rejected, 2 bad input, 3 a fault of the machine, 4 some stayed open.
    """
    options = Options(
        timeout=timeout,
        memory=memory,
        jobs=jobs,
        prove=prove,
        provider=provider,
        lean_timeout=lean_timeout,
        lean_memory=lean_memory,
        retry=retry,
    )
    with _Display(quiet=as_json) as display:
        run = run_benchmark(table, out, options, only=only, watcher=display)
    if as_json:
        sys.stdout.write(summary_json(run.summary))
    else:
        _show(run, out)
    if run.code is ExitCode.BAD_INPUT:
        raise InputError(_unreadable(run))
    raise typer.Exit(int(run.code))


def _unreadable(run: Run) -> str:
    wanted = set(run.selected)
    failed = [
        row.record
        for row in run.summary.rows
        if row.record.id in wanted and row.record.finding.fault == "input"
    ]
    first = failed[0]
    rest = f" ({len(failed)} of {len(run.selected)} instances cannot be read)"
    return f"{first.id}: {first.finding.message}" + (rest if len(failed) > 1 else "")


def _show(run: Run, out: Path) -> None:
    """Counts, what asks for attention, and where the page lies."""
    console = Console()
    table = Table("verdict", "instances")
    for verdict, count in run.summary.verdicts().items():
        table.add_row(f"{verdict.symbol} {verdict.value}", figures.count(count))
    console.print(table)
    for row in run.summary.rows:
        name = f"{row.record.onnx} {row.record.vnnlib}"
        lines = [(f"rejected: {name}: {said}", "red") for said in _rejections(row.record)]
        if row.agreement is Agreement.DISAGREES:
            lines.append((f"disagreement: {name}: {row.remark}", "red"))
        elif row.agreement is Agreement.SETTLES:
            lines.append((f"settled: {name}: {row.remark}", ""))
        for line, style in lines:
            console.print(Text(visible(line), style), soft_wrap=True, highlight=False)
    console.print(Text(f"summary: {out / 'summary.html'}"), soft_wrap=True, highlight=False)


def _rejections(record: InstanceRecord) -> list[str]:
    proof = record.proof
    said = [proof.message] if proof is not None and proof.verdict is Verdict.REJECTED else []
    return [*record.finding.rejections, *said]


class _Display:
    """A live display on a terminal, a line for each finished instance elsewhere; thread-safe."""

    def __init__(self, *, quiet: bool) -> None:
        self._console = Console(stderr=True)
        self._quiet = quiet
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=12),
            TextColumn("{task.fields[count]}", markup=False),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=quiet or not self._console.is_terminal,
        )
        self._lock = threading.Lock()
        self._whole: TaskID | None = None
        self._running: dict[str, TaskID] = {}
        self._stage = ""
        self._done = 0
        self._total = 0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def begin(self, stage: str, total: int) -> None:
        """A pass begins."""
        self._stage, self._done, self._total = _STAGES[stage], 0, total
        if self._whole is not None:
            self._progress.remove_task(self._whole)
        self._whole = self._progress.add_task(self._stage, total=total, count=f"0/{total}")

    def start(self, instance: Instance) -> None:
        """An instance begins."""
        with self._lock:
            line = self._fitting(instance, "starting")
            self._running[instance.id] = self._progress.add_task(line, total=None, count="")

    def step(self, instance: Instance, text: str) -> None:
        """What is being done with an instance."""
        with self._lock:
            if (task := self._running.get(instance.id)) is not None:
                line = self._fitting(instance, text)
                self._progress.update(task, description=line)

    def end(self, instance: Instance, record: InstanceRecord | None) -> None:
        """An instance ended, or was interrupted."""
        with self._lock:
            if (task := self._running.pop(instance.id, None)) is not None:
                self._progress.remove_task(task)
            if record is None:
                return
            self._done += 1
            if self._whole is not None:
                count = f"{self._done}/{self._total}"
                self._progress.update(self._whole, completed=self._done, count=count)
            if not self._quiet:
                line = f"[{self._done}/{self._total}] {self._line(record)}"
                self._console.print(Text(clip(line, 2 * _LONGEST)), soft_wrap=True, highlight=False)

    def _fitting(self, instance: Instance, text: str) -> str:
        """Name and text in the room that bar, count and time leave; names differ at their end."""
        room = max(_NARROWEST, self._console.width - _BESIDE)
        name = instance.id
        if len(name) > room // 2:
            name = "…" + name[-(room // 2) :]
        return clip(f"{name}: {text}", room)

    def _line(self, record: InstanceRecord) -> str:
        finding, proof = record.finding, record.proof
        seconds = finding.seconds if proof is None else proof.seconds
        text = f"{record.id}: {finding.result.value}, {record.verdict.value}"
        text += f" ({figures.seconds(seconds)})"
        message = finding.message if proof is None else proof.message
        return f"{text}: {message}" if message else text

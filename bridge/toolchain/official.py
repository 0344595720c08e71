"""Drives the official ``lake build``: reads its output, watches each of its Lean processes."""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psutil

from bridge.lake.graph import Module, module_graph
from bridge.lake.workspace import LAKE_BUILD_DIR, load_workspace
from bridge.toolchain.evidence import mentions_sorry
from bridge.toolchain.mirror import build_folders
from bridge.toolchain.model import (
    BuildEvent,
    BuildResult,
    Diagnostic,
    Limits,
    ModuleResult,
    ModuleStatus,
    Severity,
    Toolchain,
)
from bridge.toolchain.process import UNLIMITED, Outcome, run_limited
from runtime.errors import InfrastructureError

__all__ = ["LakeOutput", "build_official"]

_JOB = re.compile(r"^[✔✖⚠ℹ]\s+\[\d+/\d+\]\s+(\w+)\s+([^\s(]+)(?:\s+\(([\d.]+)(m?s)\))?")
_MESSAGE = re.compile(r"^(error|warning|info): (?:(.+?\.lean):(\d+):(\d+): )?(.*)$")
_TRACE = re.compile(r"^(trace: |Build completed|Some required|error: build failed|- )")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_SEVERITIES: dict[str, Severity] = {
    "error": "error",
    "warning": "warning",
    "info": "information",
}


@dataclass(slots=True)
class _Job:
    """What Lake said about one module."""

    status: Literal["built", "cached", "failed"]
    seconds: float = 0.0
    diagnostics: list[Diagnostic] = field(default_factory=list)


class LakeOutput:
    """Reads the lines of ``lake build`` (4.9 to 4.35) as they come.

    Lake prints a line for each module that it built or replays, and the module's messages below;
    about modules without messages that need no work it says nothing.
    """

    def __init__(self) -> None:
        self.jobs: dict[str, _Job] = {}
        self.loose: list[str] = []
        self._current: _Job | None = None
        self._open: Diagnostic | None = None

    def line(self, text: str) -> None:
        """Take one line of output, without its end."""
        text = _ANSI.sub("", text)
        if found := _JOB.match(text):
            self._start(found)
        elif _TRACE.match(text):
            self._close()
        elif found := _MESSAGE.match(text):
            self._close()
            label, _, line, column, message = found.groups()
            self._open = Diagnostic(_SEVERITIES[label], int(line or 1), int(column or 0), message)
        elif self._open is not None:
            item = self._open
            self._open = Diagnostic(
                item.severity, item.line, item.column, f"{item.text}\n{text}", item.kind
            )

    def finish(self) -> None:
        """Take the end of the output."""
        self._close()
        self._current = None

    def _start(self, found: re.Match[str]) -> None:
        self._close()
        word, module, number, unit = found.groups()
        seconds = float(number) / (1000 if unit == "ms" else 1) if number else 0.0
        status: Literal["built", "cached", "failed"]
        if found.group(0).startswith("✖"):
            status = "failed"
        else:
            status = "cached" if word == "Replayed" else "built"
        self._current = self.jobs.setdefault(module.removeprefix("+"), _Job(status))
        self._current.status, self._current.seconds = status, seconds

    def _close(self) -> None:
        if self._open is None:
            return
        if self._current is None:
            self.loose.append(self._open.text)
        else:
            self._current.diagnostics.append(self._open)
        self._open = None


@dataclass(slots=True)
class _Watch:
    """Enforces the limits on each Lean process that Lake starts, and sees it begin."""

    paths: dict[str, str]  # resolved source path to module
    limits: Limits
    report: Callable[[BuildEvent], None]
    ended: dict[str, ModuleStatus] = field(default_factory=dict)
    peaks: dict[str, int] = field(default_factory=dict)

    def poll(self, pid: int) -> None:
        """Look once at the descendants of Lake."""
        with contextlib.suppress(psutil.Error):
            for process in psutil.Process(pid).children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    self._look(process)

    def _look(self, process: psutil.Process) -> None:
        module = self._module(process)
        if module is None:
            return
        if module not in self.peaks:
            self.report(BuildEvent("start", module))
        resident = process.memory_info().rss
        self.peaks[module] = max(self.peaks.get(module, 0), resident)
        if resident > self.limits.memory_mb << 20:
            self.ended[module] = "memory"
            process.kill()
        elif time.time() - process.create_time() > self.limits.timeout_s:
            self.ended[module] = "timeout"
            process.kill()

    def _module(self, process: psutil.Process) -> str | None:
        arguments = process.cmdline()
        if not arguments or Path(arguments[0]).stem != "lean":
            return None
        folder = Path(process.cwd())
        for argument in arguments[1:]:
            if argument.endswith(".lean"):
                return self.paths.get(str((folder / argument).resolve()))
        return None


def build_official(
    project: Path,
    targets: list[str] | None,
    toolchain: Toolchain,
    jobs: int,
    limits: Limits,
    report: Callable[[BuildEvent], None],
    cancel: threading.Event | None,
) -> BuildResult:
    """Run the official ``lake build``; see `bridge.toolchain.build` for the arguments.

    Only lakefiles of the restricted form are built, so that we know which modules take part.
    """
    workspace = load_workspace(project)
    wanted = workspace.targets(targets)
    graph = module_graph(workspace, wanted, None)
    output = LakeOutput()
    paths = {str(module.source.path.resolve()): name for name, module in graph.items()}
    watch = _Watch(paths, limits, report)
    folders = build_folders(workspace)
    try:
        outcome = run_limited(
            [*toolchain.lake(), "build", *(f"+{name}" for name in wanted)],
            cwd=folders[workspace.packages[0].root],
            environment=os.environ | {"LEAN_NUM_THREADS": str(jobs)},
            limits=UNLIMITED,
            on_line=lambda _stream, line: output.line(line),
            on_poll=watch.poll,
            cancel=cancel,
        )
    except OSError as error:
        raise InfrastructureError(f"`lake` cannot be started: {error}") from error
    output.finish()
    results = tuple(_result(module, folders, output, watch, outcome) for module in graph.values())
    for item in results:
        _tell(item, report)
    ok = outcome.ending == "exited" and outcome.exit_code == 0 and bool(results)
    ok = ok and all(item.ok for item in results)
    message = "" if ok else "\n".join(output.loose)[-500:]
    return BuildResult(ok, results, message=message)


def _result(
    module: Module,
    folders: Mapping[Path, Path],
    output: LakeOutput,
    watch: _Watch,
    outcome: Outcome,
) -> ModuleResult:
    job = output.jobs.get(module.name)
    diagnostics = list(job.diagnostics) if job else []
    built = folders[module.source.package.root] / LAKE_BUILD_DIR
    olean = built.joinpath(*module.name.split("."))
    olean = olean.with_name(olean.name + ".olean")
    status = _status(module, job, watch, outcome, olean, diagnostics)
    return ModuleResult(
        module.name,
        str(module.source.path),
        status,
        job.seconds if job else 0.0,
        watch.peaks.get(module.name, 0),
        tuple(diagnostics),
        olean if olean.is_file() else None,
    )


def _status(
    module: Module,
    job: _Job | None,
    watch: _Watch,
    outcome: Outcome,
    olean: Path,
    diagnostics: list[Diagnostic],
) -> ModuleStatus:
    """Success needs Lake's exit status 0, an olean, no error and no `sorry`; nothing less."""
    if (limit := watch.ended.get(module.name)) is not None:
        return limit
    if any(item.severity == "error" for item in diagnostics):
        killed = any("exited with code" in item.text for item in diagnostics)
        real = any("exited with code" not in item.text for item in diagnostics)
        return "crashed" if killed and not real else "failed"
    if job is not None and job.status == "failed":
        return "crashed"
    if outcome.ending != "exited" or not olean.is_file() or olean.stat().st_size == 0:
        return "skipped"
    sorry = any("declaration uses" in item.text and "sorry" in item.text for item in diagnostics)
    if sorry or mentions_sorry(olean):
        text = "The module uses `sorry`, so what it states is not proved."
        diagnostics.append(Diagnostic("error", 1, 0, text))
        return "failed"
    if job is not None:
        return job.status
    # Lake is silent about what needs no work, but also about what it never reached.
    return "cached" if outcome.exit_code == 0 else "skipped"


def _tell(result: ModuleResult, report: Callable[[BuildEvent], None]) -> None:
    for item in result.diagnostics:
        report(
            BuildEvent(
                "diagnostic",
                result.module,
                result.path,
                severity=item.severity,
                line=item.line,
                column=item.column,
                text=item.text,
            )
        )
    report(
        BuildEvent(
            "cached" if result.status == "cached" else "done",
            result.module,
            result.path,
            1.0,
            seconds=result.seconds,
            peak_memory_bytes=result.peak_memory_bytes,
            status=result.status,
        )
    )

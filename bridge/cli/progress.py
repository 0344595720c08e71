"""What is going on, on the error stream: a live display on a terminal, lines elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from bridge.report import figures
from bridge.report.text import clip
from bridge.toolchain.model import BuildEvent

__all__ = ["BuildProgress"]

_LONGEST = 300
_STYLES = {"error": "red", "warning": "yellow"}


class BuildProgress:
    """Shows steps and the events of a Lean build; messages of Lean appear as they come.

    A context manager; `event` and `step` can be handed to the pipeline. Events of a build come from
    several threads.
    """

    def __init__(self, console: Console | None = None, *, quiet: bool = False) -> None:
        self._console = console or Console(stderr=True)
        self._quiet = quiet
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=quiet or not self._console.is_terminal,
        )
        self._running: dict[str, object] = {}
        self._current: object = None

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

    def step(self, text: str) -> None:
        """Say what is being done before or after the build."""
        if self._progress.disable:
            self._line(text)
            return
        if self._current is not None:
            self._progress.remove_task(self._current)  # type: ignore[arg-type]
        self._current = self._progress.add_task(clip(text, _LONGEST), total=None)

    def event(self, event: BuildEvent) -> None:
        """Show one event of a build."""
        if event.kind == "start":
            self._running[event.module] = self._progress.add_task(event.module, total=1.0)
        elif event.kind == "progress" and (task := self._running.get(event.module)) is not None:
            self._progress.update(task, completed=event.fraction)  # type: ignore[arg-type]
        elif event.kind == "diagnostic":
            self._diagnostic(event)
        elif event.kind == "done":
            if (task := self._running.pop(event.module, None)) is not None:
                self._progress.remove_task(task)  # type: ignore[arg-type]
            self._done(event)

    def _diagnostic(self, event: BuildEvent) -> None:
        severity = event.severity or "information"
        text = f"{severity}: {event.module}:{event.line}:{event.column}: {event.text}"
        self._line(text, _STYLES.get(severity, ""))

    def _done(self, event: BuildEvent) -> None:
        figure = figures.seconds(event.seconds)
        if event.peak_memory_bytes:
            figure += f", {figures.memory(event.peak_memory_bytes)}"
        good = event.status in ("built", "cached")
        word = "checked" if good else event.status or "ended"
        self._line(f"{word} {event.module} ({figure})", "dim" if good else "red")

    def _line(self, text: str, style: str = "") -> None:
        if not self._quiet:
            self._console.print(Text(clip(text, _LONGEST), style=style), highlight=False)

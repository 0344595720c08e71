"""Shows build events: as Lake's own lines for people, or one JSON object a line for programs."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Sequence
from typing import Protocol

from bridge.toolchain.model import BuildEvent, ModuleResult

__all__ = ["JsonPrinter", "Printer", "TextPrinter"]


class Printer(Protocol):
    """Shows events as they come and the results at the end."""

    def event(self, event: BuildEvent) -> None: ...
    def results(self, results: Sequence[ModuleResult]) -> None: ...


class TextPrinter:
    """Lake's style: one line for each module that is done, its messages below."""

    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0
        self._messages: dict[str, list[BuildEvent]] = {}

    def event(self, event: BuildEvent) -> None:
        if event.kind == "diagnostic":
            self._messages.setdefault(event.module, []).append(event)
        elif event.kind in ("done", "cached"):
            self._module(event)

    def _module(self, event: BuildEvent) -> None:
        self._done += 1
        messages = self._messages.pop(event.module, [])
        if event.status in ("built", "cached"):
            mark, word = ("⚠" if messages else "✔"), "Built"
        else:
            mark, word = "✖", f"Failed ({event.status})"
        if event.status == "cached":
            word = "Replayed"
        memory = f", {event.peak_memory_bytes / 2**20:.0f} MB" if event.peak_memory_bytes else ""
        print(
            f"{mark} [{self._done}/{self._total}] {word} {event.module} "
            f"({event.seconds:.1f}s{memory})"
        )
        for item in messages:
            label = "info" if item.severity == "information" else item.severity
            print(f"{label}: {item.path}:{item.line}:{item.column}: {item.text}")
        if event.text and not any(item.text == event.text for item in messages):
            print(f"error: {event.path}: {event.text}")
        sys.stdout.flush()

    def results(self, results: Sequence[ModuleResult]) -> None:
        failed = [item for item in results if not item.ok]
        if failed:
            print("Some required targets logged failures:")
            for item in failed:
                print(f"- {item.module} ({item.status})")
            print("error: build failed", flush=True)
        else:
            print(f"Build completed successfully ({len(results)} jobs).", flush=True)


class JsonPrinter:
    """``{"event": …}`` for each event, ``{"result": …}`` for each module at the end."""

    def event(self, event: BuildEvent) -> None:
        self._print({"event": dataclasses.asdict(event)})

    def results(self, results: Sequence[ModuleResult]) -> None:
        for item in results:
            data = dataclasses.asdict(item)
            data["olean"] = str(item.olean) if item.olean else None
            self._print({"result": data})

    @staticmethod
    def _print(data: object) -> None:
        print(json.dumps(data), flush=True)

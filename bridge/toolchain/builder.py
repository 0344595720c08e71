"""Builds a Lean project with either provider and says what became of every module.

Both providers are driven through their ``lake build``. A module counts as a success only if the
build's exit status is 0, its compiled file is there, and no error and no ``sorry`` was seen;
progress and messages are for people, never evidence.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from bridge.toolchain.model import (
    BuildEvent,
    BuildResult,
    Diagnostic,
    Limits,
    ModuleResult,
    Toolchain,
)
from bridge.toolchain.official import build_official
from bridge.toolchain.process import UNLIMITED, run_limited
from runtime.errors import InfrastructureError, InputError

__all__ = ["build"]

_ERROR_TAIL = 500


def build(
    project_dir: Path,
    targets: list[str] | None,
    *,
    toolchain: Toolchain,
    jobs: int = 2,
    timeout_s: float = 600.0,
    memory_mb: int = 4096,
    on_event: Callable[[BuildEvent], None] | None = None,
    cancel: threading.Event | None = None,
) -> BuildResult:
    """Build ``targets`` (libraries or modules; None: the default libraries) of a Lake project.

    ``timeout_s`` (wall-clock seconds) and ``memory_mb`` (mebibytes) hold for each file.
    Setting ``cancel`` from another thread stops the build; what had not finished is no success.

    Raises:
        InputError: the project's lakefile or a source cannot be used.
        InfrastructureError: the toolchain cannot be started.
    """
    report = on_event or (lambda _event: None)
    started = time.monotonic()
    limits = Limits(timeout_s, memory_mb)
    drive = build_official if toolchain.official else _build_registry
    result = drive(project_dir, targets, toolchain, jobs, limits, report, cancel)
    notes = (toolchain.note,) if toolchain.note else ()
    return BuildResult(result.ok, result.modules, time.monotonic() - started, result.message, notes)


def _build_registry(
    project: Path,
    targets: list[str] | None,
    toolchain: Toolchain,
    jobs: int,
    limits: Limits,
    report: Callable[[BuildEvent], None],
    cancel: threading.Event | None,
) -> BuildResult:
    command = [*toolchain.lake(), "build", "--events", f"--jobs={jobs}"]
    command += [f"--timeout={limits.timeout_s}", f"--memory={limits.memory_mb}"]
    command += ["--", *(targets or [])]
    results, errors = list[ModuleResult](), list[str]()

    def on_line(stream: Literal["stdout", "stderr"], line: str) -> None:
        if stream == "stderr" or not line.startswith("{"):
            errors.append(line)
            return
        data = json.loads(line)
        if "event" in data:
            report(BuildEvent(**data["event"]))
        else:
            results.append(_result(data["result"]))

    try:
        outcome = run_limited(
            command,
            cwd=project,
            environment=os.environ,
            limits=UNLIMITED,
            on_line=on_line,
            cancel=cancel,
        )
    except OSError as error:
        raise InfrastructureError(f"The registry toolchain cannot be started: {error}") from error
    message = "\n".join(errors)[-_ERROR_TAIL:].removeprefix("error: ")
    if outcome.ending == "exited" and outcome.exit_code == 2:
        raise InputError(message)
    if outcome.ending == "exited" and outcome.exit_code == 3:
        raise InfrastructureError(message)
    complete = outcome.ending == "exited" and outcome.exit_code == 0 and bool(results)
    if not complete and all(item.ok for item in results):
        message = message or f"lake build ended ({outcome.ending}, {outcome.exit_code}) early."
    ok = complete and all(item.ok and _has_olean(item) for item in results)
    return BuildResult(ok, tuple(results), message="" if ok else message)


def _result(data: dict[str, Any]) -> ModuleResult:
    diagnostics = tuple(Diagnostic(**item) for item in data.pop("diagnostics"))
    olean = data.pop("olean")
    return ModuleResult(**data, diagnostics=diagnostics, olean=Path(olean) if olean else None)


def _has_olean(result: ModuleResult) -> bool:
    return result.olean is not None and result.olean.is_file() and result.olean.stat().st_size > 0

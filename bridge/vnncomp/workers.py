"""Starting a worker under limits, and reading what it left behind."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bridge.toolchain.model import Limits
from bridge.toolchain.process import Outcome, run_limited
from bridge.vnncomp.jobs import Job, save_job

__all__ = ["Ended", "run_worker"]

_ROOT = Path(__file__).resolve().parents[2]
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_LAST_LINES = 20
_LONGEST_LINE = 2000


@dataclass(frozen=True, slots=True)
class Ended:
    """How a worker ended; `reason` is a sentence where it wrote nothing."""

    outcome: Outcome
    reason: str


@dataclass
class _Listener:
    """Steps to whoever watches, the last error lines for the message."""

    on_step: Callable[[str], None]
    errors: deque[str] = field(default_factory=lambda: deque(maxlen=_LAST_LINES))

    def line(self, stream: Literal["stdout", "stderr"], text: str) -> None:
        if stream == "stderr":
            self.errors.append(text[:_LONGEST_LINE])
            return
        try:
            step = json.loads(text)["step"]
        except (ValueError, TypeError, KeyError):
            return  # a library that prints
        self.on_step(str(step)[:_LONGEST_LINE])


def run_worker(
    job: Job,
    limits: Limits,
    *,
    threads: int,
    cancel: threading.Event,
    on_step: Callable[[str], None],
) -> Ended:
    """Run one job in a process group of its own, with `threads` threads for linear algebra."""
    folder = Path(job.folder)
    path = folder / "job.json"
    save_job(job, path)
    listener = _Listener(on_step)
    outcome = run_limited(
        [sys.executable, "-m", "bridge.vnncomp.worker", str(path)],
        cwd=folder,
        environment=_environment(threads),
        limits=limits,
        on_line=listener.line,
        cancel=cancel,
    )
    return Ended(outcome, _reason(outcome, limits, listener.errors))


def _environment(threads: int) -> dict[str, str]:
    environment = dict(os.environ)
    environment.update(dict.fromkeys(_THREADS, str(threads)))
    # The worker must run this very code, also where another copy is installed.
    known = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = os.pathsep.join([str(_ROOT), *([known] if known else [])])
    return environment


def _reason(outcome: Outcome, limits: Limits, errors: deque[str]) -> str:
    last = next((line.strip() for line in reversed(errors) if line.strip()), "")
    if outcome.ending == "memory":
        return f"The worker used more than {limits.memory_mb} MiB of memory."
    if outcome.ending == "timeout":
        return f"The worker did not end within {limits.timeout_s:g} s."
    if outcome.ending == "killed":
        return f"The worker was killed by signal {-outcome.exit_code}."
    if outcome.ending == "output":
        return "The worker wrote too much output."
    return f"The worker ended with exit code {outcome.exit_code}" + (f": {last}" if last else ".")

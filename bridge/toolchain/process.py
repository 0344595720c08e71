"""Runs one command under limits that are enforced from outside.

The kernel of Lean has no time limit of its own, and a WebAssembly heap no memory limit below
2 GB; so the clock and the resident memory of the process group are watched here, and the whole
group is killed when either runs out.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

import psutil

from bridge.toolchain.model import Limits

__all__ = ["Ending", "Outcome", "kill_group", "run_limited"]

Ending = Literal["exited", "killed", "timeout", "memory", "output", "cancelled"]

_POLL_SECONDS = 0.05
_MAX_OUTPUT_BYTES = 64 << 20
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended.

    ``ending`` is "exited" (``exit_code`` says how), "killed" (by ``signal`` = -exit_code, not by
    us), or the limit for which we killed it.
    """

    ending: Ending
    exit_code: int
    seconds: float
    peak_memory_bytes: int


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill ``process``, which leads a process group, its group, and all of its descendants.

    Descendants may lead groups of their own, as the Lean processes of our ``lake`` do.
    """
    descendants = list[psutil.Process]()
    with contextlib.suppress(psutil.Error):
        descendants = psutil.Process(process.pid).children(recursive=True)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for descendant in descendants:
        with contextlib.suppress(psutil.Error):
            descendant.kill()


def run_limited(
    command: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    limits: Limits,
    on_line: Callable[[Literal["stdout", "stderr"], str], None],
    on_poll: Callable[[int], None] | None = None,
    cancel: threading.Event | None = None,
) -> Outcome:
    """Run ``command`` in a process group of its own and wait for it.

    ``on_line`` gets each line of output as it comes, without its end; ``on_poll`` is called with
    the process id about twenty times a second.

    Raises:
        OSError: the command cannot be started.
    """
    started = time.monotonic()
    process = subprocess.Popen(
        list(command),
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        poll = on_poll or (lambda _pid: None)
        return _watch(process, started, limits, on_line, poll, cancel or threading.Event())
    finally:
        if process.returncode is None:
            kill_group(process)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        if process.returncode is None:
            process.wait()


def _watch(
    process: subprocess.Popen[bytes],
    started: float,
    limits: Limits,
    on_line: Callable[[Literal["stdout", "stderr"], str], None],
    on_poll: Callable[[int], None],
    cancel: threading.Event,
) -> Outcome:
    lines = _Lines(process, on_line)
    peak = 0
    ending: Ending = "exited"
    while True:
        lines.pump(_POLL_SECONDS)
        done, status, usage = os.wait4(process.pid, os.WNOHANG)
        if done:
            break
        on_poll(process.pid)
        resident = _resident_bytes(process.pid)
        peak = max(peak, resident)
        over = _over_limit(time.monotonic() - started, resident, lines, limits, cancel)
        if over is not None:
            ending = over
            kill_group(process)
            _, status, usage = os.wait4(process.pid, 0)
            break
    seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    lines.drain()
    # ru_maxrss counts kibibytes (bytes on macOS) and misses no peak between two polls
    unit = 1 if os.uname().sysname == "Darwin" else 1024
    peak = max(peak, usage.ru_maxrss * unit)
    if ending == "exited" and process.returncode < 0:
        ending = "killed"
    if ending == "exited" and peak > limits.memory_mb << 20:
        ending = "memory"
    return Outcome(ending, process.returncode, seconds, peak)


def _over_limit(
    seconds: float, resident: int, lines: _Lines, limits: Limits, cancel: threading.Event
) -> Ending | None:
    if cancel.is_set():
        return "cancelled"
    if seconds > limits.timeout_s:
        return "timeout"
    if resident > limits.memory_mb << 20:
        return "memory"
    return "output" if lines.total > _MAX_OUTPUT_BYTES else None


def _resident_bytes(pid: int) -> int:
    """Resident memory of a process and its descendants."""
    total = 0
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                total += process.memory_info().rss
    return total


class _Lines:
    """Reads both output streams of a process without blocking and cuts them into lines."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        on_line: Callable[[Literal["stdout", "stderr"], str], None],
    ) -> None:
        self.total = 0
        self._on_line = on_line
        self._rest: dict[Literal["stdout", "stderr"], bytes] = {"stdout": b"", "stderr": b""}
        self._selector = selectors.DefaultSelector()
        for name, stream in (("stdout", process.stdout), ("stderr", process.stderr)):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
                self._selector.register(stream, selectors.EVENT_READ, name)

    def pump(self, seconds: float) -> None:
        """Hand on what is there, waiting at most ``seconds`` for something."""
        if not self._selector.get_map():
            time.sleep(seconds)
            return
        for key, _ in self._selector.select(seconds):
            self._read(key.fileobj, key.data)  # type: ignore[arg-type]

    def drain(self) -> None:
        """Hand on what the ended process left in the pipes, with unfinished last lines."""
        while self._selector.get_map() and (ready := self._selector.select(0)):
            for key, _ in ready:
                self._read(key.fileobj, key.data)  # type: ignore[arg-type]
        for name, rest in self._rest.items():
            if rest:
                self._on_line(name, rest.decode("utf-8", "replace"))
        self._selector.close()

    def _read(self, stream: IO[bytes], name: Literal["stdout", "stderr"]) -> None:
        try:
            data = os.read(stream.fileno(), _CHUNK)
        except BlockingIOError:
            return
        if not data:
            self._selector.unregister(stream)
            return
        self.total += len(data)
        *lines, self._rest[name] = (self._rest[name] + data).split(b"\n")
        for line in lines:
            self._on_line(name, line.decode("utf-8", "replace"))

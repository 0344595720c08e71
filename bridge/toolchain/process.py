"""Runs one command under limits that are enforced from outside.

The kernel of Lean has no time limit of its own, and a WebAssembly heap no memory limit below
2 GB; so the clock and the resident memory of the process group are watched here, and the whole
group is killed when either runs out.
"""

from __future__ import annotations

import contextlib
import os
import resource
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

import psutil

from bridge.toolchain.model import Limits

__all__ = [
    "UNLIMITED",
    "Ending",
    "Outcome",
    "discard",
    "kill_group",
    "run_limited",
    "start",
    "watch",
]

Ending = Literal["exited", "killed", "timeout", "memory", "output", "cancelled"]

UNLIMITED = Limits(float("inf"), sys.maxsize >> 20)
"""For a command that watches over its own processes."""

_POLL_SECONDS = 0.05
_FIRST_NAP_SECONDS = 0.0005
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


def start(
    command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], inherit: int | None = None
) -> subprocess.Popen[bytes]:
    """Start ``command`` in a process group of its own, with pipes that `watch` reads.

    The descriptor ``inherit`` stays open in it.

    Raises:
        OSError: the command cannot be started.
    """
    return subprocess.Popen(
        list(command),
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        pass_fds=() if inherit is None else (inherit,),
    )


def discard(process: subprocess.Popen[bytes]) -> None:
    """End ``process`` and all that it started, if it runs, and close its pipes."""
    if process.poll() is None:
        kill_group(process)
        process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def watch(
    process: subprocess.Popen[bytes],
    *,
    limits: Limits,
    on_line: Callable[[Literal["stdout", "stderr"], str], None],
    on_poll: Callable[[int], None] | None = None,
    cancel: threading.Event | None = None,
) -> Outcome:
    """Wait for a process of `start`; the time limit counts from now.

    ``on_line`` gets each line of output as it comes, without its end; ``on_poll`` is called with
    the process id about twenty times a second.
    """
    try:
        poll = on_poll or (lambda _pid: None)
        return _watch(process, limits, on_line, poll, cancel or threading.Event())
    finally:
        discard(process)


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
    """Run ``command`` in a process group of its own and wait for it; see `start` and `watch`.

    Raises:
        OSError: the command cannot be started.
    """
    process = start(command, cwd=cwd, environment=environment)
    return watch(process, limits=limits, on_line=on_line, on_poll=on_poll, cancel=cancel)


def _watch(
    process: subprocess.Popen[bytes],
    limits: Limits,
    on_line: Callable[[Literal["stdout", "stderr"], str], None],
    on_poll: Callable[[int], None],
    cancel: threading.Event,
) -> Outcome:
    started = time.monotonic()
    lines, memory = _Lines(process, on_line), _Memory(process.pid)
    peak = 0
    ending: Ending = "exited"
    while True:
        lines.pump(_POLL_SECONDS)
        done, status, usage = os.wait4(process.pid, os.WNOHANG)
        if done:
            break
        on_poll(process.pid)
        resident = memory.resident() if limits.memory_mb < UNLIMITED.memory_mb else 0
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
    # ru_maxrss counts kibibytes (bytes on macOS) and misses no peak between two polls; but the
    # peak of whoever starts a process counts as the process's own, and says nothing then
    unit = 1 if os.uname().sysname == "Darwin" else 1024
    if usage.ru_maxrss > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss:
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


class _Memory:
    """Resident memory of a process and its descendants, in bytes.

    Finding the descendants means to read what the system says of every process, which is not
    done each time.
    """

    _SEARCH_SECONDS = 0.5

    def __init__(self, pid: int) -> None:
        self._found: list[psutil.Process] = []
        self._next_search = 0.0
        with contextlib.suppress(psutil.Error):
            self._found.append(psutil.Process(pid))

    def resident(self) -> int:
        if self._found and time.monotonic() >= self._next_search:
            self._next_search = time.monotonic() + self._SEARCH_SECONDS
            with contextlib.suppress(psutil.Error):
                self._found[1:] = self._found[0].children(recursive=True)
        total = 0
        for process in self._found:
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
        self._nap = _FIRST_NAP_SECONDS
        self._on_line = on_line
        self._rest: dict[Literal["stdout", "stderr"], bytes] = {"stdout": b"", "stderr": b""}
        self._selector = selectors.DefaultSelector()
        for name, stream in (("stdout", process.stdout), ("stderr", process.stderr)):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
                self._selector.register(stream, selectors.EVENT_READ, name)

    def pump(self, seconds: float) -> None:
        """Hand on what is there, waiting at most ``seconds`` for something."""
        if not self._selector.get_map():  # the process has closed both, so its end is near
            self._nap = min(2 * self._nap, seconds)
            time.sleep(self._nap)
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

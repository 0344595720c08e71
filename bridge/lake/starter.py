"""Starts Lean before it is known what for, and gives it its arguments later.

Lean needs a second to come up. A process that was started ahead waits for one message on a pipe
(see ``node/request.js`` of the toolchain); with it come the arguments, the current folder, and the
variables that decide which folders it sees and which one it may change. Before, it runs nothing but
its own initializers. If its pipe is closed without a message, it ends.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge.lake.request import HANDOVER, request
from bridge.toolchain.process import discard, start

__all__ = ["Starter"]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A Lean process that has not got its message yet."""

    process: subprocess.Popen[bytes]
    pipe: int

    def send(self, message: bytes) -> bool:
        """False if the process has ended already."""
        try:
            with os.fdopen(self.pipe, "wb") as pipe:
                pipe.write(message)
        except BrokenPipeError:
            return False
        return True


class Starter:
    """Starts ``lean`` processes; at most one of them is ahead of its arguments.

    Safe to use from several threads.
    """

    def __init__(self, lean: Sequence[str]) -> None:
        self._lean = list(lean)
        self._spare: _Waiting | None = None
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Start a process ahead, unless one is waiting."""
        with self._lock:
            if self._spare is None or self._spare.process.poll() is not None:
                self._drop()
                with contextlib.suppress(OSError):  # whoever needs it will say why
                    self._spare = self._start()

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path
    ) -> subprocess.Popen[bytes]:
        """A process that has just got these arguments: the waiting one, else a new one.

        Raises:
            OSError: Lean cannot be started.
        """
        message = request(arguments, environment, str(folder))
        with self._lock:
            spare, self._spare = self._spare, None
        if spare is not None:
            if spare.send(message):
                return spare.process
            discard(spare.process)
        fresh = self._start()
        fresh.send(message)  # if it ends before it reads this, it ends without success
        return fresh.process

    def close(self) -> None:
        """End the process that waits, if there is one."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        if self._spare is not None:
            os.close(self._spare.pipe)
            discard(self._spare.process)
            self._spare = None

    def _start(self) -> _Waiting:
        reading, writing = os.pipe()
        environment = {"PATH": os.environ.get("PATH", os.defpath), HANDOVER: str(reading)}
        try:
            process = start(self._lean, cwd=Path("/"), environment=environment, inherit=reading)
        except OSError:
            os.close(writing)
            raise
        finally:
            os.close(reading)
        return _Waiting(process, writing)

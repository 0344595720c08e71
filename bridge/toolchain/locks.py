"""An advisory lock between processes, held on a file in the cache."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from runtime.errors import InfrastructureError

__all__ = ["any_lock", "file_lock"]

_POLL_SECONDS = 0.05


@contextlib.contextmanager
def file_lock(
    path: Path, *, timeout_s: float | None = None, on_wait: Callable[[], None] | None = None
) -> Iterator[None]:
    """Hold an exclusive lock on ``path``; the system frees it even if this process is killed.

    ``on_wait`` is called once if another process holds the lock already.

    Raises:
        InfrastructureError: the lock was not free within ``timeout_s`` seconds.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _acquire(descriptor, path, timeout_s, on_wait)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def any_lock(paths: Sequence[Path], stop: threading.Event) -> Iterator[None]:
    """Hold one of several locks, whichever is free first; together they are a semaphore.

    Returns without a lock when ``stop`` is set.
    """
    descriptors = list[int]()
    try:
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptors.append(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644))
        while not any(map(_try_lock, descriptors)) and not stop.is_set():
            time.sleep(_POLL_SECONDS)
        yield
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _acquire(
    descriptor: int, path: Path, timeout_s: float | None, on_wait: Callable[[], None] | None
) -> None:
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    waited = False
    while True:
        if _try_lock(descriptor):
            return
        if not waited and on_wait is not None:
            on_wait()
        waited = True
        if deadline is not None and time.monotonic() > deadline:
            raise InfrastructureError(
                f"Another process has held {path.name} for more than {timeout_s:g} s; "
                "wait for it to finish and try again."
            )
        time.sleep(_POLL_SECONDS)

"""Looks at processes that end on their own."""

from __future__ import annotations

import time
from collections.abc import Iterable

import psutil

__all__ = ["wait_for_end"]


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for_end(pids: Iterable[int], *, but: int = 0) -> None:
    """Return when all of the processes ``pids`` ``but`` some have ended; fail after a minute."""
    deadline, known = time.monotonic() + 60, list(pids)
    while sum(map(_runs, known)) > but:
        assert time.monotonic() < deadline
        time.sleep(0.02)

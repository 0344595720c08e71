"""Looks at processes that end on their own."""

from __future__ import annotations

import contextlib
import time

import psutil

__all__ = ["wait_for_end"]


def wait_for_end(pid: int) -> None:
    """Return when the process ``pid`` has ended; fail after half a minute."""
    deadline = time.monotonic() + 30
    with contextlib.suppress(psutil.NoSuchProcess):
        while psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline
            time.sleep(0.02)

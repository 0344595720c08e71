"""Open sub-problems as rows of arrays, from which the worst are taken first."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Columns", "Pool"]

Columns = dict[str, NDArray[Any]]


class Pool:
    """Arrays of equal length by name, among them `score`; grows as needed."""

    def __init__(self) -> None:
        self._columns: Columns = {}
        self.size = 0

    def add(self, columns: Columns) -> None:
        """Append sub-problems."""
        count = len(columns["score"])
        if not count:
            return
        if not self._columns:
            self._columns = {
                name: np.zeros((0, *column.shape[1:]), column.dtype)
                for name, column in columns.items()
            }
        have = len(self._columns["score"])
        if self.size + count > have:
            grown = max(self.size + count, 2 * have)
            for name, column in self._columns.items():
                wider = np.zeros((grown, *column.shape[1:]), column.dtype)
                wider[: self.size] = column[: self.size]
                self._columns[name] = wider
        for name, column in columns.items():
            self._columns[name][self.size : self.size + count] = column
        self.size += count

    def worst(self) -> float:
        """The largest score; −∞ where nothing is open."""
        return float(self._columns["score"][: self.size].max()) if self.size else -np.inf

    def take(self, count: int) -> Columns:
        """Remove and return up to `count` sub-problems with the largest scores."""
        count = min(count, self.size)
        score = self._columns["score"][: self.size]
        chosen = (
            np.argpartition(-score, count - 1)[:count] if count < self.size else np.arange(count)
        )
        taken = {name: column[chosen].copy() for name, column in self._columns.items()}
        # The last ones move into the gaps.
        stays = np.ones(self.size, bool)
        stays[chosen] = False
        left = self.size - count
        gaps = chosen[chosen < left]
        movers = np.flatnonzero(stays[left:]) + left
        for column in self._columns.values():
            column[gaps] = column[movers]
        self.size = left
        return taken

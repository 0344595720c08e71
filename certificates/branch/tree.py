"""The tree of splits: nodes in arrays, so that millions fit and files hold plain numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.errors import InputError

__all__ = ["Split", "Tree"]

_FIELDS = {
    "parent": np.int64,
    "tensor": np.int64,
    "entry": np.int64,
    "at": np.float64,
    "low": np.int64,
    "high": np.int64,
    "bound": np.float64,
}
NONE = -1


@dataclass(frozen=True, slots=True)
class Split:
    """A decision on the way to a leaf: entry `entry` of `tensor` is ≤ `at`, or ≥ where `upper`."""

    tensor: str
    entry: int
    at: float
    upper: bool


class Tree:
    """A binary tree; node 0 is the root. Inner nodes split an entry of the input at a threshold, or
    an entry of what a two-piece operator reads at zero; the lower part is `low`, the upper `high`,
    and the threshold itself belongs to both.

    `bound` is what is known at a node: how far the formula is from being shown there, below zero
    where it is.
    """

    def __init__(self, tensors: tuple[str, ...]) -> None:
        self.tensors = tensors
        self.size = 1
        self._columns = {name: np.zeros(16, kind) for name, kind in _FIELDS.items()}
        for name in ("parent", "tensor", "low", "high"):
            self._columns[name][0] = NONE
        self._columns["bound"][0] = np.inf

    def __getattr__(self, name: str) -> NDArray[Any]:
        if name not in _FIELDS:
            raise AttributeError(name)
        return self._columns[name][: self.size]

    def split(
        self,
        nodes: NDArray[np.int64],
        tensor: NDArray[np.int64],
        entry: NDArray[np.int64],
        at: NDArray[np.float64],
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Turn leaves into inner nodes; returns the numbers of the lower and the upper parts."""
        count = len(nodes)
        self._reserve(self.size + 2 * count)
        low = np.arange(self.size, self.size + count)
        high = low + count
        self.size += 2 * count
        columns = self._columns
        columns["tensor"][nodes], columns["entry"][nodes] = tensor, entry
        columns["at"][nodes], columns["low"][nodes], columns["high"][nodes] = at, low, high
        for children in (low, high):
            columns["parent"][children] = nodes
            columns["bound"][children] = columns["bound"][nodes]
            for name in ("tensor", "low", "high"):
                columns[name][children] = NONE
        return low, high

    def _reserve(self, size: int) -> None:
        have = len(self._columns["parent"])
        if size > have:
            grown = max(size, 2 * have)
            for name, column in self._columns.items():
                self._columns[name] = np.concatenate([column, np.zeros(grown - have, column.dtype)])

    def leaves(self) -> NDArray[np.intp]:
        """Numbers of the nodes that are not split."""
        return np.flatnonzero(self.low == NONE)

    def path(self, node: int) -> Iterator[Split]:
        """The decisions from `node` up to the root."""
        while (above := int(self.parent[node])) != NONE:
            tensor = self.tensors[int(self.tensor[above])]
            upper = int(self.high[above]) == node
            yield Split(tensor, int(self.entry[above]), float(self.at[above]), upper)
            node = above

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The tree as plain arrays, for a file."""
        columns = {name: getattr(self, name).copy() for name in _FIELDS}
        return {**columns, "tensors": np.array(self.tensors, dtype=np.str_)}

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> Tree:
        """The inverse of `arrays`; raises InputError where it is no tree."""
        missing = [name for name in (*_FIELDS, "tensors") if name not in arrays]
        if missing:
            raise InputError(f"A saved search has no array {missing[0]!r}; it is not one of ours.")
        tree = cls(tuple(str(name) for name in np.asarray(arrays["tensors"]).reshape(-1)))
        tree.size = len(arrays["parent"])
        for name, kind in _FIELDS.items():
            column = np.asarray(arrays[name])
            if column.shape != (tree.size,) or column.dtype != np.dtype(kind):
                raise InputError(f"The array {name!r} of a saved search has a wrong shape or type.")
            tree._columns[name] = column.copy()
        tree._check()
        return tree

    def _check(self) -> None:
        if self.size < 1:
            raise InputError("A saved search has an empty tree.")
        inner = np.flatnonzero(self.low != NONE)
        low, high = self.low[inner], self.high[inner]
        children = np.concatenate([low, high])
        ordered = np.array_equal(np.sort(children), np.arange(1, self.size))
        fits = ordered and bool((self.high[self.low == NONE] == NONE).all())
        fits = fits and np.array_equal(self.parent[children], np.concatenate([inner, inner]))
        fits = fits and bool((children > np.concatenate([inner, inner])).all())
        fits = fits and self.parent[0] == NONE
        tensor = self.tensor[inner]
        if not fits or bool(((tensor < 0) | (tensor >= len(self.tensors))).any()):
            raise InputError("The tree of a saved search is broken; start the search anew.")

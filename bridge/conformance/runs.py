"""What a backend gives: tensors of one run in one setting."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from runtime.graph import FloatArray, Graph

__all__ = ["Backend", "Run", "blocks"]


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One run on some of the points.

    Attributes:
        setting: how it was computed, such as `batch 4, 2 threads`.
        rows: which of the points.
        values: tensors [B, ...] by the node's name; the output at least.
    """

    setting: str
    rows: slice
    values: Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Backend:
    """A library that computes networks, as it is installed here.

    `runs(graph, points)` goes through all settings; `points` are [N, *shape].
    """

    name: str
    version: str
    runs: Callable[[Graph, FloatArray], Iterator[Run]]


def blocks(count: int, sizes: Sequence[int]) -> Iterator[tuple[int, slice]]:
    """All points in batches of each size, where a size is not above their number."""
    for size in sorted({min(size, count) for size in sizes}):
        for start in range(0, count, size):
            yield size, slice(start, min(start + size, count))

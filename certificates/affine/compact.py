"""Sequences of integers in NumPy arrays, for certificates with thousands of regions.

They read as lists of Python integers, so that nobody who computes with an entry can overflow, and
take a tenth of the memory of lists.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

__all__ = ["Integers", "Lines", "Numbers", "encoded", "smallest"]

Integers = NDArray[np.signedinteger[Any]]

_KINDS = [
    (kind, int(np.iinfo(kind).min), int(np.iinfo(kind).max))
    for kind in (np.int8, np.int16, np.int32)
]


class Numbers(Sequence[int]):
    """The entries of an array [n] as Python integers."""

    __slots__ = ("array",)

    def __init__(self, array: Integers) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Iterator[int]:
        return iter(self.array.tolist())

    @overload
    def __getitem__(self, place: int) -> int: ...
    @overload
    def __getitem__(self, place: slice) -> list[int]: ...
    def __getitem__(self, place: int | slice) -> int | list[int]:
        found: int | list[int] = self.array[place].tolist()
        return found

    def __eq__(self, other: object) -> bool:
        return _equal(self, other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self.array.tolist())


class Lines(Sequence[list[int]]):
    """The rows of an array [lines, R] as lists of Python integers."""

    __slots__ = ("array",)

    def __init__(self, array: Integers) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Iterator[list[int]]:
        return iter(self.array.tolist())

    @overload
    def __getitem__(self, place: int) -> list[int]: ...
    @overload
    def __getitem__(self, place: slice) -> list[list[int]]: ...
    def __getitem__(self, place: int | slice) -> list[int] | list[list[int]]:
        found: list[int] | list[list[int]] = self.array[place].tolist()
        return found

    def __eq__(self, other: object) -> bool:
        return _equal(self, other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self.array.tolist())


def encoded(value: Any) -> Any:
    """What msgspec writes for a sequence of this module: a hook for its encoders."""
    if isinstance(value, Numbers | Lines):
        return value.array.tolist()
    raise TypeError(f"{type(value).__name__} cannot be written")


def smallest(values: NDArray[np.int64]) -> Integers:
    """The array in the shortest integers that hold its entries."""
    least, most = int(values.min(initial=0)), int(values.max(initial=0))
    for kind, low, high in _KINDS:
        if low <= least and most <= high:
            return values.astype(kind, order="C")
    return values


def _equal(numbers: Numbers | Lines, other: object) -> bool:
    if isinstance(other, Numbers | Lines):
        return bool(np.array_equal(numbers.array, other.array))
    return isinstance(other, list) and numbers.array.tolist() == other

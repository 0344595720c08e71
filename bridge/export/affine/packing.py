"""Rows and lanes as Lean literals: one number for each entry, with a digit for each row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bridge.export.packing import literal

__all__ = ["PackedLanes", "PackedRows", "pack_lanes", "pack_rows"]


@dataclass(frozen=True, slots=True)
class PackedRows:
    """The fields of a `Lemmanet.Rows`; `entries` are the texts of the literals."""

    den: int
    bits: int
    offset: int
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackedLanes:
    """The fields of a `Lemmanet.Lanes`."""

    den: int
    bits: int
    offset: int
    num: str


def pack_rows(lines: Sequence[Sequence[int]], den: int, *, least_bits: int = 0) -> PackedRows:
    """Coefficients: a line for each entry of a tensor, a numerator over `den` for each row.

    Digits have at least `least_bits` bits.
    """
    ends = ((min(line), max(line)) for line in lines if line)
    bits = max(least_bits, _bits(end for pair in ends for end in pair))
    offset = 1 << (bits - 1)
    entries = tuple(literal([value + offset for value in line], bits) for line in lines)
    return PackedRows(den, bits, offset, entries)


def pack_lanes(values: Sequence[int], den: int, *, least_bits: int = 0) -> PackedLanes:
    """Numerators over `den`, one for each row, in digits of at least `least_bits` bits."""
    bits = max(least_bits, _bits(values))
    offset = 1 << (bits - 1)
    return PackedLanes(den, bits, offset, literal([value + offset for value in values], bits))


def _bits(values: Iterable[int]) -> int:
    """Bits of a digit that holds each value plus half its range; a multiple of 4."""
    largest = max((abs(value) for value in values), default=0)
    return -(-(largest.bit_length() + 1) // 4) * 4

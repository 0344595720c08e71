"""Boxes as integers over a power of two, rounded outward from float64, and as exact floats."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from operator import or_

import numpy as np

from certificates.affine.compact import Numbers, smallest
from certificates.affine.format import RegionBox
from certificates.affine.plan import Floats, Indices
from certificates.properties import Box

__all__ = ["Interval", "Rounded", "TooLargeError", "ceilings", "exponent_for", "outer", "part_of"]

Interval = tuple[Floats, Floats]

_HIGHEST = 1000
_LONG = 2.0**62


class TooLargeError(ArithmeticError):
    """A bound is beyond what float64 holds."""


def exponent_for(largest: float, bits: int) -> int:
    """The exponent e ≥ 0 for which largest·2^e has about `bits` bits."""
    if not math.isfinite(largest):
        raise TooLargeError
    return min(_HIGHEST, max(0, bits - math.frexp(largest)[1])) if largest else 0


@dataclass(frozen=True, slots=True)
class Rounded:
    """lo, hi: float64 ends [G, n] of G boxes, exactly integers over 2^exponents[g]."""

    lo: Floats
    hi: Floats
    exponents: Indices

    @classmethod
    def joined(cls, boxes: Sequence[Rounded]) -> Rounded:
        """All boxes of several."""
        return cls(
            np.concatenate([box.lo for box in boxes]),
            np.concatenate([box.hi for box in boxes]),
            np.concatenate([box.exponents for box in boxes]),
        )

    def named(self, node: str) -> Iterator[RegionBox]:
        """Each box as a certificate has it, in lowest terms."""
        scaled = np.ldexp(np.stack([self.lo, self.hi], axis=1), self.exponents[:, None, None])
        exponents = self.exponents.tolist()
        if not bool((np.abs(scaled) < _LONG).all()):
            for (lo, hi), exponent in zip(scaled.tolist(), exponents, strict=True):
                yield _long_box(node, list(map(int, lo)), list(map(int, hi)), exponent)
            return
        whole = scaled.astype(np.int64)
        bits = np.bitwise_or.reduce(whole, axis=(1, 2)).tolist()
        twos = [
            min(exponent, (own & -own).bit_length() - 1) if own else exponent
            for own, exponent in zip(bits, exponents, strict=True)
        ]
        ends = smallest(whole >> np.minimum(twos, 63)[:, None, None])
        for (lo, hi), exponent, drop in zip(ends, exponents, twos, strict=True):
            yield RegionBox(node, 1 << (exponent - drop), Numbers(lo), Numbers(hi))

    def shaped(self, shape: tuple[int, ...]) -> Interval:
        """The ends as [G, *shape]."""
        return self.lo.reshape(-1, *shape), self.hi.reshape(-1, *shape)


def _long_box(node: str, lo: list[int], hi: list[int], exponent: int) -> RegionBox:
    bits = reduce(or_, (*lo, *hi), 1 << exponent)
    twos = (bits & -bits).bit_length() - 1
    return RegionBox(node, 1 << (exponent - twos), [v >> twos for v in lo], [v >> twos for v in hi])


def outer(lo: Floats, hi: Floats, bits: int) -> Rounded:
    """The smallest boxes over powers of two around float64 ends [G, ...], each so that its largest
    end keeps `bits` bits.

    Raises TooLargeError for ends that are not finite.
    """
    lo, hi = lo.reshape(len(lo), -1), hi.reshape(len(hi), -1)
    largest = np.maximum(np.abs(lo), np.abs(hi)).max(axis=1)
    exponents = np.array([exponent_for(size, bits) for size in largest.tolist()], np.intp)
    # Scaling by a power of two is exact, and so are floor and ceil: the integers have at most
    # `bits` bits, or were floats without a fraction.
    shift = exponents[:, None]
    low = np.ldexp(np.floor(np.ldexp(lo, shift)), -shift)
    high = np.ldexp(np.ceil(np.ldexp(hi, shift)), -shift)
    return Rounded(low, high, exponents)


def ceilings(values: Floats, exponent: int) -> Sequence[int]:
    """The least integers n with n/2^exponent ≥ value."""
    if not bool(np.isfinite(values).all()):
        raise TooLargeError
    scaled = np.ceil(np.ldexp(values, exponent))
    if bool((np.abs(scaled) < _LONG).all()):
        return Numbers(smallest(scaled.astype(np.int64)))
    return [int(value) for value in scaled.tolist()]


def part_of(box: Box, cuts: dict[int, tuple[Fraction, Fraction]], bits: int) -> Rounded:
    """The box of a case with some entries cut to [low, high], rounded outward; G = 1.

    A cut that misses the box leaves one point of it.
    """
    lo, hi = list(box.lo), list(box.hi)
    for entry, (low, high) in cuts.items():
        lo[entry] = min(max(lo[entry], low), hi[entry])
        hi[entry] = max(min(hi[entry], high), lo[entry])
    largest = max(*(abs(v) for v in lo), *(abs(v) for v in hi))
    exponent = exponent_for(_up(largest), bits)
    low_ends = [math.ldexp(math.floor(v * (1 << exponent)), -exponent) for v in lo]
    high_ends = [math.ldexp(math.ceil(v * (1 << exponent)), -exponent) for v in hi]
    return Rounded(np.array([low_ends]), np.array([high_ends]), np.array([exponent], np.intp))


def _up(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        raise TooLargeError from None

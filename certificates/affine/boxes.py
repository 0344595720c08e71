"""Boxes as integers over a power of two, rounded outward from float64, and as exact floats."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from operator import or_

import numpy as np

from certificates.affine.format import RegionBox
from certificates.affine.plan import Floats
from certificates.properties import Box

__all__ = ["Interval", "Rounded", "TooLargeError", "ceilings", "exponent_for", "outer", "part_of"]

Interval = tuple[Floats, Floats]

_HIGHEST = 1000


class TooLargeError(ArithmeticError):
    """A bound is beyond what float64 holds."""


def exponent_for(largest: float, bits: int) -> int:
    """The exponent e ≥ 0 for which largest·2^e has about `bits` bits."""
    if not math.isfinite(largest):
        raise TooLargeError
    return min(_HIGHEST, max(0, bits - math.frexp(largest)[1])) if largest else 0


@dataclass(frozen=True, slots=True)
class Rounded:
    """lo, hi: flat float64 ends that are integers over 2^exponent, exactly."""

    lo: Floats
    hi: Floats
    exponent: int

    def named(self, node: str) -> RegionBox:
        """The box as a certificate has it, in lowest terms."""
        lo, hi = (_integers(np.ldexp(end, self.exponent)) for end in (self.lo, self.hi))
        bits = reduce(or_, (*lo, *hi), 1 << self.exponent)
        twos = (bits & -bits).bit_length() - 1
        return RegionBox(
            node, 1 << (self.exponent - twos), [v >> twos for v in lo], [v >> twos for v in hi]
        )

    def shaped(self, shape: tuple[int, ...]) -> Interval:
        """The ends with a batch axis of one: [1, *shape]."""
        return self.lo.reshape(1, *shape), self.hi.reshape(1, *shape)


def outer(lo: Floats, hi: Floats, bits: int) -> Rounded:
    """The smallest box over a power of two around float64 ends whose largest keeps `bits` bits.

    Raises TooLargeError for ends that are not finite.
    """
    lo, hi = lo.reshape(-1), hi.reshape(-1)
    exponent = exponent_for(float(max(np.abs(lo).max(), np.abs(hi).max())), bits)
    # Scaling by a power of two is exact, and so are floor and ceil: the integers have at most
    # `bits` bits, or were floats without a fraction.
    low = np.ldexp(np.floor(np.ldexp(lo, exponent)), -exponent)
    high = np.ldexp(np.ceil(np.ldexp(hi, exponent)), -exponent)
    return Rounded(low, high, exponent)


def ceilings(values: Floats, exponent: int) -> list[int]:
    """The least integers n with n/2^exponent ≥ value."""
    if not bool(np.isfinite(values).all()):
        raise TooLargeError
    return _integers(np.ceil(np.ldexp(values, exponent)))


def part_of(box: Box, cuts: dict[int, tuple[Fraction, Fraction]], bits: int) -> Rounded:
    """The box of a case with some entries cut to [low, high], rounded outward.

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
    return Rounded(np.array(low_ends), np.array(high_ends), exponent)


def _up(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        raise TooLargeError from None


def _integers(values: Floats) -> list[int]:
    if bool((np.abs(values) < 2.0**62).all()):
        return [*values.astype(np.int64).tolist()]
    return [int(value) for value in values.tolist()]

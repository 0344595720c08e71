"""Boxes of integers over one denominator, and rounding them outward."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from certificates.properties import Box

__all__ = ["ExactBox", "from_box"]

Integers = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class ExactBox:
    """lo/den ≤ value ≤ hi/den; `lo` and `hi` are object arrays of Python integers [1, *shape]."""

    lo: Integers
    hi: Integers
    den: int

    def over(self, den: int) -> ExactBox:
        """The same box over a multiple of its denominator."""
        factor = den // self.den
        return self if factor == 1 else ExactBox(self.lo * factor, self.hi * factor, den)

    def rounded(self, bits: int) -> ExactBox:
        """Rounded outward so that the largest bound keeps about `bits` bits; den a power of two.

        A box that is coarse enough already is returned as it is.
        """
        largest = max(int(np.max(np.abs(self.lo))), int(np.max(np.abs(self.hi))))
        # largest / den lies within a factor of two of 2**magnitude.
        magnitude = largest.bit_length() - self.den.bit_length()
        exponent = max(0, bits - magnitude)
        if self.den & (self.den - 1) == 0 and self.den <= 1 << exponent:
            return self
        lo = (self.lo << exponent) // self.den
        hi = -((-self.hi << exponent) // self.den)
        return ExactBox(np.asarray(lo), np.asarray(hi), 1 << exponent)


def from_box(box: Box, shape: tuple[int, ...]) -> ExactBox:
    """The box of a property over one denominator, exactly."""
    den = math.lcm(*(value.denominator for value in (*box.lo, *box.hi)))
    return ExactBox(_numerators(box.lo, den, shape), _numerators(box.hi, den, shape), den)


def _numerators(values: tuple[Fraction, ...], den: int, shape: tuple[int, ...]) -> Integers:
    flat = np.empty(len(values), dtype=object)
    flat[:] = [value.numerator * (den // value.denominator) for value in values]
    return flat.reshape(1, *shape)

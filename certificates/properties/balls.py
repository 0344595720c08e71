"""Balls in the l1 and l2 norms, exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

__all__ = ["NORMS", "Ball", "Norm", "root_above"]

Norm = Literal["linf", "l1", "l2"]
NORMS: Final[tuple[Norm, ...]] = ("linf", "l1", "l2")

_BITS = 80
"""Bits of a root that is rounded up."""


@dataclass(frozen=True, slots=True)
class Ball:
    """All x with Σ|x_i − center_i| ≤ radius (l1) or Σ(x_i − center_i)² ≤ radius² (l2); flat."""

    norm: Literal["l1", "l2"]
    center: tuple[Fraction, ...]
    radius: Fraction

    def contains(self, x: Sequence[Fraction]) -> bool:
        """Exact membership of a flat point."""
        if len(x) != len(self.center):
            return False
        if self.norm == "l1":
            return self._size(x) <= self.radius
        return self._size(x) <= self.radius**2

    def distance_above(self, x: Sequence[Fraction]) -> Fraction:
        """The distance of a point from the center in the norm, or a little more."""
        size = self._size(x)
        return size if self.norm == "l1" else root_above(size)

    def pulled(self, x: Sequence[Fraction], anchor: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """A point of the ball between x and `anchor`, which is one; x itself where it is one.

        By the triangle inequality the distance grows at most linearly on the way.
        """
        if self.contains(x):
            return tuple(x)
        near, far = self.distance_above(anchor), self.distance_above(x)
        share = max(Fraction(0), (self.radius - near) / (far - near)) if far > near else Fraction(0)
        # Fewer digits, and rounded down: the point stays inside.
        share = Fraction(int(share * (1 << _BITS)), 1 << _BITS)
        return tuple(a + share * (v - a) for v, a in zip(x, anchor, strict=True))

    def _size(self, x: Sequence[Fraction]) -> Fraction:
        """The sum of the absolute values, or of the squares, over one denominator."""
        parts = [v - c for v, c in zip(x, self.center, strict=True)]
        den = math.lcm(*(part.denominator for part in parts))
        whole = [part.numerator * (den // part.denominator) for part in parts]
        if self.norm == "l1":
            return Fraction(sum(map(abs, whole)), den)
        return Fraction(sum(number * number for number in whole), den * den)


def root_above(square: Fraction) -> Fraction:
    """The square root of a number ≥ 0, or a little more, by at most a part in 2^79."""
    if square == 0:
        return Fraction(0)
    # n/d = n·d/d²; more bits where the number is small.
    number = square.numerator * square.denominator
    shift = max(0, 2 * _BITS - number.bit_length()) // 2 + 1
    root = math.isqrt(number << (2 * shift))
    exact = root * root == number << (2 * shift)
    return Fraction(root if exact else root + 1, square.denominator << shift)

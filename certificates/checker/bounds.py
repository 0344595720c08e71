"""Bounds of one tensor as the checker keeps them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Bounds", "NoRuleError", "Shape"]

Shape = tuple[int, ...]


class NoRuleError(Exception):
    """There is no rule for this operator."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """lo[k]/den ≤ value k ≤ hi[k]/den for the flat elements k of a tensor of this shape."""

    lo: list[int]
    hi: list[int]
    den: int
    shape: Shape

    def over(self, den: int) -> Bounds:
        """The same bounds over a multiple of the denominator."""
        f = den // self.den
        return Bounds([v * f for v in self.lo], [v * f for v in self.hi], den, self.shape)

    def ends(self, out: Shape, end: Callable[[list[int]], list[int]], divisor: int = 1) -> Bounds:
        """A monotone function of each end."""
        return Bounds(end(self.lo), end(self.hi), self.den * divisor, out)

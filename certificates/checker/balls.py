"""Balls of inputs in the l1 and l2 norms, in integers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from certificates.checker.bounds import Bounds
from certificates.checker.boxes import RejectedError
from certificates.properties import Ball

__all__ = ["ExactBall", "check_in_ball"]

_BITS = 64


@dataclass(frozen=True)
class ExactBall:
    """The ball of a case with its center over one denominator."""

    ball: Ball

    @cached_property
    def den(self) -> int:
        """The common denominator of the center's entries."""
        return math.lcm(*(v.denominator for v in self.ball.center))

    @cached_property
    def center(self) -> list[int]:
        """The numerators of the center."""
        return [v.numerator * (self.den // v.denominator) for v in self.ball.center]

    def upper(self, coefficients: Sequence[int], den: int) -> tuple[int, int]:
        """An upper bound of Σ a_k·x_k on the ball, a = coefficients/den, as a fraction.

        It is a·c + r·max|a_k| for l1. For l2 it is a·c + r·‖a‖, with the root rounded up by less
        than a part in 2^63.
        """
        r, s = self.ball.radius.numerator, self.ball.radius.denominator
        at = sum(a * c for a, c in zip(coefficients, self.center, strict=True))
        if self.ball.norm == "l1":
            size, scale = max(map(abs, coefficients)), 1
        else:
            square = sum(a * a for a in coefficients)
            # √square = √(square·4^shift) / 2^shift, rounded up.
            shift = _BITS
            size = math.isqrt(square << (2 * shift))
            size += size * size != square << (2 * shift)
            scale = 1 << shift
        # a·c/den over self.den, plus r/s times size/scale over den.
        return at * s * scale + r * size * self.den, den * self.den * s * scale


def check_in_ball(point: Bounds, ball: Ball, name: str) -> None:
    """Raises RejectedError where the point, a box with equal ends, lies outside the ball."""
    exact = ExactBall(ball)
    # Everything over point.den·exact.den.
    parts = [v * exact.den - c * point.den for v, c in zip(point.lo, exact.center, strict=True)]
    r, s = ball.radius.numerator, ball.radius.denominator
    reach = r * point.den * exact.den
    if ball.norm == "l1":
        inside = sum(map(abs, parts)) * s <= reach
    else:
        inside = sum(part * part for part in parts) * s * s <= reach * reach
    if not inside:
        raise RejectedError(f"{name}: the point lies outside the property's {ball.norm} ball")

"""Rows on a ball of inputs, in float64 with room for every rounding."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from certificates.affine.plan import Floats
from certificates.properties import Ball

__all__ = ["RoundedBall"]


class RoundedBall:
    """A ball around a float64 center that contains the exact one: the radius grows by the distance
    of the two centers.
    """

    def __init__(self, ball: Ball) -> None:
        self.norm = ball.norm
        self.center: Floats = np.array([float(v) for v in ball.center])
        moved = ball.distance_above([Fraction(v) for v in self.center.tolist()])
        self.radius = math.nextafter(float(ball.radius + moved), math.inf)

    @property
    def reach(self) -> Floats:
        """How large each entry is at most, or a little more."""
        return np.asarray(np.nextafter(np.abs(self.center) + self.radius, np.inf))

    def upper(self, a: Floats) -> Floats:
        """Upper bounds [R] of the rows a [R, size].

        A sum of n products differs from the exact one by at most n·2⁻⁵³·(1 + small) times that of
        the absolute values; root and products add a few roundings more. The room is twice that.
        """
        at, sizes = a @ self.center, np.abs(a) @ np.abs(self.center)
        if self.norm == "l1":
            dual = np.abs(a).max(axis=1, initial=0.0)
        else:
            # Scaled, so that no square overflows or is lost.
            largest = np.abs(a).max(axis=1, initial=0.0)
            scale = np.where(largest > 0, largest, 1.0)[:, None]
            dual = np.sqrt(((a / scale) ** 2).sum(axis=1)) * scale[:, 0]
        room = (a.shape[1] + 16) * 2.0**-52 * (sizes + self.radius * dual)
        return np.asarray(at + self.radius * dual + room + 2.0**-1000)

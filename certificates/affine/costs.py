"""What literal coefficients cost at the operators that bend, in float64.

Coefficients are arrays [R, n], boxes [1, n] or [n]. For a on the operator's value and g on what it
reads, each function gives for each row the sum of the least c with a·f(z) ≤ g·z + c on the box, up
to the rounding of float64, for which the caller makes room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from certificates.affine.boxes import Interval
from certificates.affine.plan import Floats

__all__ = ["Candidate", "Mask", "clip_cost", "maximum_cost", "two_piece_cost"]

Mask = NDArray[np.bool_]


def two_piece_cost(
    a: Floats, g: Floats, box: Interval, slope: float, below: Mask | None, above: Mask | None
) -> Floats:
    """f(z) = z for z ≥ 0 and slope·z for z ≤ 0; rows [R, n] with z ≤ 0 or z ≥ 0 by assumption."""
    rise = (a - g) * np.maximum(box[1], 0)
    fall = (g - slope * a) * np.maximum(-box[0], 0)
    if below is not None:
        rise = np.where(below, 0, rise)
    if above is not None:
        fall = np.where(above, 0, fall)
    cost: Floats = np.maximum(np.maximum(rise, fall), 0).sum(axis=1)
    return cost


def clip_cost(a: Floats, g: Floats, box: Interval, low: float, high: float) -> Floats:
    """f(z) = min(max(z, low), high); the extremes lie at the ends and at the corners inside."""
    lo, hi = box
    points = [lo, hi, *(np.clip(corner, lo, hi) for corner in (low, high))]
    gaps = [a * np.clip(point, low, high) - g * point for point in points]
    cost: Floats = np.maximum.reduce(gaps).sum(axis=1)
    return cost


@dataclass(frozen=True, slots=True)
class Candidate:
    """One argument of a maximum: literal coefficients [R, n], its box [n], and where it is one."""

    g: Floats
    lo: Floats
    hi: Floats
    valid: Mask

    def supremum(self, weight: Floats) -> Floats:
        """Of weight·x over the box."""
        return np.where(weight > 0, weight * self.hi, weight * self.lo)


def maximum_cost(a: Floats, candidates: Sequence[Candidate]) -> Floats:
    """f(x) = max_j x_j.

    For a ≥ 0 the worst j counts. For a < 0 the value a·max x is at most any mean of the a·x_j: all
    weight on one j, or the weights g_i/a on all but one j, which has the rest.
    """
    apart = [candidate.supremum(-candidate.g) for candidate in candidates]
    together = np.add.reduce(apart)
    total = np.add.reduce([candidate.g for candidate in candidates])
    size = np.add.reduce([np.abs(candidate.g) for candidate in candidates]) + np.abs(a)
    positive = np.add.reduce([candidate.g > 0 for candidate in candidates], dtype=np.int64)
    worst = np.full(a.shape, -np.inf)
    best = np.full(a.shape, np.inf)
    for candidate, own in zip(candidates, apart, strict=True):
        need = together - own + candidate.supremum(a - candidate.g)
        worst = np.where(candidate.valid, np.maximum(worst, need), worst)
        # Weights that may be a rounding away from negative are not used.
        weights = (positive == (candidate.g > 0)) & (a - total + candidate.g < -(2.0**-40) * size)
        need = np.where(weights, np.minimum(need, candidate.supremum(a - total)), need)
        best = np.where(candidate.valid, np.minimum(best, need), best)
    cost: Floats = np.where(a >= 0, worst, best).sum(axis=1)
    return cost

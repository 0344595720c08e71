"""Float64 arithmetic that never claims too much: results are moved outward past their error.

All of it rests on one fact of IEEE 754 binary64, u = 2⁻⁵³: an operation returns the exact result
times (1 + δ) with |δ| ≤ u, plus at most η = 2⁻¹⁰⁷⁵ where the result is subnormal (sums have no
such term). So the exact result lies strictly within one float of the computed one, and `down` and
`up`, which step to the neighboring float, contain it.

Dot products, in any order of summation and with or without fused multiply-add (Higham, Accuracy and
Stability of Numerical Algorithms, 2nd ed., section 3.1):
    |fl(Σ a_i b_i) − Σ a_i b_i| ≤ γ_n Σ |a_i||b_i| + n·η·(1 + γ_n),   γ_n = n·u / (1 − n·u).
The sum on the right is not known exactly; computed, it is S with Σ|a_i||b_i| ≤ S / (1 − γ_n) plus
the same underflow. For n ≤ 2²⁵ we have n·u ≤ 2⁻²⁸, so that
    γ_n / (1 − γ_n) ≤ n·u·(1 + 2⁻²⁶),
and `dot_error` = fl((n + 8)·2⁻⁵²·S) + n·2⁻¹⁰⁷² is at least twice the bound: there is room for its
own few roundings and for those of adding it to the result.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["MAX_TERMS", "Floats", "clean", "dot_error", "down", "up"]

Floats = NDArray[np.float64]

MAX_TERMS = 1 << 25
"""Longest sum that `dot_error` covers."""


def down(values: Any) -> Floats:
    """The next float below: a lower bound of a result that was rounded once."""
    return np.asarray(np.nextafter(values, -np.inf))


def up(values: Any) -> Floats:
    """The next float above: an upper bound of a result that was rounded once."""
    return np.asarray(np.nextafter(values, np.inf))


def dot_error(terms: int, magnitude: Floats) -> Floats:
    """Bound of the error of a computed sum of `terms` products; see the module's text.

    `magnitude` is the computed Σ |a_i||b_i|. Twice the proved bound.
    """
    if terms > MAX_TERMS:
        raise ValueError(f"a sum of {terms} terms is longer than the error bound covers")
    return np.asarray(magnitude * ((terms + 8) * 2.0**-52) + terms * 2.0**-1072)


def clean(lo: Floats, hi: Floats) -> tuple[Floats, Floats]:
    """After an overflow (infinities, NaN) the bound that says nothing."""
    return np.where(np.isnan(lo), -np.inf, lo), np.where(np.isnan(hi), np.inf, hi)

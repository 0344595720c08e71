"""Measuring runs against a budget: how far they are from the exact values, and what is allowed.

Exact values are kept as two float64 numbers, the nearest one and the rest, so that a deviation is
known to 50 bits. It is rounded up and the budget down: what is called within the budget is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from certificates.float32.format import Float32Budget, Magnitudes
from certificates.interval.rounding import Floats
from runtime.graph import FloatArray, Graph

__all__ = ["Deviation", "Meter", "joined"]


@dataclass(frozen=True, slots=True)
class Deviation:
    """The largest deviation of one tensor, over some runs, and what the budget allows.

    Attributes:
        measured: the largest |run − exact|; infinite where a run was not finite.
        budget: the largest error that the budget allows an entry.
        share: the largest quotient of an entry's deviation and what is allowed there; the budget
            is kept where it is at most 1.
    """

    measured: float
    budget: float
    share: float

    @property
    def within(self) -> bool:
        """Whether every entry was within its budget."""
        return self.share <= 1.0

    def __or__(self, other: Deviation) -> Deviation:
        """The larger figures of both."""
        return Deviation(
            max(self.measured, other.measured),
            max(self.budget, other.budget),
            max(self.share, other.share),
        )


def joined(first: Mapping[str, Deviation], second: Mapping[str, Deviation]) -> dict[str, Deviation]:
    """The larger figures of both for every tensor in one of them."""
    result = dict(first)
    for name, deviation in second.items():
        result[name] = result[name] | deviation if name in result else deviation
    return result


class Meter:
    """The exact values of all tensors at some inputs, beside a budget.

    `points` are binary32 inputs [B, *shape] inside of the budget's box.
    """

    def __init__(self, graph: Graph, budget: Float32Budget, points: FloatArray) -> None:
        self._allowed = {entry.node: _lowered(entry.error) for entry in budget.nodes}
        self._near: dict[str, Floats] = {}
        self._rest: dict[str, Floats] = {}
        pairs: dict[str, list[tuple[Floats, Floats]]] = {name: [] for name in self._allowed}
        for point in points:
            flat = [Fraction(value) for value in point.reshape(-1).astype(np.float64).tolist()]
            exact = graph.evaluate_exact(flat)
            for name in pairs:
                pairs[name].append(_two_floats(*exact[name]))
        for name, found in pairs.items():
            self._near[name] = np.stack([near for near, _ in found])
            self._rest[name] = np.stack([rest for _, rest in found])

    def measure(
        self, values: Mapping[str, NDArray[Any]], rows: slice = slice(None)
    ) -> dict[str, Deviation]:
        """The deviations of a run's tensors [B, ...] by name; tensors of other names are left out.

        `rows` says which of the points they belong to.
        """
        return {
            name: self._deviation(name, np.asarray(value, dtype=np.float64), rows)
            for name, value in values.items()
            if name in self._allowed
        }

    def _deviation(self, name: str, values: Floats, rows: slice) -> Deviation:
        near, rest, allowed = self._near[name][rows], self._rest[name][rows], self._allowed[name]
        with np.errstate(invalid="ignore", over="ignore"):
            apart = values.reshape(near.shape) - near
            off = np.abs(apart - rest) + (np.abs(apart) + np.abs(rest)) * 2.0**-50
        off = np.where(np.isfinite(off), off, np.inf)
        return Deviation(float(off.max()), float(allowed.max()), float((off / allowed).max()))


def _two_floats(numerators: list[int], den: int) -> tuple[Floats, Floats]:
    """Nearest floats of numerators/den, and the nearest floats of what is left."""
    near = [numerator / den for numerator in numerators]
    rest = []
    for numerator, value in zip(numerators, near, strict=True):
        p, q = value.as_integer_ratio()
        rest.append((numerator * q - p * den) / (den * q))
    return np.array(near), np.array(rest)


def _lowered(error: Magnitudes) -> Floats:
    """The errors as floats, rounded down."""
    return np.array([np.nextafter(digit / error.den, 0.0) for digit in error.digits])

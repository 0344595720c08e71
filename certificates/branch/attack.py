"""Points of sub-boxes that may violate the formula; a point counts after exact evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from certificates.branch.goal import Goal
from certificates.crown import Program
from certificates.properties import Case
from runtime.devices import Array, to_numpy

__all__ = ["Attack", "Violation"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Violation:
    """An exact input of the case's box, flat, at which the exact output makes the formula false."""

    input: tuple[Fraction, ...]
    output: tuple[Fraction, ...]


@dataclass(slots=True)
class Attack:
    """Evaluates points in floats, and the most promising exactly."""

    program: Program
    goal: Goal
    case: Case
    best: float = -np.inf

    def try_points(self, x: Array) -> Violation | None:
        """The first violation among points [N, *input shape]; `best` keeps the largest margin."""
        y = to_numpy(self.program.run(x)).astype(np.float64).reshape(len(x), -1)
        margins = self.goal.margin(y)
        self.best = max(self.best, float(margins.max()))
        room = 1e-6 * max(1.0, float(np.abs(y).max()))
        order = np.argsort(-margins)[:3]
        for number in order:
            if margins[number] > -room:
                found = self._verify(np.asarray(to_numpy(x[number]), np.float64).reshape(-1))
                if found is not None:
                    return found
        return None

    def _verify(self, x: Floats) -> Violation | None:
        point = self.case.nearest(tuple(Fraction(float(value)) for value in x))
        graph = self.program.graph
        numerators, den = graph.evaluate_exact(point)[graph.output]
        y = tuple(Fraction(n, den) for n in numerators)
        return None if self.case.safe.holds(y) else Violation(point, y)

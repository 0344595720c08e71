"""How far an output is from violating a formula, in floats, with the derivative."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from certificates.properties import And, Formula, LinearAtom, atoms

__all__ = ["Objective"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Objective:
    """The signed distance from violating `safe`, at many outputs at once.

    An atom c·y ≤ b counts b − c·y, a conjunction its least part, a disjunction its largest: below
    zero exactly where the formula is false, up to rounding and to equalities. The parts of a
    conjunction can be violated one by one: they are the `goals` to aim at.
    """

    def __init__(self, safe: Formula, outputs: int) -> None:
        found = list(atoms(safe))
        self.safe = safe
        self.goals = safe.parts if isinstance(safe, And) else (safe,)
        self._rows = np.zeros((len(found), outputs))
        self._bounds = np.array([float(atom.bound) for atom in found])
        self._starts = np.cumsum([0, *(_count(goal) for goal in self.goals)])
        for row, atom in zip(self._rows, found, strict=True):
            for index, coefficient in atom.coefficients:
                row[index] = float(coefficient)

    def values(self, y: Floats) -> Floats:
        """Distance [B] of outputs y [B, size] from violating the whole formula."""
        return _value(self.safe, self._gaps(y), 0)

    def aimed(self, y: Floats, aims: NDArray[np.intp], together: Flags) -> tuple[Floats, Floats]:
        """Each row's distance [B] from violating the goal with number aims[row], and a slope.

        The slope [B, size] is the derivative; in the rows `together`, where a disjunction has
        several parts left to violate, it is the mean of their derivatives instead.
        """
        gaps = self._gaps(y)
        values, weights = np.empty(len(y)), np.zeros(gaps.shape)
        for aim in np.unique(aims):
            goal, start = self.goals[aim], int(self._starts[aim])
            some = np.flatnonzero(aims == aim)
            values[some] = _value(goal, gaps[some], start)
            share = np.ones(len(some))
            weights[some] = _weights(goal, gaps[some], start, share, together[some])
        return values, -(weights @ self._rows)

    def _gaps(self, y: Floats) -> Floats:
        """b − c·y of every atom, [B, atoms]."""
        return np.asarray(self._bounds - y @ self._rows.T)


def _count(formula: Formula) -> int:
    return sum(1 for _ in atoms(formula))


def _parts(formula: Formula, gaps: Floats, first: int) -> tuple[Floats, list[int]]:
    """The value of each part, [parts, B], and the number of each part's first atom."""
    assert not isinstance(formula, LinearAtom)
    starts = [first]
    for part in formula.parts:
        starts.append(starts[-1] + _count(part))
    pairs = zip(formula.parts, starts, strict=False)
    return np.stack([_value(part, gaps, start) for part, start in pairs]), starts[:-1]


def _value(formula: Formula, gaps: Floats, first: int) -> Floats:
    """Distance from violating a formula whose atoms are numbered from `first`."""
    if isinstance(formula, LinearAtom):
        return gaps[:, first]
    values, _ = _parts(formula, gaps, first)
    return np.asarray(values.min(axis=0) if isinstance(formula, And) else values.max(axis=0))


def _weights(formula: Formula, gaps: Floats, first: int, share: Floats, together: Flags) -> Floats:
    """By how much each atom counts in the slope, [B, atoms]; a row's weights add to `share`."""
    if isinstance(formula, LinearAtom):
        weights = np.zeros(gaps.shape)
        weights[:, first] = share
        return weights
    values, starts = _parts(formula, gaps, first)
    if isinstance(formula, And):
        chosen = np.arange(len(values))[:, None] == values.argmin(axis=0)
    else:
        chosen = np.arange(len(values))[:, None] == values.argmax(axis=0)
        chosen |= together & (values > 0)
    shares = share * chosen / chosen.sum(axis=0)
    weights = np.zeros(gaps.shape)
    for part, start, part_share in zip(formula.parts, starts, shares, strict=True):
        weights += _weights(part, gaps, start, part_share, together)
    return weights

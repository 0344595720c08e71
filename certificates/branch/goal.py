"""A formula as rows: what must be bounded, and when bounds prove it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from certificates.properties import And, Formula, LinearAtom
from certificates.properties.formulas import atoms

__all__ = ["Goal"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Goal:
    """The atoms of a formula from left to right as rows: c·y ≤ b has the row c and the limit b.

    An atom holds on a box where the upper bound of c·y is below b. How far it is from that, upper
    bound minus b, combines as the formula does: the largest of a conjunction, the least of a
    disjunction; below zero, the formula holds.
    """

    formula: Formula
    rows: Floats
    limits: Floats

    @classmethod
    def of(cls, formula: Formula, outputs: int) -> Goal:
        """Rows [atoms, outputs] and limits [atoms]."""
        every = list(atoms(formula))
        rows = np.zeros((len(every), outputs))
        for number, atom in enumerate(every):
            for index, coefficient in atom.coefficients:
                rows[number, index] = float(coefficient)
        return cls(formula, rows, np.array([float(atom.bound) for atom in every]))

    def score(self, upper: Floats) -> tuple[Floats, Indices]:
        """Distance from being shown [B] for upper bounds [B, atoms], and the atom that decides."""
        gaps = upper - self.limits
        value, atom, _ = _combine(self.formula, gaps, 0)
        return value, atom

    def margin(self, y: Floats) -> Floats:
        """`score` at outputs [N, outputs] themselves: above zero where the formula is false."""
        return self.score(y @ self.rows.T)[0]

    def worth(self, gaps: Floats) -> NDArray[np.bool_]:
        """Which atoms are worth a better bound [B, atoms], by upper bounds minus limits.

        Of a conjunction of atoms those that are not shown yet; of other formulas all atoms, as long
        as the formula is not shown.
        """
        if isinstance(self.formula, And) and all(
            isinstance(part, LinearAtom) for part in self.formula.parts
        ):
            return gaps >= 0
        open_ = _combine(self.formula, gaps, 0)[0] >= 0
        return np.repeat(open_[:, None], gaps.shape[1], axis=1)

    def needed(self, upper: Floats) -> list[int]:
        """The atoms on which a proof with bounds [atoms] rests, one part of each disjunction."""
        return _chosen(self.formula, upper - self.limits, 0)[1]


def _combine(formula: Formula, gaps: Floats, first: int) -> tuple[Floats, Indices, int]:
    """Value, deciding atom, and the number of the next atom after this formula's."""
    if isinstance(formula, LinearAtom):
        return gaps[:, first], np.full(len(gaps), first), first + 1
    values, deciding = [], []
    for part in formula.parts:
        value, atom, first = _combine(part, gaps, first)
        values.append(value)
        deciding.append(atom)
    table = np.stack(values)
    which = table.argmax(axis=0) if isinstance(formula, And) else table.argmin(axis=0)
    each = np.arange(len(gaps))
    return table[which, each], np.stack(deciding)[which, each], first


def _chosen(formula: Formula, gaps: Floats, first: int) -> tuple[float, list[int]]:
    """The value, and the atoms of a proof."""
    if isinstance(formula, LinearAtom):
        return float(gaps[first]), [first]
    parts = []
    for part in formula.parts:
        parts.append(_chosen(part, gaps, first))
        first += sum(1 for _ in atoms(part))
    if isinstance(formula, And):
        return max(value for value, _ in parts), [atom for _, used in parts for atom in used]
    return min(parts, key=lambda part: part[0])

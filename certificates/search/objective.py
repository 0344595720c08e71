"""How far an output is from violating a formula, in floats, with the derivative."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from certificates.properties import And, Formula, LinearAtom

__all__ = ["distance", "targets"]

Floats = NDArray[np.float64]


def distance(formula: Formula, y: Floats) -> tuple[Floats, Floats]:
    """Signed distance [B] from violation at outputs y [B, size], and its gradient [B, size].

    An atom c·y ≤ b counts b − c·y, a conjunction its least part, a disjunction its largest:
    below zero exactly where the formula is false, up to rounding and to equalities.
    """
    if isinstance(formula, LinearAtom):
        row = np.zeros(y.shape[1])
        for index, coefficient in formula.coefficients:
            row[index] = float(coefficient)
        return float(formula.bound) - y @ row, np.broadcast_to(-row, y.shape)
    pairs = [distance(part, y) for part in formula.parts]
    values = np.stack([value for value, _ in pairs])
    chosen = values.argmin(axis=0) if isinstance(formula, And) else values.argmax(axis=0)
    rows = np.arange(y.shape[0])
    gradients = np.stack([gradient for _, gradient in pairs])
    return values[chosen, rows], gradients[chosen, rows]


def targets(formula: Formula) -> Sequence[Formula]:
    """The parts that can be violated on their own: each is worth starts of its own."""
    return formula.parts if isinstance(formula, And) else (formula,)

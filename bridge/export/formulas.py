"""Formulas over the outputs as terms of `Lemmanet.Formula`."""

from __future__ import annotations

from fractions import Fraction
from math import lcm

from bridge.export.operators import fraction_text
from certificates.properties import And, Formula, LinearAtom, atoms

__all__ = ["formula_text", "wins_text"]


def formula_text(formula: Formula) -> str:
    """A closed Lean term; conjunctions and disjunctions nest to the right.

    The coefficients of an atom are multiplied with their common denominator, and its bound too.
    """
    if isinstance(formula, LinearAtom):
        scale = lcm(*(c.denominator for _, c in formula.coefficients))
        form = ", ".join(f"({c * scale}, {i})" for i, c in formula.coefficients)
        bound = fraction_text(Fraction(formula.bound * scale))
        return f".{'lt' if formula.strict else 'le'} [{form}] {bound}"
    connective = "and" if isinstance(formula, And) else "or"
    *front, last = (f"({formula_text(part)})" for part in formula.parts)
    for part in reversed(front):
        last = f"(.{connective} {part} {last})"
    return last[1:-1]


def wins_text(formula: Formula, label: int) -> str:
    """A conjunction of y_j - y_label < bound, as `Lemmanet.winsFormula` writes them: from the last
    output to the first."""
    text = ".true"
    for atom in atoms(formula):
        (other,) = (index for index, _ in atom.coefficients if index != label)
        form = f"[(1, {other}), (-1, {label})]"
        text = f".and (.lt {form} {fraction_text(atom.bound)}) ({text})"
    return text

"""Formulas over the outputs as terms of `Lemmanet.Formula`."""

from __future__ import annotations

from fractions import Fraction
from math import lcm

from bridge.export.operators import fraction_text
from certificates.properties import And, Formula, LinearAtom

__all__ = ["formula_text"]


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

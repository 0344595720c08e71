"""Checking that the formula follows, at every leaf, from the bounds of a batch's rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from certificates.affine.format import Row
from certificates.checker.boxes import RejectedError
from certificates.properties import And, Formula, LinearAtom, Or, atom_text
from certificates.results import approximate

__all__ = ["Shown", "check_leaf", "row_bounds"]

Form = tuple[tuple[int, int], ...]
Shown = list[tuple[LinearAtom, Fraction]]


def row_bounds(rows: Iterable[tuple[Row, Fraction]]) -> dict[Form, Fraction]:
    """The best bound for each form, where forms that differ by a positive factor are one."""
    best: dict[Form, Fraction] = {}
    for row, upper in rows:
        form, scale = _primitive(row.form)
        bound = upper / scale
        if form not in best or bound < best[form]:
            best[form] = bound
    return best


def check_leaf(formula: Formula, best: Mapping[Form, Fraction], where: str) -> Shown:
    """The atoms from which the formula follows, each with bound − (upper bound of its left side).

    A row without entries that is bounded below zero says that the leaf is empty; then nothing needs
    to be shown. Raises RejectedError where the rows do not suffice.
    """
    if best.get((), Fraction(0)) < 0:
        return []
    failures: list[str] = []
    shown = _shown(formula, best, failures)
    if shown is None:
        raise RejectedError(f"{where}: {failures[0]}")
    return shown


def _shown(formula: Formula, best: Mapping[Form, Fraction], failures: list[str]) -> Shown | None:
    """None where the formula does not follow; the reasons are added to `failures`."""
    if isinstance(formula, And):
        result: Shown = []
        for part in formula.parts:
            shown = _shown(part, best, failures)
            if shown is None:
                return None
            result += shown
        return result
    if isinstance(formula, Or):
        for part in formula.parts:
            shown = _shown(part, best, failures)
            if shown is not None:
                return shown
        return None
    common = math.lcm(*(c.denominator for _, c in formula.coefficients))
    whole = [(i, c.numerator * (common // c.denominator)) for i, c in formula.coefficients]
    form, scale = _primitive(whole)
    if form not in best:
        failures.append(f"no row bounds the left side of {atom_text(formula)}")
        return None
    upper = best[form] * scale / common
    if upper < formula.bound or (upper == formula.bound and not formula.strict):
        return [(formula, formula.bound - upper)]
    relation = "below" if formula.strict else "at most"
    failures.append(
        f"the left side of {atom_text(formula)} is bounded by {approximate(upper):.9g} only, which "
        f"is not {relation} {approximate(formula.bound):.9g}"
    )
    return None


def _primitive(form: Sequence[tuple[int, int]]) -> tuple[Form, int]:
    """The form without zeros, divided by the greatest common divisor; and that divisor ≥ 1."""
    present = [(entry, c) for entry, c in form if c != 0]
    scale = math.gcd(*(c for _, c in present)) if present else 1
    return tuple((entry, c // scale) for entry, c in present), scale

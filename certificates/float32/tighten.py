"""From a real theorem to a binary32 one: the property that must be proved over the reals.

Where every output of a run is within e_i of the exact output y_i, the run's Σ c_i·z_i is at most
Σ c_i·y_i + Σ |c_i|·e_i. So Σ c_i·y_i ≤ b − Σ |c_i|·e_i, or the same with <, shows Σ c_i·z_i ≤ b,
or <. Conjunctions and disjunctions follow part by part. All in exact rationals.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from certificates.float32.format import Magnitudes
from certificates.properties import And, Case, Formula, LinearAtom, Or, Property
from runtime.errors import InputError

__all__ = ["loss", "tighten", "tightened"]


def loss(atom: LinearAtom, error: Magnitudes) -> Fraction:
    """Σ |c_i|·e_i: what the inequality loses. Raises InputError for an output without an error."""
    last = atom.coefficients[-1][0]
    if last >= len(error.digits):
        raise InputError(
            f"The property mentions y_{last}, but the budget has {len(error.digits)} outputs; "
            "use the budget of this model."
        )
    units = sum((abs(c) * error.digits[i] for i, c in atom.coefficients), Fraction(0))
    return units / error.den


def tightened(formula: Formula, error: Magnitudes) -> Formula:
    """The formula with every inequality's bound lowered by its `loss`; strict ones stay strict."""
    if isinstance(formula, LinearAtom):
        return LinearAtom(
            formula.coefficients, formula.bound - loss(formula, error), formula.strict
        )
    parts = tuple(tightened(part, error) for part in formula.parts)
    return And(parts) if isinstance(formula, And) else Or(parts)


def tighten(prop: Property, error: Magnitudes) -> Property:
    """The property over the reals from which `prop` follows for every binary32 run.

    `error` is the error of the model's output in a budget over a box that contains every case's.
    Robustness becomes a list of linear margins: y_j − y_label < −(e_j + e_label).
    Raises InputError for a property about more outputs than the error has.
    """
    outputs = len(error.digits)
    if prop.robust is None:
        return replace(prop, given=_cases(prop.given, error))
    if prop.outputs not in (None, outputs):
        raise InputError(
            f"The property {prop.name!r} is bound to {prop.outputs} outputs, but the budget has "
            f"{outputs}; use the budget of this model."
        )
    cases = replace(prop, outputs=outputs).cases
    return Property(name=prop.name, kind="linear", given=_cases(cases, error))


def _cases(cases: tuple[Case, ...], error: Magnitudes) -> tuple[Case, ...]:
    return tuple(Case(case.box, tightened(case.safe, error)) for case in cases)

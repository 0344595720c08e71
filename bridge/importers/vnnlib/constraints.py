"""Linear terms and comparisons over inputs X and outputs Y, for both versions of VNN-LIB."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction

from certificates.properties import And, LinearAtom, Or
from runtime.errors import InputError, UnsupportedError

__all__ = ["Bound", "Constraint", "Junction", "Linear", "combine", "compare", "junction"]

_RELATIONS = {"<=": (1, False), "<": (1, True), ">=": (-1, False), ">": (-1, True)}


@dataclass(slots=True)
class Linear:
    """constant + Σ inputs_i X_i + Σ outputs_j Y_j."""

    constant: Fraction = Fraction(0)
    inputs: dict[int, Fraction] = field(default_factory=dict)
    outputs: dict[int, Fraction] = field(default_factory=dict)

    def add(self, other: Linear, factor: Fraction) -> None:
        self.constant += other.constant * factor
        for mine, theirs in ((self.inputs, other.inputs), (self.outputs, other.outputs)):
            for index, value in theirs.items():
                mine[index] = mine.get(index, Fraction(0)) + value * factor

    def is_constant(self) -> bool:
        return not self.inputs and not self.outputs


@dataclass(frozen=True, slots=True)
class Bound:
    """X_index ≤ value, or ≥ where `lower`."""

    index: int
    lower: bool
    value: Fraction


@dataclass(frozen=True, slots=True)
class Junction:
    """All of the parts, or any where `any_of`; some part is about inputs."""

    any_of: bool
    parts: tuple[Constraint, ...]


Constraint = Bound | LinearAtom | And | Or | Junction


def compare(relation: str, left: Linear, right: Linear) -> Constraint:
    """left relation right as a bound of an input, an atom of outputs, or both for an equality."""
    if relation in ("=", "=="):
        return junction(False, [compare("<=", left, right), compare(">=", left, right)])
    if relation not in _RELATIONS:
        raise UnsupportedError(f"the relation {relation!r} is not supported; use <= or >=.")
    sign, strict = _RELATIONS[relation]
    difference = Linear()
    difference.add(left, Fraction(sign))
    difference.add(right, Fraction(-sign))
    inputs = {i: c for i, c in difference.inputs.items() if c}
    outputs = {i: c for i, c in difference.outputs.items() if c}
    if inputs and outputs:
        raise UnsupportedError("a comparison of inputs with outputs is not supported.")
    if outputs:
        return LinearAtom(tuple(sorted(outputs.items())), -difference.constant, strict)
    if len(inputs) != 1:
        names = " and ".join(f"X_{i}" for i in sorted(inputs)[:3]) or "no variable"
        raise UnsupportedError(f"a constraint on {names} is not a bound of one input.")
    if strict:
        raise UnsupportedError("a strict bound of an input is not supported; use <= or >=.")
    ((index, coefficient),) = inputs.items()
    return Bound(index, coefficient < 0, -difference.constant / coefficient)


def junction(any_of: bool, parts: list[Constraint]) -> Constraint:
    """And/Or of outputs where no part is about inputs, else a junction to be split into cases."""
    if not parts:
        raise InputError("an 'and' or 'or' has no parts.")
    if len(parts) == 1:
        return parts[0]
    formulas = [part for part in parts if isinstance(part, LinearAtom | And | Or)]
    if len(formulas) == len(parts):
        return Or(tuple(formulas)) if any_of else And(tuple(formulas))
    return Junction(any_of, tuple(parts))


def combine(operator: str, terms: list[Linear]) -> Linear:
    """Sum, difference (or negation of one), or product with at most one factor not constant."""
    result = Linear()
    if operator == "*":
        factor = math.prod((t.constant for t in terms if t.is_constant()), start=Fraction(1))
        variable = [t for t in terms if not t.is_constant()]
        if len(variable) > 1:
            raise UnsupportedError("a product of variables is not linear.")
        result.add(variable[0] if variable else Linear(Fraction(1)), factor)
        return result
    negated = operator == "-"
    result.add(terms[0], Fraction(-1 if negated and len(terms) == 1 else 1))
    for term in terms[1:]:
        result.add(term, Fraction(-1 if negated else 1))
    return result

"""What producing and checking give back besides certificates."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from certificates.properties import LinearAtom, Property, atom_text

__all__ = ["AtomMargin", "CheckResult", "Undecided", "approximate", "margin_of"]


@dataclass(frozen=True, slots=True)
class AtomMargin:
    """How far a bound is from an atom: `margin` = bound − (upper bound of the left side).

    Positive means shown. For robustness the atom is y_j < y_label, `other` is j, and `margin` is
    the lower bound of y_label − y_j. `exact` is the rational that `margin` approximates.
    """

    text: str
    other: int | None
    margin: float
    shown: bool
    exact: Fraction


@dataclass(frozen=True, slots=True)
class Undecided:
    """The bounds do not suffice, in the direction asked; says nothing about the other one."""

    reason: str
    margins: tuple[AtomMargin, ...]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A checker's verdict; `message` names node, index and rule where it is no."""

    ok: bool
    message: str
    margins: tuple[AtomMargin, ...] = ()


def margin_of(prop: Property, atom: LinearAtom, exact: Fraction) -> AtomMargin:
    """The margin of an atom with its label; `exact` = bound − upper bound of the left side."""
    other = None
    if prop.robust is not None:
        others = [index for index, _ in atom.coefficients if index != prop.robust.label]
        other = others[0]
    shown = exact > 0 or (exact == 0 and not atom.strict)
    return AtomMargin(atom_text(atom), other, approximate(exact), shown, exact)


def approximate(value: Fraction) -> float:
    """The nearest float; infinite where none is finite."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")

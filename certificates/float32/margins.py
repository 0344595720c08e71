"""What margins of a tightened property say of the property itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from certificates.float32.format import Magnitudes
from certificates.float32.tighten import loss, tightened
from certificates.properties import Case, LinearAtom, Property, atom_text, atoms
from certificates.results import AtomMargin, margin_of

__all__ = ["Room", "rooms"]


@dataclass(frozen=True, slots=True)
class Room:
    """An inequality of a property: the margin of exact values, and what runs can lose of it."""

    margin: AtomMargin
    budget: Fraction

    @property
    def left(self) -> Fraction:
        """Margin minus budget: the margin of the tightened inequality."""
        return self.margin.exact - self.budget


def rooms(
    prop: Property, case: int, error: Magnitudes, margins: Iterable[AtomMargin]
) -> tuple[Room, ...]:
    """The inequalities of a case of `prop`, from margins of `tighten(prop, error)`.

    Args:
        prop: the bound property.
        case: which of its cases the margins are about.
        error: the error of the model's output.
        margins: of the tightened case, as a producer or the checker gives them.
    """
    known = dict(_tightened_atoms(prop.cases[case], error))
    found = []
    for margin in margins:
        if margin.text in known:
            atom = known[margin.text]
            lost = loss(atom, error)
            found.append(Room(margin_of(prop, atom, margin.exact + lost), lost))
    return tuple(found)


def _tightened_atoms(case: Case, error: Magnitudes) -> Iterator[tuple[str, LinearAtom]]:
    """Each inequality, by the text of its tightened form; the same text has the same form."""
    pairs = zip(atoms(tightened(case.safe, error)), atoms(case.safe), strict=True)
    for tight, atom in pairs:
        yield atom_text(tight), atom

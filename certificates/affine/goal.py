"""How the formula follows from rows, chosen by the producer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from certificates.affine.format import Row
from certificates.properties import And, Formula, LinearAtom

__all__ = ["Proof", "prove_leaf"]


@dataclass(frozen=True, slots=True)
class Proof:
    """What a leaf shows: the rows in use, and every atom with bound − (upper bound of its left).

    Where the leaf is empty there are no atoms.
    """

    complete: bool
    rows: tuple[int, ...]
    atoms: tuple[tuple[LinearAtom, Fraction], ...]


def prove_leaf(
    formula: Formula, labels: Sequence[Row], uppers: Sequence[Fraction | None], leaf: int
) -> Proof:
    """The proof of the formula at this leaf from the rows that hold there."""
    best: dict[tuple[tuple[int, Fraction], ...], tuple[Fraction, int]] = {}
    for number, (row, upper) in enumerate(zip(labels, uppers, strict=True)):
        if upper is None or row.leaf not in (None, leaf):
            continue
        form, scale = _unit(row.form)
        if form not in best or upper / scale < best[form][0]:
            best[form] = (upper / scale, number)
    if () in best and best[()][0] < 0:
        return Proof(True, (best[()][1],), ())
    seen: list[tuple[LinearAtom, Fraction]] = []

    def prove(part: Formula) -> tuple[int, ...] | None:
        if isinstance(part, LinearAtom):
            form, factor = _unit(part.coefficients)
            if form not in best:
                return None
            upper, number = best[form]
            margin = part.bound - upper * factor
            seen.append((part, margin))
            return (number,) if margin > 0 or (margin == 0 and not part.strict) else None
        found = [prove(inner) for inner in part.parts]
        if isinstance(part, And):
            rows: tuple[int, ...] = ()
            for inner in found:
                if inner is None:
                    return None
                rows += inner
            return rows
        return next((inner for inner in found if inner is not None), None)

    rows = prove(formula)
    return Proof(rows is not None, rows or (), tuple(seen))


def _unit(
    form: Sequence[tuple[int, int | Fraction]],
) -> tuple[tuple[tuple[int, Fraction], ...], Fraction]:
    """The form divided by the size of its first coefficient; and that size."""
    present = [(entry, Fraction(c)) for entry, c in form if c]
    scale = abs(present[0][1]) if present else Fraction(1)
    return tuple((entry, c / scale) for entry, c in present), scale

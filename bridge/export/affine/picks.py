"""Which rows make a box smaller."""

from __future__ import annotations

from fractions import Fraction

from certificates.affine.format import Batch
from certificates.format import NodeBox

__all__ = ["picks"]


def picks(old: NodeBox, new: NodeBox, batch: Batch) -> tuple[list[int], list[int]]:
    """For each lower and upper end the form that it comes from, plus one; zero for the old box."""
    upper = [Fraction(n, batch.upper.den) for n in batch.upper.num]
    above: dict[int, list[tuple[Fraction, int]]] = {}
    below: dict[int, list[tuple[Fraction, int]]] = {}
    for number, row in enumerate(batch.rows):
        present = [(entry, c) for entry, c in row.form if c]
        if len(present) == 1:
            entry, c = present[0]
            side = above if c > 0 else below
            side.setdefault(entry, []).append((upper[number] / abs(c), number + 1))
    low, high = [], []
    for k in range(len(new.lo)):
        lo, hi = Fraction(new.lo[k], new.den), Fraction(new.hi[k], new.den)
        kept = Fraction(old.lo[k], old.den) >= lo
        low.append(0 if kept else min(below.get(k, [(Fraction(0), 0)]))[1])
        kept = Fraction(old.hi[k], old.den) <= hi
        high.append(0 if kept else min(above.get(k, [(Fraction(0), 0)]))[1])
    return low, high

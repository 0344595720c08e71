"""Boxes as the walk back reads them, and what a leaf says about signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from certificates.checker.affine.wide import Wide, beside
from certificates.checker.bounds import Bounds

__all__ = ["Ends", "Mask", "Signs"]

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Ends:
    """The box of a tensor over `den`: columns [n, 1], or [n, R] where rows have their own."""

    lo: Wide
    hi: Wide
    den: int

    @classmethod
    def of(cls, box: Bounds) -> Ends:
        """From the lists of the interval rules."""
        return cls(Wide.of(box.lo), Wide.of(box.hi), box.den)

    @cached_property
    def up(self) -> Wide:
        """How far the box reaches above zero."""
        return self.hi.positive()

    @cached_property
    def down(self) -> Wide:
        """How far it reaches below zero."""
        return (-self.lo).positive()

    @cached_property
    def width(self) -> Wide:
        """hi − lo."""
        return (self.hi - self.lo).carried()

    def over(self, den: int) -> Ends:
        """The same box over a multiple of the denominator."""
        if den == self.den:
            return self
        factor = den // self.den
        return Ends(self.lo.times(factor), self.hi.times(factor), den)

    @classmethod
    def columns(cls, boxes: Sequence[Ends], owner: NDArray[np.intp]) -> Ends:
        """[n, R]: for row r the box owner[r]; denominators are powers of two."""
        den = max(box.den for box in boxes)
        whole = [box.over(den) for box in boxes]
        lo = beside([box.lo for box in whole]).map(lambda d: d[:, owner])
        return cls(lo, beside([box.hi for box in whole]).map(lambda d: d[:, owner]), den)

    def mirrored(self) -> Ends:
        """The box of the negative values."""
        return Ends(-self.hi, -self.lo, self.den)

    def take(self, index: NDArray[np.intp]) -> Ends:
        """The box of the entries at `index`."""
        return Ends(self.lo.map(lambda d: d[index]), self.hi.map(lambda d: d[index]), self.den)


@dataclass(frozen=True, slots=True, eq=False)
class Signs:
    """Where [n, R] a row's leaf has z ≤ 0, and where z ≥ 0."""

    below: Mask
    above: Mask

"""Binary32 points inside an exact box."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from certificates.properties import Box

__all__ = ["FloatBox"]

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class FloatBox:
    """The binary32 numbers of a box: flat `lo` and `hi`, and whether each coordinate has any.

    A coordinate without one, such as exactly 1/10, is held at the float nearest to its lower end
    while searching; the exact point takes the end itself.
    """

    box: Box
    lo: Floats
    hi: Floats
    representable: NDArray[np.bool_]

    @classmethod
    def of(cls, box: Box) -> FloatBox:
        """The largest box of binary32 ends inside `box`."""
        lo = np.array([-_below(-v) for v in box.lo], dtype=np.float32)
        hi = np.array([_below(v) for v in box.hi], dtype=np.float32)
        representable = lo <= hi
        nearest = np.array([_nearest(v) for v in box.lo], dtype=np.float32)
        return cls(
            box,
            np.where(representable, lo, nearest),
            np.where(representable, hi, nearest),
            representable,
        )

    def exact(self, x: Floats) -> tuple[Fraction, ...]:
        """The rational point of the box for flat floats inside [lo, hi]."""
        return tuple(
            Fraction(float(value)) if fits else low
            for value, fits, low in zip(x, self.representable, self.box.lo, strict=True)
        )


def _nearest(value: Fraction) -> np.float32:
    largest = float(np.finfo(np.float32).max)
    return np.float32(float(min(max(value, Fraction(-largest)), Fraction(largest))))


def _below(value: Fraction) -> np.float32:
    """The largest binary32 number that is at most `value`; −∞ where there is none."""
    rounded = _nearest(value)
    # Rounded twice, through float64: at most one binary32 step too high.
    if Fraction(float(rounded)) > value:
        rounded = np.nextafter(rounded, np.float32(-np.inf))
    return rounded

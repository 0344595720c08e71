"""Rounding to the numbers of a budget: integers over powers of two, exact in float64."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from certificates.affine.boxes import Rounded, TooLargeError, exponent_for
from certificates.float32.format import Magnitudes
from certificates.format import NodeBox
from certificates.interval.rounding import Floats
from certificates.properties import Box

__all__ = ["LARGEST", "ceiled", "ceiling", "given", "named", "outward"]

BOX_BITS = 24
ERROR_BITS = 16
_FINEST = 60
"""No unit is below 2⁻⁶⁰, which is far above everything that underflows."""
LARGEST = 2.0**110
"""Bounds stay below this, so that no partial sum overflows."""


def outward(lo: Floats, hi: Floats) -> Rounded:
    """A box around float64 ends [1, *shape]; its largest end keeps `BOX_BITS` bits.

    Raises TooLargeError for ends above `LARGEST`.
    """
    lo, hi = lo.reshape(1, -1), hi.reshape(1, -1)
    exponent = _exponent(float(max(np.abs(lo).max(), np.abs(hi).max())), BOX_BITS)
    low = np.ldexp(np.floor(np.ldexp(lo, exponent)), -exponent)
    high = np.ldexp(np.ceil(np.ldexp(hi, exponent)), -exponent)
    return Rounded(low, high, np.array([exponent], np.intp))


def given(box: Box) -> Rounded:
    """A box around the exact one of a property, rounded as by `outward`."""
    largest = max(max(abs(lo), abs(hi)) for lo, hi in zip(box.lo, box.hi, strict=True))
    if largest > LARGEST:
        raise TooLargeError
    exponent = _exponent(math.nextafter(float(largest), math.inf), BOX_BITS)
    scale = 1 << exponent
    lo = [math.ldexp(math.floor(value * scale), -exponent) for value in box.lo]
    hi = [math.ldexp(math.ceil(value * scale), -exponent) for value in box.hi]
    return Rounded(np.array([lo]), np.array([hi]), np.array([exponent], np.intp))


def named(box: Rounded, node: str) -> NodeBox:
    """The box as a budget has it."""
    (region,) = box.named(node)
    return NodeBox(region.node, region.den, list(region.lo), list(region.hi))


def ceiled(values: Floats, units: int) -> tuple[Magnitudes, Floats]:
    """Numbers that are not negative, rounded up, with `units` more; and those as flat floats.

    The largest keeps `ERROR_BITS` bits. Raises TooLargeError above `LARGEST`.
    """
    flat = values.reshape(-1)
    exponent = _exponent(float(flat.max()), ERROR_BITS)
    digits = np.ceil(np.ldexp(flat, exponent)) + units
    whole = [int(digit) for digit in digits.tolist()]
    return Magnitudes(1 << exponent, whole), np.ldexp(digits, -exponent)


def _exponent(largest: float, bits: int) -> int:
    if not largest <= LARGEST:
        raise TooLargeError
    return min(_FINEST, exponent_for(largest, bits)) if largest else _FINEST


def ceiling(digits: Iterable[int], den: int) -> int:
    """A whole number that no entry exceeds, from the width of the digits as they are written."""
    bits = max(abs(digit).bit_length() for digit in digits)
    return (1 << max(4, -(-bits // 4) * 4)) // den + 1

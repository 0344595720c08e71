"""Float32 parameters as Python integers over one power of two, read from their bits."""

from __future__ import annotations

from operator import lshift
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["scalar", "scaled"]


def scalar(value: Any) -> tuple[int, int]:
    """A float32 number as numerator and denominator, exactly."""
    return float(value).as_integer_ratio()


def scaled(values: NDArray[np.float32]) -> tuple[list[int], int]:
    """The flat entries of a float32 array, row-major, as integers over one denominator, exactly.

    binary32 (IEEE 754, 3.4): a sign bit, 8 bits of exponent e, 23 bits of fraction f; the value is
    (2^23 + f)·2^(e−150) for e > 0 and f·2^(−149) for e = 0; e = 255 does not occur in parameters.
    """
    bits = np.ascontiguousarray(values, dtype=np.float32).reshape(-1).view(np.uint32)
    exponents = ((bits >> 23) & 0xFF).astype(np.int64)
    fractions = (bits & 0x7FFFFF).astype(np.int64)
    if bool((exponents == 0xFF).any()):
        raise ValueError("a parameter is NaN or infinite")
    mantissas = np.where(exponents > 0, fractions + (1 << 23), fractions)
    powers = np.where(exponents > 0, exponents - 150, -149)
    lowest = int(powers[mantissas != 0].min(initial=0))
    shifts = np.where(mantissas != 0, powers - lowest, 0)
    signed = np.where(bits >> 31 == 1, -mantissas, mantissas)
    return list(map(lshift, signed.tolist(), shifts.tolist())), 1 << -lowest

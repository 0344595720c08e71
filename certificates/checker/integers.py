"""Float32 parameters as Python integers over one power of two, read from their bits."""

from __future__ import annotations

from operator import lshift
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["MANTISSA_BITS", "mantissas", "scalar", "scaled"]

Integers = NDArray[np.int64]

MANTISSA_BITS = 24


def scalar(value: Any) -> tuple[int, int]:
    """A float32 number as numerator and denominator, exactly."""
    return float(value).as_integer_ratio()


def mantissas(values: NDArray[np.float32]) -> tuple[Integers, Integers, int]:
    """Float32 numbers as mantissa·2^shift/den, exactly: mantissas, shifts ≥ 0, den.

    Mantissas have the sign and at most 24 bits; den is a power of two, and as small as it can be
    or 1.

    binary32 (IEEE 754, 3.4): a sign bit, 8 bits of exponent e, 23 bits of fraction f; the value is
    (2^23 + f)·2^(e−150) for e > 0 and f·2^(−149) for e = 0; e = 255 does not occur in parameters.
    """
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32).reshape(values.shape)
    exponents = ((bits >> 23) & 0xFF).astype(np.int64)
    fractions = (bits & 0x7FFFFF).astype(np.int64)
    if bool((exponents == 0xFF).any()):
        raise ValueError("a parameter is NaN or infinite")
    sizes = np.where(exponents > 0, fractions + (1 << 23), fractions)
    powers = np.where(exponents > 0, exponents - 150, -149)
    lowest = int(powers[sizes != 0].min(initial=0))
    shifts = np.where(sizes != 0, powers - lowest, 0)
    return np.where(bits >> 31 == 1, -sizes, sizes), shifts, 1 << -lowest


def scaled(values: NDArray[np.float32]) -> tuple[list[int], int]:
    """The flat entries of a float32 array, row-major, as integers over one denominator, exactly."""
    signed, shifts, den = mantissas(values.reshape(-1))
    if int(shifts.max(initial=0)) + MANTISSA_BITS < 63:
        return (signed << shifts).tolist(), den
    return list(map(lshift, signed.tolist(), shifts.tolist())), den

"""What the processor, NumPy and the C library answer, bit by bit."""

from __future__ import annotations

import ctypes
import ctypes.util
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import numpy as np

from tests.float.operands import BINARY16, BINARY32, BINARY64, Bits, Layout

_TYPES = {
    BINARY16: (np.uint16, np.float16),
    BINARY32: (np.uint32, np.float32),
    BINARY64: (np.uint64, np.float64),
}
_LIBM = ctypes.CDLL(ctypes.util.find_library("m"))
# The arguments of fesetround on x86-64, the only processor whose other directions are tried.
_DIRECTIONS = {"towardNegative": 0x400, "towardPositive": 0x800, "towardZero": 0xC00}
HAS_DIRECTIONS = platform.machine() in ("x86_64", "AMD64")


def values(layout: Layout, bits: Bits) -> Any:
    """Patterns as NumPy's numbers."""
    unsigned, floating = _TYPES[layout]
    return bits.astype(unsigned).view(floating)


def patterns(layout: Layout, numbers: Any) -> Bits:
    """Numbers as patterns, each NaN as the one that Lean's operations deliver."""
    unsigned, floating = _TYPES[layout]
    numbers = np.ascontiguousarray(numbers, dtype=floating)
    bits = numbers.view(unsigned).astype(np.uint64)
    return np.where(np.isnan(numbers), np.uint64(layout.nan), bits)


def apply(layout: Layout, function: Callable[..., Any], *operands: Bits) -> Bits:
    """NumPy's answers, with the same format for operands and results."""
    with np.errstate(all="ignore"):
        return patterns(layout, function(*(values(layout, bits) for bits in operands)))


def convert(source: Layout, target: Layout, bits: Bits) -> Bits:
    """The processor's conversion between two formats."""
    with np.errstate(all="ignore"):
        return patterns(target, values(source, bits).astype(_TYPES[target][1]))


def library(layout: Layout, name: str, *operands: Bits) -> Bits:
    """A function of the C library, one call for each case."""
    kind: Any = ctypes.c_float if layout == BINARY32 else ctypes.c_double
    function = getattr(_LIBM, name + "f" if layout == BINARY32 else name)
    function.restype, function.argtypes = kind, [kind] * len(operands)
    columns = [values(layout, bits).tolist() for bits in operands]
    return patterns(layout, np.array([function(*row) for row in zip(*columns, strict=True)]))


# The exceptions of fenv.h on x86-64, but for underflow, as the bits of `exact.INVALID` and so on.
_EXCEPTIONS = {0x01: 1, 0x04: 2, 0x08: 4, 0x20: 16}


def flags(name: str, *operands: Bits) -> Bits:
    """What the processor signals in a function of the C library on binary32, one call for each
    case; underflow is left out."""
    function = getattr(_LIBM, name)
    function.restype, function.argtypes = ctypes.c_float, [ctypes.c_float] * len(operands)
    columns = [values(BINARY32, bits).tolist() for bits in operands]
    found = []
    for row in zip(*columns, strict=True):
        _LIBM.feclearexcept(0x3D)
        function(*row)
        raised = _LIBM.fetestexcept(0x3D)
        found.append(sum(bit for mask, bit in _EXCEPTIONS.items() if raised & mask))
    return np.array(found, dtype=np.uint64)


def exact_fma(x: float, y: float, z: float) -> float:
    """`x * y + z` for finite binary64 numbers with a sum other than zero, rounded by Python's exact
    division of integers."""
    total = Fraction(x) * Fraction(y) + Fraction(z)
    try:
        return total.numerator / total.denominator
    except OverflowError:
        return float("inf") if total > 0 else float("-inf")


@contextmanager
def rounding(direction: str) -> Iterator[None]:
    """The processor rounds in this direction meanwhile."""
    assert _LIBM.fesetround(_DIRECTIONS[direction]) == 0
    try:
        yield
    finally:
        assert _LIBM.fesetround(0) == 0

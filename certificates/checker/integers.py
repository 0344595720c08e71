"""Float32 parameters as Python integers over one power of two."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

__all__ = ["scalar", "scaled"]


def scalar(value: Any) -> tuple[int, int]:
    """A float32 number as numerator and denominator, exactly."""
    return float(value).as_integer_ratio()


def scaled(values: NDArray[Any]) -> tuple[list[int], int]:
    """The flat entries of a float32 array, row-major, as integers over one denominator, exactly."""
    # Every float32 is a Python float, and as_integer_ratio is exact; denominators are powers of
    # two, so that the largest is a multiple of all.
    ratios = [value.as_integer_ratio() for value in values.reshape(-1).tolist()]
    den = max(d for _, d in ratios)
    return [n * (den // d) for n, d in ratios], den

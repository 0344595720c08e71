"""Integers of any size in int64 digits, against Python's."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.checker.affine.wide import TooLargeError, Wide, float32_digits, product

SIZES = st.sampled_from([1, 20, 24, 37, 38, 62, 100, 300])
SEEDS = st.integers(0, 2**32 - 1)


def integers(rng: np.random.Generator, bits: int, *shape: int) -> np.ndarray:
    """Random Python integers of up to `bits` bits, zeros and powers of two among them."""
    flat = []
    for _ in range(int(np.prod(shape))):
        value = int.from_bytes(rng.bytes(bits // 8 + 1), "little") >> (8 - bits % 8)
        kind = rng.integers(6)
        if kind == 0:
            value = 0
        elif kind == 1:
            value = 1 << int(rng.integers(bits))
        flat.append(-value if rng.random() < 0.5 else value)
    result = np.empty(len(flat), dtype=object)
    result[:] = flat
    return result.reshape(shape)


def wide(values: np.ndarray) -> Wide:
    column = Wide.of(values.reshape(-1).tolist())
    return column.map(lambda digit: digit.reshape(values.shape))


def back(value: Wide) -> np.ndarray:
    flat = np.empty(int(np.prod(value.shape)), dtype=object)
    flat[:] = value.map(lambda digit: digit.reshape(-1)).integers()
    return flat.reshape(value.shape)


@settings(max_examples=150, deadline=None)
@given(SEEDS, SIZES, SIZES)
def test_arithmetic(seed: int, first: int, second: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = integers(rng, first, 4, 3), integers(rng, second, 4, 3)
    x, y = wide(a), wide(b)
    assert (back(x) == a).all()
    for result, exact in (
        (x + y, a + b),
        (x - y, a - b),
        (x * y, a * b),
        (x * y + x * x - y, a * b + a * a - b),
        ((x + y) * (x - y), (a + b) * (a - b)),
        (x.times(int(b[0, 0])), a * b[0, 0]),
        (x * wide(b[:, :1]), a * b[:, :1]),
        ((x * y).positive(), np.maximum(a * b, 0)),
        (x.carried(), a),
        (x.keep(b > 0), np.where(b > 0, a, 0)),
        (x.sum(), a.sum(axis=0)),
    ):
        assert (back(result) == exact).all()
        assert all(int(np.abs(digit).max()) <= result.limit for digit in result.digits)
        assert (np.sign(result.sign()) == np.array(np.sign(exact), dtype=int)).all()
    assert x.at(1, 2) == a[1, 2]


@settings(max_examples=60, deadline=None)
@given(SEEDS, SIZES, st.integers(1, 400))
def test_products_are_exact(seed: int, bits: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    exponents = rng.integers(-30, 20, (3, width))
    weight = (rng.standard_normal((3, width)) * 2.0**exponents).astype(np.float32)
    digits, den = float32_digits(weight)
    right = integers(rng, bits, width, 2)
    if seed % 3 == 0:
        right[rng.permutation(width)[1:]] = 0  # a unit row
    exact = np.array([[Fraction(float(w)) * den for w in row] for row in weight]) @ right
    assert (back(product(digits, wide(right))) == exact).all()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=9))
def test_float32_from_any_bits(bits: list[int]) -> None:
    values = np.array(bits, dtype=np.uint32).view(np.float32)
    values = np.where(np.isfinite(values), values, np.float32(0))
    digits, den = float32_digits(values)
    assert all(float(np.abs(digit).max()) <= 2**23 for digit in digits)
    found, same = Wide.of_float32(values)
    assert same == den
    exact = [Fraction(n, den) for n in found.integers()]
    assert exact == [Fraction(float(v)) for v in values]


def test_limits_hold() -> None:
    with pytest.raises(ValueError, match="NaN"):
        float32_digits(np.array([np.nan], dtype=np.float32))
    with pytest.raises(OverflowError):
        Wide((np.zeros(1, dtype=np.int64),), 1 << 63)
    with pytest.raises(TooLargeError):
        Wide.of([1 << 40_000])
    # Digits at their limit: nothing overflows before it is carried.
    top = Wide((np.full(3, 1 << 62), np.full(3, -(1 << 62))), 1 << 62)
    value = (1 << 62) - (1 << 86)
    assert (top + top).integers() == [2 * value] * 3
    assert (top * top).integers() == [value * value] * 3
    assert top.sum().map(lambda d: d.reshape(1)).integers() == [3 * value]

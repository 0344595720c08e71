"""Long integers with many numbers in their fields, and the rules that rest on them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.checker import dense
from certificates.checker.bounds import Bounds
from certificates.checker.integers import mantissas
from certificates.checker.packing import Packing
from runtime.graph import Conv2d, Linear

FLOATS = st.one_of(
    st.floats(width=32, allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, -0.0, 2.0**-149, -(2.0**-126), 3.4028234663852886e38, 1.0]),
)
INTEGERS = st.integers(-(1 << 200), 1 << 200)


@given(st.lists(INTEGERS, min_size=1, max_size=30))
def test_fields_are_read_again(values: list[int]) -> None:
    packing = Packing(max(map(abs, values)))
    assert packing.unpacked(packing.packed(packing.fields(values)), len(values)) == values


@given(
    st.integers(0, 1 << 80),
    st.lists(st.tuples(INTEGERS, st.lists(st.integers(-9, 9), min_size=4, max_size=4))),
)
def test_sums_of_multiples_act_on_every_field(limit: int, terms: list) -> None:
    expected = [sum(w * values[k] for w, values in terms) for k in range(4)]
    packing = Packing(max(limit, 9, *map(abs, expected)))
    total = sum(w * packing.packed(packing.fields(values)) for w, values in terms)
    assert packing.unpacked(total, 4) == expected


@pytest.mark.parametrize("limit", [0, 1, 63, 64, 127, 128, 255, 256, (1 << 64) - 1, 1 << 64])
def test_the_largest_numbers_fit(limit: int) -> None:
    packing = Packing(limit)
    values = [limit, -limit, 0, limit, limit, -limit, -limit]
    assert packing.unpacked(packing.packed(packing.fields(values)), len(values)) == values


def test_what_does_not_fit_is_an_error() -> None:
    packing = Packing(10)
    with pytest.raises(OverflowError):
        packing.fields([1 << 70])
    with pytest.raises(OverflowError):
        packing.unpacked(1 << 200, 2)
    with pytest.raises(OverflowError):
        packing.unpacked(-(1 << 200), 2)


@given(st.lists(FLOATS, min_size=1, max_size=12))
def test_floats_are_packed_from_their_bits(values: list[float]) -> None:
    signed, shifts, den = mantissas(np.array([values], np.float32))
    packing = Packing(1 << (24 + int(shifts.max())))
    numbers = [Fraction(value) * den for value in values]
    for side, expected in ((1, [max(v, 0) for v in numbers]), (-1, [max(-v, 0) for v in numbers])):
        (long,) = packing.shifted(np.maximum(side * signed, 0), shifts)
        assert packing.unpacked(long, len(values)) == expected


def boxes(generator: np.random.Generator, size: int) -> tuple[list[int], list[int]]:
    """Ends of very different sizes, some zero, some equal."""
    lo = [int(v) << int(s) for v, s in generator.integers(0, 90, (size, 2))]
    lo = [v * int(generator.integers(-1, 2)) for v in lo]
    return lo, [v + int(generator.integers(0, 3)) * (abs(v) + 1) for v in lo]


def weights(generator: np.random.Generator, *shape: int) -> np.ndarray:
    powers = 2.0 ** generator.integers(-120, 100, shape)
    values = generator.integers(-3, 4, shape) * generator.random(shape) * powers
    return (values * (generator.random() < 0.9)).astype(np.float32)


@settings(deadline=None)
@given(st.integers(0, 1 << 32), st.booleans())
def test_linear_over_any_exponents(seed: int, split: bool) -> None:
    generator = np.random.default_rng(seed)
    width, rows = (int(n) for n in generator.integers(1, 6, 2))
    op = Linear(weights(generator, rows, width), weights(generator, rows))
    lo, hi = boxes(generator, width)
    den = int(generator.integers(1, 50))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dense, "_BLOCK_BYTES", 1 if split else 1 << 24)
        bounds = dense.linear(op, Bounds(lo, hi, den, (width,)), (rows,))
    for row in range(rows):
        terms = [(Fraction(float(w)), a, b) for w, a, b in zip(op.weight[row], lo, hi, strict=True)]
        bias = Fraction(float(op.bias[row]))
        least = sum(min(w * a, w * b) for w, a, b in terms) / den + bias
        most = sum(max(w * a, w * b) for w, a, b in terms) / den + bias
        assert Fraction(bounds.lo[row], bounds.den) == least
        assert Fraction(bounds.hi[row], bounds.den) == most


@settings(deadline=None)
@given(st.integers(0, 1 << 32), st.booleans())
def test_convolution_over_any_exponents(seed: int, split: bool) -> None:
    """A kernel as large as the image, at the one window without padding and at those around it."""
    generator = np.random.default_rng(seed)
    op = Conv2d(
        weights(generator, 4, 1, 2, 2), weights(generator, 4), (1, 1), (1, 0, 0, 0), groups=2
    )
    lo, hi = boxes(generator, 8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dense, "_BLOCK_BYTES", 1 if split else 1 << 24)
        bounds = dense.conv2d(op, Bounds(lo, hi, 3, (2, 2, 2)), (4, 2, 1))
    for channel in range(4):
        kernel = [Fraction(float(w)) for w in op.weight[channel].reshape(-1)]
        first = 4 * (channel // 2)
        padded = [(kernel[2], first), (kernel[3], first + 1)]
        whole = [(w, first + k) for k, w in enumerate(kernel)]
        bias = Fraction(float(op.bias[channel]))
        for window, terms in enumerate((padded, whole)):
            least = sum(min(w * lo[i], w * hi[i]) for w, i in terms) / 3 + bias
            most = sum(max(w * lo[i], w * hi[i]) for w, i in terms) / 3 + bias
            assert Fraction(bounds.lo[2 * channel + window], bounds.den) == least
            assert Fraction(bounds.hi[2 * channel + window], bounds.den) == most

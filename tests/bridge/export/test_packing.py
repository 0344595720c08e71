"""Digits side by side: what is packed is what a reader of the documented form finds."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.export.packing import (
    PackedConst,
    binary32_exponents,
    common,
    digit_width,
    pack_box,
    pack_const,
)
from runtime.errors import InputError

numbers = st.lists(st.integers(-(10**30), 10**30), min_size=1, max_size=60)


def digit(literals: tuple[str, ...], line: int, stride: int, width: int, k: int) -> int:
    if k // line >= len(literals):
        return 0
    return (int(literals[k // line], 0) >> stride * (k % line)) & ((1 << width) - 1)


def entry(value: PackedConst, k: int) -> int:
    return digit(value.pos, value.line, value.stride, value.width, k) - digit(
        value.neg, value.line, value.stride, value.width, k
    )


@given(numbers, st.integers(0, 5), st.integers(1, 7))
def test_constants_read_back(values: list[int], extra: int, line: int) -> None:
    stride = digit_width(values) + 4 * extra
    packed = pack_const(values, 8, (len(values),), stride=stride, line=line)
    assert [entry(packed, k) for k in range(len(values))] == values


@given(numbers)
def test_boxes_read_back(values: list[int]) -> None:
    lo, hi = values, [v + 3 for v in values]
    box = pack_box(lo, hi, 4, (len(values),))

    def end(pos: tuple[str, ...], neg: tuple[str, ...], k: int) -> int:
        return digit(pos, box.line, box.width, box.width, k) - digit(
            neg, box.line, box.width, box.width, k
        )

    for k in range(len(values)):
        assert end(box.low_pos, box.low_neg, k) == lo[k]
        assert end(box.high_pos, box.high_neg, k) == hi[k]


def test_nonnegative_boxes_have_no_negative_literals() -> None:
    box = pack_box([0, 1], [5, 6], 1, (2,))
    assert (box.low_neg, box.high_neg) == ((), ())
    assert pack_const([0, 0], 1, (2,), keep_empty=True).neg == ("0",)


def test_a_stride_below_the_width_is_refused() -> None:
    with pytest.raises(InputError, match="cannot hold"):
        pack_const([1 << 20], 1, (1,), stride=8)


def test_common_denominator() -> None:
    assert common([(1, 2), (-2, 3), (5, 1)]) == ([3, -4, 30], 6)


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1))
def test_every_binary32_number_has_an_exponent(values: list[float]) -> None:
    exact = [Fraction(v) for v in values]
    text = binary32_exponents(exact)
    assert text is not None
    for k, value in enumerate(exact):
        e = (int(text, 0) >> 8 * k) & 255
        mantissa = value * 2**149 / 2**e
        assert e <= 253
        assert mantissa.denominator == 1
        assert abs(mantissa) < 2**24


def test_other_numbers_are_no_binary32_numbers() -> None:
    assert binary32_exponents([Fraction(1, 3)]) is None
    assert binary32_exponents([Fraction(2**24 + 1)]) is None
    assert binary32_exponents([Fraction(1, 2**150)]) is None
    assert binary32_exponents([Fraction(2**128)]) is None
    largest = Fraction(float(np.finfo(np.float32).max))
    assert binary32_exponents([largest]) is not None

"""Tensors of integers as Lean literals: fixed-width digits side by side (`Const`, `Box`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from runtime.errors import InputError
from runtime.graph import Shape

__all__ = [
    "PackedBox",
    "PackedConst",
    "PackedMagnitudes",
    "binary32_exponents",
    "common",
    "digit_width",
    "literal",
    "pack_box",
    "pack_const",
    "pack_magnitudes",
]

_HEX_DIGITS_IN_A_LITERAL = 2_000
"""Literals of this length elaborate fastest for their size."""


@dataclass(frozen=True, slots=True)
class PackedConst:
    """The fields of a `Lemmanet.Const`; `pos` and `neg` are the texts of the literals."""

    shape: Shape
    den: int
    width: int
    stride: int
    line: int
    pos: tuple[str, ...]
    neg: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackedBox:
    """The fields of a `Lemmanet.Box`."""

    shape: Shape
    den: int
    width: int
    line: int
    low_pos: tuple[str, ...]
    low_neg: tuple[str, ...]
    high_pos: tuple[str, ...]
    high_neg: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackedMagnitudes:
    """The fields of a `Lemmanet.Magnitudes`."""

    shape: Shape
    den: int
    width: int
    line: int
    digits: tuple[str, ...]


def digit_width(values: Iterable[int]) -> int:
    """Bits of the widest magnitude, rounded up to whole hexadecimal digits, at least 4."""
    bits = max((abs(value).bit_length() for value in values), default=1)
    return max(4, -(-bits // 4) * 4)


def literal(digits: Sequence[int], stride: int) -> str:
    """Σ digits[i]·2^(stride·i) as a hexadecimal literal; `stride` is a multiple of 4."""
    hexadecimal = f"{{:0{stride // 4}x}}".format
    text = "".join(map(hexadecimal, reversed(digits))).lstrip("0")
    return f"0x{text}" if text else "0"


def pack_const(
    values: Sequence[int],
    den: int,
    shape: Shape,
    *,
    stride: int | None = None,
    line: int | None = None,
    keep_empty: bool = False,
) -> PackedConst:
    """Pack flat numerators over `den`.

    Args:
        values: numerators in row-major order, one for each entry of `shape`.
        den: the positive common denominator.
        shape: the shape of the tensor.
        stride: bits between digits, a multiple of 4 of at least the digit width (which it is by
            default).
        line: digits in one literal; a length that elaborates fast by default.
        keep_empty: write literals of zeros too, where a check counts them.
    """
    width = digit_width(values)
    stride = stride or width
    if stride < width or stride % 4:
        raise InputError(f"A stride of {stride} bits cannot hold digits of {width} bits.")
    line = line or _line(stride, len(values))
    pos = _literals([max(v, 0) for v in values], stride, line)
    neg = _literals([max(-v, 0) for v in values], stride, line)
    if not keep_empty:
        pos, neg = _without_zeros(pos), _without_zeros(neg)
    return PackedConst(shape, den, width, stride, line, pos, neg)


def pack_box(
    lo: Sequence[int], hi: Sequence[int], den: int, shape: Shape, *, least_width: int = 0
) -> PackedBox:
    """Pack flat lower and upper numerators over `den`, in digits of at least `least_width` bits."""
    width = max(least_width, digit_width([*lo, *hi]))
    line = _line(width, len(lo))

    def literals(values: list[int]) -> tuple[str, ...]:
        return _without_zeros(_literals(values, width, line))

    return PackedBox(
        shape,
        den,
        width,
        line,
        literals([max(v, 0) for v in lo]),
        literals([max(-v, 0) for v in lo]),
        literals([max(v, 0) for v in hi]),
        literals([max(-v, 0) for v in hi]),
    )


def pack_magnitudes(digits: Sequence[int], den: int, shape: Shape) -> PackedMagnitudes:
    """Pack flat numerators over `den`, none of them negative."""
    width = digit_width(digits)
    line = _line(width, len(digits))
    return PackedMagnitudes(
        shape, den, width, line, _without_zeros(_literals(list(digits), width, line))
    )


def common(fractions: Sequence[tuple[int, int]]) -> tuple[list[int], int]:
    """Numerators over the least common denominator of (numerator, denominator) pairs."""
    den = lcm(*(d for _, d in fractions))
    return [n * (den // d) for n, d in fractions], den


def binary32_exponents(values: Sequence[Fraction]) -> str | None:
    """The literal of exponents for `binary32_of_check`; None where a value is no binary32 number.

    Entry k is m·2^(e - 149) with |m| < 2^24 and 0 ≤ e ≤ 253; e is the 8-bit digit number k.
    """
    exponents = []
    for value in values:
        scaled = value * 2**149
        exponent = max(0, abs(scaled.numerator).bit_length() - 24)
        if scaled.denominator != 1 or scaled.numerator % 2**exponent or exponent > 253:
            return None
        exponents.append(exponent)
    return literal(exponents, 8)


def _line(stride: int, size: int) -> int:
    return max(1, min(size, _HEX_DIGITS_IN_A_LITERAL * 4 // stride))


def _literals(values: list[int], stride: int, line: int) -> tuple[str, ...]:
    return tuple(
        literal(values[start : start + line], stride) for start in range(0, len(values), line)
    )


def _without_zeros(literals: tuple[str, ...]) -> tuple[str, ...]:
    return literals if any(text != "0" for text in literals) else ()

"""IEEE 754 by exact arithmetic with Python's integers and fractions: bits and flags.

Written from the standard, in another way than the Lean library, and without floating point: a
result is the exact number, rounded to a multiple of the spacing where it lies.
"""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

from tests.float.operands import Layout

DIRECTIONS = ("tiesToEven", "tiesToAway", "towardPositive", "towardNegative", "towardZero")
INVALID, DIVIDE_BY_ZERO, OVERFLOW, UNDERFLOW, INEXACT = 1, 2, 4, 8, 16

Answer = tuple[int, int]


def value(layout: Layout, bits: int) -> Fraction:
    """The number that a finite pattern stands for."""
    field = bits >> layout.fraction & ((1 << layout.exponent) - 1)
    significand = bits & (layout.hidden - 1) | (layout.hidden if field else 0)
    power = max(field, 1) - (layout.one >> layout.fraction) - layout.fraction
    return Fraction(-significand if bits & layout.sign else significand) * Fraction(2) ** power


def _up(direction: str, negative: bool, odd: bool, rest: Fraction) -> bool:
    half = Fraction(1, 2)
    match direction:
        case "tiesToEven":
            return rest > half or (rest == half and odd)
        case "tiesToAway":
            return rest >= half
        case "towardPositive":
            return rest > 0 and not negative
        case "towardNegative":
            return rest > 0 and negative
        case _:
            return False


def rounded(layout: Layout, direction: str, exact: Fraction, zero_negative: bool = False) -> Answer:
    """The pattern of an exact number and what is signaled; tininess is detected before rounding."""
    negative = exact < 0 or (exact == 0 and zero_negative)
    sign, magnitude = (layout.sign if negative else 0), abs(exact)
    if magnitude == 0:
        return sign, 0
    bias = layout.one >> layout.fraction
    binade = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
    if Fraction(2) ** binade > magnitude:
        binade -= 1
    power = max(binade, 1 - bias) - layout.fraction
    scaled = magnitude / Fraction(2) ** power
    whole = scaled.numerator // scaled.denominator
    rest = scaled - whole
    whole += _up(direction, negative, whole % 2 == 1, rest)
    # The carry into the next binade is that of the pattern.
    pattern = (power + layout.fraction + bias - 1) * layout.hidden + whole
    if pattern >= layout.infinity:
        stays = {"towardZero": True, "towardPositive": negative, "towardNegative": not negative}
        largest = layout.infinity - stays.get(direction, False)
        return sign | largest, OVERFLOW | INEXACT
    tiny = magnitude < Fraction(2) ** (1 - bias)
    return sign | pattern, (INEXACT | UNDERFLOW * tiny) if rest else 0


def _zero_sign(direction: str, x: bool, y: bool) -> bool:
    return x if x == y else direction == "towardNegative"


def fused(layout: Layout, direction: str, x: int, y: int, z: int) -> Answer:
    """`x * y + z` of finite patterns."""
    product = value(layout, x) * value(layout, y)
    sign = bool((x ^ y) & layout.sign)
    zero = _zero_sign(direction, sign, bool(z & layout.sign))
    return rounded(layout, direction, product + value(layout, z), zero)


def addition(layout: Layout, direction: str, x: int, y: int) -> Answer:
    """`x + y` of finite patterns."""
    zero = _zero_sign(direction, bool(x & layout.sign), bool(y & layout.sign))
    return rounded(layout, direction, value(layout, x) + value(layout, y), zero)


def subtraction(layout: Layout, direction: str, x: int, y: int) -> Answer:
    """`x - y` of finite patterns."""
    return addition(layout, direction, x, y ^ layout.sign)


def multiplication(layout: Layout, direction: str, x: int, y: int) -> Answer:
    """`x * y` of finite patterns."""
    sign = bool((x ^ y) & layout.sign)
    return rounded(layout, direction, value(layout, x) * value(layout, y), sign)


def division(layout: Layout, direction: str, x: int, y: int) -> Answer:
    """`x / y` of finite patterns."""
    sign, dividend, divisor = (x ^ y) & layout.sign, value(layout, x), value(layout, y)
    if divisor == 0:
        return (sign | layout.infinity, DIVIDE_BY_ZERO) if dividend else (layout.nan, INVALID)
    return rounded(layout, direction, dividend / divisor, bool(sign))


def square_root(layout: Layout, direction: str, x: int) -> Answer:
    """The square root of a finite pattern."""
    square = value(layout, x)
    if square == 0:
        return x, 0
    if square < 0:
        return layout.nan, INVALID
    # A root with more than twice the precision; what is cut off lies strictly between two of its
    # multiples, where no number of the format and no midpoint is.
    shift = layout.one >> layout.fraction
    shift += 2 * layout.fraction + 8
    scaled = square * 4**shift
    assert scaled.denominator == 1
    root = isqrt(scaled.numerator)
    cut = Fraction(root * root != scaled.numerator, 2)
    return rounded(layout, direction, (root + cut) / 2**shift)

"""Reading the numbers that a user gives as exact rationals, and writing them again."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from numbers import Rational
from typing import Any

import numpy as np

from runtime.errors import InputError

__all__ = ["Number", "parse_rational", "rational", "rationals", "readable", "to_text"]

Number = int | float | str | Decimal | Fraction | np.floating[Any] | np.integer[Any]

_MAX_LENGTH = 4096
_MAX_EXPONENT = 400
_NUMBER = re.compile(r"([+-]?)(\d+|\d+\.\d*|\.\d+)(?:[eE]([+-]?\d{1,4}))?\Z", re.ASCII)
_RATIO = re.compile(r"([+-]?\d+)/(\d+)\Z", re.ASCII)


def parse_rational(text: str, where: str) -> Fraction:
    """The exact value of a decimal (`-0.5`, `1e-3`) or a quotient (`3/100`).

    Lengths and exponents are bounded, so that a hostile file cannot ask for a huge number.
    Raises InputError that names `where` for anything else.
    """
    if len(text) <= _MAX_LENGTH:
        if match := _NUMBER.match(text):
            sign, digits, exponent = match.groups()
            power = int(exponent or 0)
            if abs(power) <= _MAX_EXPONENT:
                whole, _, fraction = digits.partition(".")
                power -= len(fraction)
                numerator = int(sign + whole + fraction)
                if power >= 0:
                    return Fraction(numerator * 10**power)
                return Fraction(numerator, 10**-power)
        elif (match := _RATIO.match(text)) and int(match.group(2)) != 0:
            return Fraction(int(match.group(1)), int(match.group(2)))
    shown = text if len(text) <= 40 else text[:37] + "..."
    raise InputError(
        f"{where} is {shown!r}, which is not a number; write a decimal such as 0.03 or a quotient "
        f"such as 3/100 (at most {_MAX_LENGTH} characters, exponent at most {_MAX_EXPONENT})."
    )


def rational(value: object, where: str) -> Fraction:
    """The exact rational that a user means by `value`.

    Integers, fractions, decimals and strings are taken as they are. A binary32 or binary16 float
    is its exact value, because it is data. A Python float (or float64) is the shortest decimal
    that prints it, because `0.02` in a program means two hundredths.
    Raises InputError that names `where` for NaN, infinities, booleans and other types.
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, bool | np.bool_):
        raise InputError(f"{where} is {value!r}; a number is needed.")
    if isinstance(value, str):
        return parse_rational(value.strip(), where)
    if isinstance(value, int | np.integer | Rational):
        return Fraction(int(value)) if not isinstance(value, Rational) else Fraction(value)
    if isinstance(value, float | np.floating | Decimal):
        if not math.isfinite(value):
            raise InputError(f"{where} is {value}; a finite number is needed.")
        if isinstance(value, float):
            return Fraction(repr(float(value)))
        return Fraction(value) if isinstance(value, Decimal) else Fraction(float(value))
    raise InputError(f"{where} has the type {type(value).__name__}; a number is needed.")


def rationals(values: object, where: str) -> tuple[Fraction, ...]:
    """Row-major rationals of a list, a nested list or an array; see `rational` for each entry."""
    if hasattr(values, "detach"):
        values = np.asarray(values.detach())
    if isinstance(values, np.ndarray):
        flat: Iterable[object] = values.reshape(-1)
    elif isinstance(values, str) or not isinstance(values, Iterable):
        raise InputError(f"{where} is not a list of numbers; give one number a coordinate.")
    else:
        flat = _flatten(values, where)
    return tuple(rational(value, f"{where}[{i}]") for i, value in enumerate(flat))


def _flatten(values: Iterable[object], where: str, depth: int = 0) -> list[object]:
    if depth > 8:
        raise InputError(f"{where} is nested more than 8 lists deep; give a flat list of numbers.")
    flat: list[object] = []
    for value in values:
        if isinstance(value, list | tuple | np.ndarray):
            flat.extend(_flatten(value, where, depth + 1))
        else:
            flat.append(value)
    return flat


def to_text(value: Fraction) -> str:
    """The canonical text in files: `-3/100` or `7`."""
    return str(value)


def readable(value: Fraction) -> str:
    """For people: a decimal where a short one is exact, a quotient where that is short, else ≈."""
    if value.denominator == 1:
        return str(value.numerator)
    quotient = str(value)
    if len(quotient) <= 7:
        return quotient
    rest = value.denominator
    twos = (rest & -rest).bit_length() - 1
    rest >>= twos
    fives = 0
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    places = max(twos, fives)
    if rest == 1 and places <= 18:
        digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
        return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"
    return f"≈{float(value):.6g}"

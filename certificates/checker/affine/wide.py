"""Arrays of integers of any size, in digits of 24 bits, exact and fast.

A `Wide` is Σ digits[i]·2^(24·i): one int64 array a digit, the least significant first. Digits may
be larger than 24 bits and of either sign; `limit` bounds all of them and stays at most 2^62, so
that no operation overflows. `carried` brings every digit into [−2^23, 2^23].

Products of matrices go through float64 BLAS on single digits. A float64 sum of products of
integers is exact in any order, with or without fused multiply-add, while Σ|a||b| ≤ 2^53: every
partial sum is then an integer that float64 represents. `product` splits sums so that this holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from certificates.checker.integers import mantissas

__all__ = ["Floats", "Integers", "TooLargeError", "Wide", "beside", "float32_digits", "product"]

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

_BITS = 24
_MASK = (1 << _BITS) - 1
_HALF = 1 << (_BITS - 1)
_LIMIT = 1 << 62
_EXACT = 1 << 53
_MAX_DIGITS = 1024
_NONE = np.zeros((), dtype=np.int64)


class TooLargeError(Exception):
    """A number has more digits than are worth computing with."""


@dataclass(frozen=True, slots=True, eq=False)
class Wide:
    """Integers Σ digits[i]·2^(24·i), elementwise; every |digit| ≤ limit ≤ 2^62."""

    digits: tuple[Integers, ...]
    limit: int

    def __post_init__(self) -> None:
        if self.limit > _LIMIT:
            raise OverflowError("a digit could overflow")
        if len(self.digits) > _MAX_DIGITS:
            raise TooLargeError

    @classmethod
    def of_int64(cls, values: Integers) -> Wide:
        """The entries of an int64 array, each at most 2^62 in size."""
        return cls((values,), _largest(values))

    @classmethod
    def of(cls, values: Sequence[int]) -> Wide:
        """Python integers of any size as a column [n, 1]."""
        largest = max(max(values), -min(values))
        if largest < 1 << 38:
            column = np.array(values, dtype=np.int64)[:, None]
            return cls((column,), largest)
        digits = []
        rest = list(values)
        for _ in range(largest.bit_length() // _BITS + 1):
            digits.append(np.array([v & _MASK for v in rest], dtype=np.int64)[:, None])
            rest = [v >> _BITS for v in rest]
        # What is left is 0 or −1: the sign.
        digits.append(np.array(rest, dtype=np.int64)[:, None])
        return cls(tuple(digits), _MASK).carried()

    @classmethod
    def of_float32(cls, values: NDArray[np.float32]) -> tuple[Wide, int]:
        """Float32 numbers as integers over one power of two, exactly."""
        digits, den = float32_digits(values)
        return cls(tuple(digit.astype(np.int64) for digit in digits), _HALF), den

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of every digit."""
        return self.digits[0].shape

    def map(self, move: Callable[[Integers], Integers], growth: int = 1) -> Wide:
        """A function of each digit that moves entries, or adds up at most `growth` of them."""
        safe = self if self.limit * growth <= _LIMIT else self.carried()
        return Wide(tuple(move(digit) for digit in safe.digits), safe.limit * growth)

    def carried(self) -> Wide:
        """The same numbers with every digit in [−2^23, 2^23], without zeros on top.

        The sign of a number is then the sign of its highest digit that is not zero, because the
        lower ones together are smaller than one unit of it.
        """
        if self.limit <= _HALF:
            return self
        digits: list[Integers] = []
        carry: Integers | None = None
        for digit in self.digits:
            carry = _split(digit if carry is None else digit + carry, digits)
        while carry is not None and carry.any():
            carry = _split(carry, digits)
        while len(digits) > 1 and not digits[-1].any():
            digits.pop()
        return Wide(tuple(digits), _HALF)

    def __neg__(self) -> Wide:
        return Wide(tuple(-digit for digit in self.digits), self.limit)

    def __add__(self, other: Wide) -> Wide:
        x, y = self, other
        if x.limit + y.limit > _LIMIT:
            x, y = x.carried(), y.carried()
        pairs = zip_longest(x.digits, y.digits)
        digits = tuple(b if a is None else a if b is None else a + b for a, b in pairs)
        return Wide(digits, x.limit + y.limit)

    def __sub__(self, other: Wide) -> Wide:
        return self + -other

    def __mul__(self, other: Wide) -> Wide:
        """The elementwise product; shapes broadcast as in NumPy."""
        x, y = self, other
        terms = min(len(x.digits), len(y.digits))
        if x.limit * y.limit * terms > _LIMIT:
            x = x.carried()
            if x.limit * y.limit * min(len(x.digits), len(y.digits)) > _LIMIT:
                y = y.carried()
            terms = min(len(x.digits), len(y.digits))
        sums: list[Integers | None] = [None] * (len(x.digits) + len(y.digits) - 1)
        for i, a in enumerate(x.digits):
            for j, b in enumerate(y.digits):
                term, before = a * b, sums[i + j]
                sums[i + j] = term if before is None else before + term
        # Every place i + j has at least one product.
        return Wide(tuple(s for s in sums if s is not None), x.limit * y.limit * terms)

    def times(self, factor: int) -> Wide:
        """The product with one Python integer of any size."""
        if factor == 1:
            return self
        if factor == 0:
            return Wide((np.zeros_like(self.digits[0]),), 0)
        places = ((factor & -factor).bit_length() - 1) // _BITS
        rest = factor >> (_BITS * places)
        if abs(rest) < 1 << 38:
            safe = self if self.limit * abs(rest) <= _LIMIT else self.carried()
            scaled = Wide(tuple(d * rest for d in safe.digits), safe.limit * abs(rest))
        else:
            one = Wide.of([rest])
            column = tuple(d.reshape((1,) * len(self.shape)) for d in one.digits)
            scaled = self * Wide(column, one.limit)
        return scaled.shifted(places)

    def shifted(self, places: int) -> Wide:
        """The product with 2^(24·places)."""
        if places == 0:
            return self
        return Wide((np.zeros_like(self.digits[0]),) * places + self.digits, self.limit)

    def sign(self) -> Integers:
        """An array with the sign of every number (not its size)."""
        digits = (self if len(self.digits) == 1 else self.carried()).digits
        sign = digits[0]
        for digit in digits[1:]:
            sign = np.where(digit != 0, digit, sign)
        return sign

    def keep(self, mask: NDArray[np.bool_]) -> Wide:
        """The numbers where `mask` is true, zero elsewhere."""
        factor = mask.astype(np.int64)
        return Wide(tuple(digit * factor for digit in self.digits), self.limit)

    def positive(self) -> Wide:
        """max(number, 0)."""
        safe = self if len(self.digits) == 1 else self.carried()
        return safe.keep(safe.sign() > 0)

    def sum(self) -> Wide:
        """The sums over the first axis."""
        return self.map(lambda digit: digit.sum(axis=0), self.shape[0])

    def column(self, place: int) -> Wide:
        """One column of a matrix, flat."""
        return self.map(lambda digit: digit[:, place])

    def integers(self) -> list[int]:
        """The numbers of a flat array as Python integers."""
        digits = self.carried().digits
        # Two digits of at most 2^23 make one of less than 2^48.
        pairs = [
            low if high is None else low + (high << _BITS)
            for low, high in zip_longest(digits[::2], digits[1::2])
        ]
        *lower, highest = (pair.tolist() for pair in pairs)
        result: list[int] = highest
        for pair in reversed(lower):
            result = [(v << 2 * _BITS) + d for v, d in zip(result, pair, strict=True)]
        return result

    def at(self, *place: int) -> int:
        """One number."""
        return sum(int(digit[place]) << (_BITS * i) for i, digit in enumerate(self.digits))


def beside(parts: Sequence[Wide]) -> Wide:
    """Columns [n, c] of several, one beside the other."""
    length = max(len(part.digits) for part in parts)
    digits = []
    for i in range(length):
        pieces = [
            part.digits[i] if i < len(part.digits) else np.zeros(part.shape, dtype=np.int64)
            for part in parts
        ]
        digits.append(np.concatenate(pieces, axis=1))
    return Wide(tuple(digits), max(part.limit for part in parts))


def float32_digits(values: NDArray[np.float32]) -> tuple[list[Floats], int]:
    """Float32 numbers as digits over one power of two, exactly; |digit| ≤ 2^23, as float64.

    A mantissa, moved by its shift within a digit, has at most 24 + 23 bits: a digit with sign, a
    second one, and a carry. No two of them share a place, because each number has one shift.
    """
    signed, shifts, den = mantissas(values)
    rest, digits = signed << (shifts % _BITS), list[Integers]()
    while rest.any() or not digits:
        rest = _split(rest, digits)
    places = shifts // _BITS
    spread = [
        sum((np.where(places == place - i, digit, 0) for i, digit in enumerate(digits)), _NONE)
        for place in range(int(places.max(initial=0)) + len(digits))
    ]
    while len(spread) > 1 and not spread[-1].any():
        spread.pop()
    return [digit.astype(np.float64) for digit in spread], den


def product(left: Sequence[Floats], right: Wide) -> Wide:
    """The matrix product [M, K] @ [K, N], exactly; `left` as `float32_digits` gives it."""
    if right.limit > _EXACT >> 31:
        right = right.carried()
    rows, width = left[0].shape
    if len(right.digits) == 1 and (places := _units(right.digits[0])) is not None:
        # Unit rows only pick columns of the matrix.
        picked = tuple(part[:, places].astype(np.int64) for part in left)
        factors = right.digits[0][places, np.arange(right.shape[1])]
        return Wide(picked, _HALF) * Wide((factors,), right.limit)
    sums: list[Wide | None] = [None] * (len(left) + len(right.digits) - 1)
    for j, digit in enumerate(right.digits):
        largest = _largest(digit)
        if largest == 0:
            continue
        # At least 128, because the digits of `right` have at most 23 bits.
        step = min(width, _EXACT // (largest * _HALF))
        columns = digit.astype(np.float64)
        for i, part in enumerate(left):
            for start in range(0, width, step):
                piece = slice(start, start + step)
                # Here Σ|a||b| ≤ step·2^23·largest ≤ 2^53.
                exact = Wide(((part[:, piece] @ columns[piece]).astype(np.int64),), _EXACT)
                before = sums[i + j]
                sums[i + j] = exact if before is None else before + exact
    total = Wide((np.zeros((rows, right.shape[1]), dtype=np.int64),), 0)
    for place, term in enumerate(sums):
        if term is not None:
            total = total + term.shifted(place)
    return total


def _split(total: Integers, digits: list[Integers]) -> Integers:
    """Appends the balanced last digit of `total`, and returns what is carried on."""
    carry = total + _HALF
    carry >>= _BITS
    last = carry << _BITS
    digits.append(np.subtract(total, last, out=last))
    return carry


def _units(right: Integers) -> NDArray[np.intp] | None:
    """For each column the place of its only entry that is not zero; None where one has more."""
    if int(np.count_nonzero(right)) > right.shape[1]:
        return None
    places = (right != 0).argmax(axis=0)
    whole = int(np.count_nonzero(right[places, np.arange(right.shape[1])]))
    return places if whole == int(np.count_nonzero(right)) else None


def _largest(values: NDArray[Any]) -> int:
    return max(int(values.max(initial=0)), -int(values.min(initial=0)))

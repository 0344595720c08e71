"""How wide the digits of rows must be, so that no check fails for an overflow.

A mirror of the offsets that the functions of `Exec/Rows.lean` and `Exec/Affine.lean` compute: of
each number only its denominator and what its values cannot exceed. Nothing rests on it: too small a
width makes Lean refuse.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import lcm

__all__ = ["Size", "Widths"]


@dataclass(frozen=True, slots=True)
class Size:
    """Values over `den` that do not exceed `offset / den`."""

    den: int
    offset: int

    def plus(self, other: Size) -> Size:
        """Sums and differences."""
        den = lcm(self.den, other.den)
        return Size(den, den // self.den * self.offset + den // other.den * other.offset)


@dataclass
class Widths:
    """Collects what the digits of one batch must hold; `bits` is enough for all of it."""

    _largest: int = field(default=1)

    @property
    def bits(self) -> int:
        """The width for all digits, a multiple of 4."""
        return -(-self._largest.bit_length() // 4) * 4

    def hold(self, number: int) -> None:
        """A number that must be below two to the width."""
        self._largest = max(self._largest, number)

    def rows(self, size: Size) -> Size:
        """Rows or lanes."""
        self.hold(2 * size.offset)
        return size

    def linear(self, rows: Size, outputs: int, width: int, den: int) -> Size:
        """`Rows.linear`, for weights of `width` bits."""
        return self.rows(Size(rows.den * den, outputs * (rows.offset << width)))

    def conv(self, rows: Size, taps: int, width: int, den: int) -> Size:
        """`Rows.conv`: `taps` weights of `width` bits meet in one entry of the input."""
        bound = taps * (2 << width)
        self.hold(bound)
        return self.rows(Size(rows.den * den, bound * rows.offset))

    def scale(self, rows: Size, width: int, den: int) -> Size:
        """`Rows.scale`."""
        return self.rows(Size(rows.den * den, 2 * (rows.offset << width)))

    def dot(self, rows: Size, total: int, den: int) -> Size:
        """`Rows.dot` with a constant whose digits have the sum `total`."""
        return self.rows(Size(rows.den * den, rows.offset * total))

    def constants(
        self, rows: Size, relaxed: Size, slope: tuple[int, int], size: int, box: tuple[int, int]
    ) -> Size:
        """`TwoPiece.constants` for `size` entries; `box` is the box's (den, width)."""
        p, q = slope
        den = lcm(rows.den, relaxed.den)
        left, right = den // rows.den, den // relaxed.den
        up = left * rows.offset + right * relaxed.offset
        down = q * right * relaxed.offset + abs(p) * left * rows.offset
        term = (q * up + down) << box[1]
        self.hold(2 * term)
        self.hold(2 * size * term)
        return Size(den * q * box[0], size * term)

    def maxima(
        self, rows: Size, relaxed: Size, size: int, count: int, ends: tuple[int, int]
    ) -> Size:
        """`Maxima.cost` of `count` values with ends up to ends[1]/ends[0], for `size` entries."""
        den = lcm(rows.den, relaxed.den)
        value, given = den // rows.den * rows.offset, den // relaxed.den * relaxed.offset
        need = (3 * count + 4) * given + 3 * value
        one = need + 2 * count * value
        mean = (2 * count + 3) * value + (2 * count**2 + 7 * count + 4) * given
        offset = size * count * (need + one + mean) * ends[1]
        self.hold(4 * offset)
        return self.rows(Size(den * ends[0], offset))

    def sup(self, rows: Size, total: int, span: int, den: int) -> Size:
        """`Rows.sup`: digits of the lower ends with the sum `total`, widths with the sum `span`."""
        self.hold(2 * rows.offset)
        return self.rows(Size(rows.den * den, rows.offset * (total + span)))

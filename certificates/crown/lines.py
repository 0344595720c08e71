"""Relaxations of functions of one number: ReLU, leaky ReLU, absolute value, clipping."""

# NumPy's types call the result of arithmetic on arrays of any dtype Any.
# mypy: disable-error-code=no-any-return

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from certificates.crown.relaxation import Box, NonlinearRule, Owner, Pulled, Relaxed, dot
from runtime.devices import Array

__all__ = ["Clipping", "Lines", "LinesRelaxed", "TwoPieces", "two_piece_lines"]


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines value + s·(z − point) on one side of a function, with s = first + t·(last − first).

    Valid for every t in [0, 1]; `default` is the t that CROWN takes. All arrays are [B, *shape];
    `turn` = last − first, None where no line can be turned. `value` and `point` are None where
    both are zero throughout.
    """

    first: Array
    turn: Array | None
    default: Array | None
    point: Array | None
    value: Array | None

    def slope(self, owner: Owner, t: Array | None) -> Array:
        """Slopes for each row."""
        first = owner.of(self.first)
        if self.turn is None:
            return first
        used = owner.of(self.default) if t is None and self.default is not None else t
        return first + used * owner.of(self.turn)

    def intercept(self, owner: Owner, slope: Array) -> Array | None:
        """Values of the lines at zero for each row, for the slopes in use."""
        if self.point is None or self.value is None:
            return None
        return owner.of(self.value) - slope * owner.of(self.point)

    def fixed(self) -> tuple[Array, Array | None]:
        """Default slopes and intercepts, [B, *shape]."""
        everyone = Owner(None)
        slope = self.slope(everyone, None)
        return slope, self.intercept(everyone, slope)


class LinesRelaxed(Relaxed):
    """Lines above for positive coefficients, lines below for negative ones."""

    def __init__(self, xp: Any, above: Lines, below: Lines) -> None:
        self._xp, self.above, self.below = xp, above, below
        self._default = above.fixed(), below.fixed()

    def pull(self, a: Array, owner: Owner, t: Array | None) -> Pulled:
        xp = self._xp
        if t is None:
            sides = [(owner.of(s), None if c is None else owner.of(c)) for s, c in self._default]
        else:
            slopes = [lines.slope(owner, t) for lines in (self.above, self.below)]
            sides = [
                (slope, lines.intercept(owner, slope))
                for slope, lines in zip(slopes, (self.above, self.below), strict=True)
            ]
        (above, high), (below, low) = sides
        positive = xp.maximum(a, 0)
        total = xp.zeros(a.shape[0], dtype=a.dtype)
        if high is not None:
            total += dot(xp, positive, high)
        if low is not None:
            total += dot(xp, a - positive, low)
        pulled = a * below
        positive *= above - below
        pulled += positive
        return Pulled([pulled], total)

    def start(self, a: Array, owner: Owner) -> Array | None:
        above, below = self.above.default, self.below.default
        if above is not None and below is not None:
            return self._xp.where(a > 0, owner.of(above), owner.of(below))
        only = below if above is None else above
        if only is None:
            return None
        return self._xp.array(self._xp.broadcast_to(owner.of(only), a.shape))

    def lift(
        self, a: Array, owner: Owner, t: Array | None, z: list[Array]
    ) -> tuple[Array, Array | None]:
        xp = self._xp
        up = a > 0
        sides, turns = [], []
        for lines in (self.above, self.below):
            way = z[0] if lines.point is None else z[0] - owner.of(lines.point)
            side = lines.slope(owner, t) * way
            sides.append(side if lines.value is None else side + owner.of(lines.value))
            turns.append(None if lines.turn is None else owner.of(lines.turn) * way)
        lifted = xp.where(up, *sides)
        if t is None or (turns[0] is None and turns[1] is None):
            return lifted, None
        zero = xp.zeros((), dtype=a.dtype)
        turned = xp.where(up, *(zero if turn is None else turn for turn in turns))
        return lifted, a * turned

    def along(self, owner: Owner, z: list[Array]) -> Array:
        return owner.of(self._default[0][0]) * z[0]


def two_piece_lines(xp: Any, lo: Array, hi: Array, s: float) -> LinesRelaxed:
    """Lines of f(z) = z for z ≥ 0, s·z for z ≤ 0 on [lo, hi].

    On the side of the chord (above where s ≤ 1) the line joins both ends; on the other it goes
    through zero with any slope between s and 1, by default the one that leaves less area.
    """
    left, right = xp.minimum(lo, 0), xp.maximum(hi, 0)
    bent = (lo < 0) & (hi > 0)
    width = xp.where(bent, right - left, 1)
    exact = xp.where(hi > 0, 1.0, s).astype(lo.dtype)
    chord_slope = xp.where(bent, (right - s * left) / width, exact)
    # The chord's value at zero; zero where the function is linear on the box.
    height = xp.where(bent, -right * left * (1 - s) / width, 0).astype(lo.dtype)
    chord = Lines(chord_slope, None, None, xp.zeros_like(lo), height)
    first = xp.where(bent, s, exact).astype(lo.dtype)
    turn = xp.where(bent, 1 - s, 0).astype(lo.dtype)
    default = (right > -left).astype(lo.dtype)
    free = Lines(first, turn, default, None, None)
    return LinesRelaxed(xp, chord, free) if s <= 1 else LinesRelaxed(xp, free, chord)


class TwoPieces(NonlinearRule):
    """`Relu` (s = 0), `LeakyRelu` (s = alpha), `Abs` (s = −1)."""

    def __init__(self, xp: Any, slope: float) -> None:
        self._xp, self.slope = xp, slope

    def _value(self, z: Array) -> Array:
        return self._xp.where(z >= 0, z, self.slope * z)

    def box(self, boxes: list[Box]) -> Box:
        xp = self._xp
        lo, hi = boxes[0]
        at_lo, at_hi = self._value(lo), self._value(hi)
        if self.slope >= 0:
            return at_lo, at_hi
        # A negative slope turns at zero, where the least value lies.
        lowest = xp.where((lo < 0) & (hi > 0), 0, xp.minimum(at_lo, at_hi))
        return lowest, xp.maximum(at_lo, at_hi)

    def loose(self, boxes: list[Box]) -> list[Array]:
        lo, hi = boxes[0]
        return [(lo < 0) & (hi > 0)]

    def relax(self, boxes: list[Box]) -> LinesRelaxed:
        return two_piece_lines(self._xp, *boxes[0], self.slope)


class Clipping(NonlinearRule):
    """`Clip`: min(max(z, low), high), either end possibly infinite."""

    def __init__(self, xp: Any, low: float, high: float) -> None:
        self._xp, self._low, self._high = xp, low, high

    def box(self, boxes: list[Box]) -> Box:
        clip: Callable[..., Array] = self._xp.clip
        return clip(boxes[0][0], self._low, self._high), clip(boxes[0][1], self._low, self._high)

    def _bent(self, lo: Array, hi: Array) -> tuple[Array, Array]:
        """Whether the box has a bend inside: at `low`, at `high`."""
        return (lo < self._low) & (hi > self._low), (lo < self._high) & (hi > self._high)

    def loose(self, boxes: list[Box]) -> list[Array]:
        at_low, at_high = self._bent(*boxes[0])
        return [at_low | at_high]

    def relax(self, boxes: list[Box]) -> LinesRelaxed:
        xp = self._xp
        lo, hi = boxes[0]
        value_lo, value_hi = self.box(boxes)
        at_low, at_high = self._bent(lo, hi)
        width = xp.where(hi > lo, hi - lo, 1)
        over = xp.where(at_high, hi - self._high, 0)
        under = xp.where(at_low, self._low - lo, 0)
        inside = (lo >= self._low) & (hi <= self._high)
        # Without the other bend, the chord joins both ends.
        chord = xp.where(hi > lo, (value_hi - value_lo) / width, inside.astype(lo.dtype))
        # Above: around (high, high), between flat and the line through the left end.
        reach = xp.where(at_high, self._high - lo, 1)
        steep = xp.where(at_high, (self._high - value_lo) / reach, chord)
        flat_cost = self._high - value_lo
        above = Lines(
            xp.where(at_high, 0, chord),
            xp.where(at_high, steep, 0),
            (steep * over < flat_cost).astype(lo.dtype),
            xp.where(at_high, self._high, hi),
            xp.where(at_high, self._high, value_hi),
        )
        # Below: the mirror image around (low, low).
        reach = xp.where(at_low, hi - self._low, 1)
        steep = xp.where(at_low, (value_hi - self._low) / reach, chord)
        flat_cost = value_hi - self._low
        below = Lines(
            xp.where(at_low, 0, chord),
            xp.where(at_low, steep, 0),
            (steep * under < flat_cost).astype(lo.dtype),
            xp.where(at_low, self._low, lo),
            xp.where(at_low, self._low, value_lo),
        )
        return LinesRelaxed(xp, above, below)

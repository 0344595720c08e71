"""Relaxations of maxima: of two tensors, and over windows."""

# NumPy's types call the result of arithmetic on arrays of any dtype Any.
# mypy: disable-error-code=no-any-return

from __future__ import annotations

import math
from typing import Any

from certificates.crown.lines import LinesRelaxed, two_piece_lines
from certificates.crown.relaxation import Box, NonlinearRule, Owner, Pulled, Relaxed, dot
from certificates.crown.windows import Windows
from runtime.devices import Array

__all__ = ["Extreme", "WindowMaximum"]


class Extreme(NonlinearRule):
    """`Maximum` (sign 1) and `Minimum` (sign −1) of two inputs.

    max(x, y) = y + relu(x − y) and min(x, y) = y − relu(y − x), with the box of the difference.
    """

    def __init__(self, xp: Any, sign: int) -> None:
        self._xp, self._sign = xp, sign

    def _difference(self, boxes: list[Box]) -> Box:
        (x_lo, x_hi), (y_lo, y_hi) = boxes
        if self._sign > 0:
            return x_lo - y_hi, x_hi - y_lo
        return y_lo - x_hi, y_hi - x_lo

    def box(self, boxes: list[Box]) -> Box:
        pick = self._xp.maximum if self._sign > 0 else self._xp.minimum
        return pick(boxes[0][0], boxes[1][0]), pick(boxes[0][1], boxes[1][1])

    def loose(self, boxes: list[Box]) -> list[Array]:
        lo, hi = self._difference(boxes)
        crosses = (lo < 0) & (hi > 0)
        return [crosses, crosses]

    def relax(self, boxes: list[Box]) -> Relaxed:
        lines = two_piece_lines(self._xp, *self._difference(boxes), 0.0)
        return _ExtremeRelaxed(lines, self._sign)


class _ExtremeRelaxed(Relaxed):
    """a·max(x, y) = a·y + a·relu(x − y); a·min(x, y) = a·y + (−a)·relu(y − x)."""

    def __init__(self, lines: LinesRelaxed, sign: int) -> None:
        self._lines, self._sign = lines, sign

    def pull(self, a: Array, owner: Owner, t: Array | None) -> Pulled:
        inner = self._lines.pull(self._sign * a, owner, t)
        share = self._sign * inner.arguments[0]
        return Pulled([share, a - share], inner.constant)

    def start(self, a: Array, owner: Owner) -> Array | None:
        return self._lines.start(self._sign * a, owner)

    def lift(
        self, a: Array, owner: Owner, t: Array | None, z: list[Array]
    ) -> tuple[Array, Array | None]:
        difference = self._sign * (z[0] - z[1])
        lifted, turned = self._lines.lift(self._sign * a, owner, t, [difference])
        return z[1] + self._sign * lifted, turned

    def along(self, owner: Owner, z: list[Array]) -> Array:
        difference = self._sign * (z[0] - z[1])
        return z[1] + self._sign * self._lines.along(owner, [difference])


class WindowMaximum(NonlinearRule):
    """`MaxPool2d`; the padding takes no part.

    From above, with p the largest lower end of a window: each entry that can exceed p enters with
    the slope of the chord of max(z − p, 0), the others not at all; where one entry is never below
    the others, that is the entry itself. From below, one entry: the one with the largest lower end
    where it dominates, else the largest center.
    """

    def __init__(self, xp: Any, windows: Windows) -> None:
        self._xp, self._windows = xp, windows

    def _gather(self, x: Array, fill: float) -> Array:
        return self._windows.gather(self._xp, x, fill)

    def box(self, boxes: list[Box]) -> Box:
        lo, hi = (self._gather(end, -math.inf).max(axis=2) for end in boxes[0])
        return lo, hi

    def loose(self, boxes: list[Box]) -> list[Array]:
        xp = self._xp
        lo, hi = (self._gather(end, -math.inf) for end in boxes[0])
        best, alone = self._best(lo, hi)
        contested = (best | (hi > lo.max(axis=2, keepdims=True))) & ~alone
        return [self._windows.scatter(xp, contested.astype(lo.dtype)) > 0]

    def _best(self, lo: Array, hi: Array) -> tuple[Array, Array]:
        """The entry with the largest lower end, and whether no other can exceed that end."""
        taps = self._xp.arange(lo.shape[2])[:, None, None]
        best = taps == lo.argmax(axis=2)[:, :, None]
        others = self._xp.where(best, -math.inf, hi).max(axis=2, keepdims=True)
        return best, others <= lo.max(axis=2, keepdims=True)

    def relax(self, boxes: list[Box]) -> Relaxed:
        xp = self._xp
        lo, hi = (self._gather(end, -math.inf) for end in boxes[0])
        floor = lo.max(axis=2, keepdims=True)
        best, alone = self._best(lo, hi)
        above = hi > floor
        width = xp.where(above, hi, 1) - xp.where(above, lo, 0)
        upper = xp.where(above, (xp.where(above, hi, 0) - floor) / width, 0)
        upper = xp.where(alone, best, upper).astype(lo.dtype)
        # The least c with max_j z_j ≤ Σ upper_i·z_i + c: at the worst j, z_j high, others low.
        low = xp.where(upper > 0, lo, 0)
        falls = upper * low
        rest = -falls.sum(axis=2, keepdims=True)
        own = xp.where(upper < 1, (1 - upper) * hi, 0) + falls
        lift = xp.where(alone, 0, own.max(axis=2, keepdims=True) + rest)[:, :, 0]
        middle = (lo + hi).argmax(axis=2)[:, :, None]
        lower = xp.where(alone, best, xp.arange(lo.shape[2])[:, None, None] == middle)
        return _WindowsRelaxed(xp, self._windows, upper, lift, lower.astype(lo.dtype))


class _WindowsRelaxed(Relaxed):
    """Slopes [B, C, taps, oh, ow] above and below, and the height [B, C, oh, ow] above."""

    def __init__(self, xp: Any, windows: Windows, upper: Array, lift: Array, lower: Array) -> None:
        self._xp, self._windows = xp, windows
        self._upper, self._lift, self._lower = upper, lift, lower

    def _slopes(self, a: Array, owner: Owner) -> Array:
        return self._xp.where(a[:, :, None] > 0, owner.of(self._upper), owner.of(self._lower))

    def pull(self, a: Array, owner: Owner, t: Array | None) -> Pulled:
        seen = a[:, :, None] * self._slopes(a, owner)
        constant = dot(self._xp, self._xp.maximum(a, 0), owner.of(self._lift))
        return Pulled([self._windows.scatter(self._xp, seen)], constant)

    def start(self, a: Array, owner: Owner) -> Array | None:
        return None

    def lift(
        self, a: Array, owner: Owner, t: Array | None, z: list[Array]
    ) -> tuple[Array, Array | None]:
        seen = self._windows.gather(self._xp, z[0])
        lifted = (seen * self._slopes(a, owner)).sum(axis=2)
        return lifted + self._xp.where(a > 0, owner.of(self._lift), 0), None

    def along(self, owner: Owner, z: list[Array]) -> Array:
        return (self._windows.gather(self._xp, z[0]) * owner.of(self._upper)).sum(axis=2)

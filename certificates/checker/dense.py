"""The interval rules of the operators with weights, in Python integers.

Each term of a sum takes the end that the sign of its weight asks for; the producer uses centers and
radii. Many sums are computed at a time, in the fields of long integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from math import lcm

import numpy as np

from certificates.checker import geometry
from certificates.checker.bounds import Bounds, Shape
from certificates.checker.integers import MANTISSA_BITS, mantissas, scalar, scaled
from certificates.checker.packing import Packing
from runtime.graph import ops

__all__ = ["affine", "conv2d", "linear"]

_BLOCK_BYTES = 1 << 24
"""About how much is packed at a time."""


@dataclass(frozen=True, slots=True)
class _Sum:
    """sums/den + bias/bias_den over a common denominator: sums·factor + shift, for each row."""

    factor: int
    shift: list[int]
    den: int

    @classmethod
    def of(cls, den: int, bias: list[int], bias_den: int) -> _Sum:
        common = lcm(den, bias_den)
        return cls(common // den, [b * (common // bias_den) for b in bias], common)

    def packing(self, limit: int) -> Packing:
        """Fields for sums·factor + shift where the sums are at most `limit` in size."""
        return Packing(limit * self.factor + _largest(self.shift))


def linear(op: ops.Linear, x: Bounds, out: Shape) -> Bounds:
    """weight @ x + bias; the rows of the result share long integers."""
    signed, shifts, weight_den = mantissas(op.weight)
    total = _Sum.of(weight_den * x.den, *scaled(op.bias))
    # Elements that are zero on the whole box, such as units that are off, add nothing.
    live = [j for j, (a, b) in enumerate(zip(x.lo, x.hi, strict=True)) if a or b]
    room = sum(max(abs(x.lo[j]), abs(x.hi[j])) for j in live)
    packing = total.packing(max(room, 1) << (MANTISSA_BITS + int(shifts.max(initial=0))))
    rows = op.weight.shape[0]
    step = max(1, _BLOCK_BYTES // (rows * packing.size))
    low = high = 0
    for start in range(0, len(live), step):
        columns = live[start : start + step]
        moved = shifts[:, columns].T
        rises = packing.shifted(np.maximum(signed[:, columns].T, 0), moved)
        falls = packing.shifted(np.maximum(-signed[:, columns].T, 0), moved)
        for j, rise, fall in zip(columns, rises, falls, strict=True):
            low += x.lo[j] * rise - x.hi[j] * fall
            high += x.hi[j] * rise - x.lo[j] * fall
    shift = packing.packed(packing.fields(total.shift))
    lo = packing.unpacked(low * total.factor + shift, rows)
    hi = packing.unpacked(high * total.factor + shift, rows)
    return Bounds(lo, hi, total.den, out)


@dataclass(frozen=True, slots=True)
class _Image:
    """The ends of an image [C, H, W] as fields, with one zero after the last element."""

    packing: Packing
    plane: int
    lower: list[bytes]
    upper: list[bytes]

    def seen(self, channel: int, taps: Sequence[int | None]) -> tuple[int, int]:
        """The ends that one tap of a kernel reads, for many windows; None is the padding's zero."""
        start, zero = channel * self.plane, len(self.lower) - 1
        at = [zero if tap is None else start + tap for tap in taps]
        below = self.packing.packed([self.lower[i] for i in at])
        return below, self.packing.packed([self.upper[i] for i in at])


def conv2d(op: ops.Conv2d, x: Bounds, out: Shape) -> Bounds:
    """Cross-correlation with zero padding; the windows that a filter sees share long integers."""
    weight, weight_den = scaled(op.weight)
    total = _Sum.of(weight_den * x.den, *scaled(op.bias))
    channels, per_group, *kernel = op.weight.shape
    size, share = len(weight) // channels, channels // op.groups
    windows = geometry.taps(
        x.shape, out, (kernel[0], kernel[1]), op.stride, op.padding, op.dilation
    )
    packing = total.packing(_largest(x.lo + x.hi) * size * _largest(weight))
    image = _Image(
        packing, x.shape[1] * x.shape[2], packing.fields([*x.lo, 0]), packing.fields([*x.hi, 0])
    )
    lows: list[list[int]] = [[] for _ in range(channels)]
    highs: list[list[int]] = [[] for _ in range(channels)]
    step = max(1, _BLOCK_BYTES // (size * packing.size))
    for start in range(0, len(windows), step):
        block = windows[start : start + step]
        one = packing.packed(packing.fields([1] * len(block)))
        for group in range(op.groups):
            seen = [
                image.seen(channel, taps)
                for channel in range(group * per_group, (group + 1) * per_group)
                for taps in zip(*block, strict=True)
            ]
            for filter_ in range(group * share, (group + 1) * share):
                row = weight[filter_ * size : (filter_ + 1) * size]
                shift = total.shift[filter_] * one
                low = sum(w * ends[w < 0] for w, ends in zip(row, seen, strict=True))
                high = sum(w * ends[w > 0] for w, ends in zip(row, seen, strict=True))
                lows[filter_] += packing.unpacked(low * total.factor + shift, len(block))
                highs[filter_] += packing.unpacked(high * total.factor + shift, len(block))
    lo, hi = (list(chain.from_iterable(end)) for end in (lows, highs))
    return Bounds(lo, hi, total.den, out)


def _largest(values: list[int]) -> int:
    """The largest size, at least 1."""
    return max(max(values), -min(values), 1)


def affine(op: ops.Affine, x: Bounds, out: Shape) -> Bounds:
    """x * scale / divisor + shift, block by block."""
    scale, scale_den = scaled(op.scale)
    shift, shift_den = scaled(op.shift)
    block = len(x.lo) // len(scale)
    # Channel c multiplies by numerators[c] / den: a divisor n/d turns into d/n, signs kept on top.
    numerators, den = scale, scale_den
    if op.divisor is not None:
        ratios = [scalar(value) for value in op.divisor.tolist()]
        common = lcm(*(abs(n) for n, _ in ratios))
        numerators = [s * d * (common // n) for s, (n, d) in zip(scale, ratios, strict=True)]
        den = scale_den * common
    factors = [n for n in numerators for _ in range(block)]
    total = _Sum.of(den * x.den, [b for b in shift for _ in range(block)], shift_den)
    terms = list(zip(factors, x.lo, x.hi, total.shift, strict=True))
    lo = [f * (a if f >= 0 else b) * total.factor + c for f, a, b, c in terms]
    hi = [f * (b if f >= 0 else a) * total.factor + c for f, a, b, c in terms]
    return Bounds(lo, hi, total.den, out)

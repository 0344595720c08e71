"""The interval rules of the operators with weights, in Python integers.

Sums start from the lower ends; the producer uses centers and radii.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import lcm
from operator import mul

from certificates.checker import geometry
from certificates.checker.bounds import Bounds, Shape
from certificates.checker.integers import scalar, scaled
from runtime.graph import ops

__all__ = ["affine", "conv2d", "linear"]


@dataclass(frozen=True, slots=True)
class _Matrix:
    """Rows of integer weights, and the same rows with the negative weights set to zero."""

    rows: list[list[int]]
    positive: list[list[int]]

    @classmethod
    def of(cls, flat: list[int], width: int) -> _Matrix:
        rows = [flat[i : i + width] for i in range(0, len(flat), width)]
        return cls(rows, [[w if w > 0 else 0 for w in row] for row in rows])

    def part(self, rows: slice) -> _Matrix:
        return _Matrix(self.rows[rows], self.positive[rows])

    def bounds(self, lo: Sequence[int], hi: Sequence[int]) -> tuple[list[int], list[int]]:
        """For each row the ends of Σ w_j x_j: from Σ w_j lo_j, x_j can rise by hi_j − lo_j.

        Where w_j is positive that raises the sum, where it is negative it lowers it.
        """
        room = [b - a for a, b in zip(lo, hi, strict=True)]
        lows, highs = [], []
        for row, positive in zip(self.rows, self.positive, strict=True):
            start = sum(map(mul, row, lo))
            rise = sum(map(mul, positive, room))
            highs.append(start + rise)
            lows.append(start + sum(map(mul, row, room)) - rise)
        return lows, highs


def _shifted(sums: list[int], den: int, shift: list[int], shift_den: int) -> list[int]:
    """sums/den + shift/shift_den over lcm(den, shift_den)."""
    common = lcm(den, shift_den)
    f, g = common // den, common // shift_den
    return [s * f + b * g for s, b in zip(sums, shift, strict=True)]


def linear(op: ops.Linear, x: Bounds, out: Shape) -> Bounds:
    """weight @ x + bias."""
    weight, weight_den = scaled(op.weight)
    bias, bias_den = scaled(op.bias)
    den = weight_den * x.den
    lo, hi = _Matrix.of(weight, len(x.lo)).bounds(x.lo, x.hi)
    return Bounds(
        _shifted(lo, den, bias, bias_den),
        _shifted(hi, den, bias, bias_den),
        lcm(den, bias_den),
        out,
    )


def conv2d(op: ops.Conv2d, x: Bounds, out: Shape) -> Bounds:
    """Cross-correlation with zero padding, window by window."""
    weight, weight_den = scaled(op.weight)
    bias, bias_den = scaled(op.bias)
    channels, per_group, kh, kw = op.weight.shape
    plane = x.shape[1] * x.shape[2]
    windows = geometry.taps(
        x.shape,
        out,
        (kh, kw),
        op.stride,
        op.padding,
        op.dilation,
    )
    matrix = _Matrix.of(weight, per_group * kh * kw)
    # Zero padding: one zero after the last element, where the padding's taps point.
    padded_lo, padded_hi, zero = [*x.lo, 0], [*x.hi, 0], len(x.lo)
    lo = [0] * (channels * len(windows))
    hi = list(lo)
    share = channels // op.groups
    for group in range(op.groups):
        filters = matrix.part(slice(group * share, (group + 1) * share))
        for position, window in enumerate(windows):
            at = [
                zero if tap is None else (group * per_group + channel) * plane + tap
                for channel in range(per_group)
                for tap in window
            ]
            seen = [padded_lo[i] for i in at], [padded_hi[i] for i in at]
            where = slice(
                group * share * len(windows) + position,
                (group + 1) * share * len(windows),
                len(windows),
            )
            lo[where], hi[where] = filters.bounds(*seen)
    den = weight_den * x.den
    spread = [b for b in bias for _ in windows]
    return Bounds(
        _shifted(lo, den, spread, bias_den),
        _shifted(hi, den, spread, bias_den),
        lcm(den, bias_den),
        out,
    )


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
    spread = [b for b in shift for _ in range(block)]
    lo = [f * (a if f >= 0 else b) for f, a, b in zip(factors, x.lo, x.hi, strict=True)]
    hi = [f * (b if f >= 0 else a) for f, a, b in zip(factors, x.lo, x.hi, strict=True)]
    den *= x.den
    return Bounds(
        _shifted(lo, den, spread, shift_den),
        _shifted(hi, den, spread, shift_den),
        lcm(den, shift_den),
        out,
    )

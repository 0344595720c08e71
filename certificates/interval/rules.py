"""Interval rules of all operators in float64, rounded outward, on batches of boxes [B, *shape].

Each result contains the exact rule's result; `rounding` has the proof. Constants are float32 and
therefore exact in float64.
"""

from __future__ import annotations

import math
from functools import singledispatch

import numpy as np

from certificates.interval.rounding import Floats, clean, dot_error, down, up
from runtime.errors import UnsupportedError
from runtime.graph import arrays, ops

__all__ = ["Interval", "propagate"]

Interval = tuple[Floats, Floats]


def propagate(op: ops.Op, inputs: list[Interval], batch: int) -> Interval:
    """Bounds of the operator's result from bounds of its inputs, [B, *shape] each.

    Raises UnsupportedError for an operator without a rule.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        if isinstance(op, ops.Constant):
            value = np.broadcast_to(op.value.astype(np.float64), (batch, *op.value.shape))
            return value, value
        if len(inputs) == 2:
            return clean(*_binary(op, inputs[0], inputs[1]))
        return clean(*_unary(op, *inputs[0]))


def _binary(op: ops.Op, x: Interval, y: Interval) -> Interval:
    match op:
        case ops.Add():
            return down(x[0] + y[0]), up(x[1] + y[1])
        case ops.Sub():
            return down(x[0] - y[1]), up(x[1] - y[0])
        case ops.Maximum():
            return np.maximum(x[0], y[0]), np.maximum(x[1], y[1])
        case ops.Minimum():
            return np.minimum(x[0], y[0]), np.minimum(x[1], y[1])
        case ops.Concat():
            lo = arrays.concatenate(x[0], y[0], op.axis)
            return lo, arrays.concatenate(x[1], y[1], op.axis)
    raise UnsupportedError(f"The operator {op.kind} has no interval rule; remove it.")


def _middle(lo: Floats, hi: Floats) -> tuple[Floats, Floats]:
    """Center c and radius r with c − r ≤ lo and hi ≤ c + r.

    Any c is right if r covers both distances, and those are rounded up.
    """
    center = lo / 2 + hi / 2
    return center, np.maximum(up(hi - center), up(center - lo))


def _enclose(value: Floats, spread: Floats, magnitude: Floats, terms: int) -> Interval:
    """value ± spread for two computed sums of `terms` products with computed Σ|a||b| ≤ magnitude.

    `magnitude` covers both sums; the room in `dot_error` covers the roundings of adding up.
    """
    room = up(spread + dot_error(terms, magnitude))
    return _known(value, down(value - room), up(value + room))


def _known(sums: Floats, lo: Floats, hi: Floats) -> Interval:
    """No bound at all where a sum overflowed: a partial sum may have, and the whole need not."""
    finite = np.isfinite(sums)
    return np.where(finite, lo, -np.inf), np.where(finite, hi, np.inf)


@singledispatch
def _unary(op: ops.Op, lo: Floats, hi: Floats) -> Interval:
    if not isinstance(op, ops.Flatten | ops.Reshape | ops.Transpose | ops.Slice):
        raise UnsupportedError(f"The operator {op.kind} has no interval rule; remove it.")
    return arrays.move(op, lo), arrays.move(op, hi)


@_unary.register
def _(op: ops.Linear, lo: Floats, hi: Floats) -> Interval:
    weight, bias = op.weight.astype(np.float64).T, op.bias.astype(np.float64)
    center, radius = _middle(lo, hi)
    absolute = np.abs(weight)
    spread = radius @ absolute
    magnitude = np.abs(center) @ absolute + spread + np.abs(bias)
    return _enclose(center @ weight + bias, spread, magnitude, weight.shape[0] + 1)


@_unary.register
def _(op: ops.Conv2d, lo: Floats, hi: Floats) -> Interval:
    channels, height, width = op.infer([lo.shape[1:]])
    taps = math.prod(op.weight.shape[1:])
    kernel = op.weight.astype(np.float64).reshape(op.groups, channels // op.groups, taps)
    bias = op.bias.astype(np.float64)[:, None, None]

    def correlate(values: Floats, kernel: Floats) -> Floats:
        seen = arrays.windows(values, op.kernel, op.stride, op.padding, op.dilation)
        columns = seen.transpose(0, 1, 4, 5, 2, 3).reshape(-1, op.groups, taps, height * width)
        return np.asarray(np.matmul(kernel, columns)).reshape(-1, channels, height, width)

    center, radius = _middle(lo, hi)
    absolute = np.abs(kernel)
    spread = correlate(radius, absolute)
    magnitude = correlate(np.abs(center), absolute) + spread + np.abs(bias)
    return _enclose(correlate(center, kernel) + bias, spread, magnitude, taps + 1)


@_unary.register
def _(op: ops.Affine, lo: Floats, hi: Floats) -> Interval:
    count = op.scale.size
    scale = op.scale.astype(np.float64)[:, None]
    shift = op.shift.astype(np.float64)[:, None]
    one, other = (arrays.per_channel(end, count) * scale for end in (lo, hi))
    if op.divisor is not None:
        # Products of two float32-sized factors; each end is rounded at every step.
        divisor = op.divisor.astype(np.float64)[:, None]
        low = np.minimum(down(one) / divisor, up(one) / divisor)
        low = np.minimum(low, np.minimum(down(other) / divisor, up(other) / divisor))
        high = np.maximum(down(one) / divisor, up(one) / divisor)
        high = np.maximum(high, np.maximum(down(other) / divisor, up(other) / divisor))
    else:
        low, high = np.minimum(one, other), np.maximum(one, other)
    result_lo, result_hi = down(down(low) + shift), up(up(high) + shift)
    return result_lo.reshape(lo.shape), result_hi.reshape(hi.shape)


@_unary.register
def _(op: ops.Neg, lo: Floats, hi: Floats) -> Interval:
    return -hi, -lo


@_unary.register
def _(op: ops.Abs, lo: Floats, hi: Floats) -> Interval:
    return np.maximum(np.maximum(lo, -hi), 0.0), np.maximum(-lo, hi)


@_unary.register
def _(op: ops.Relu, lo: Floats, hi: Floats) -> Interval:
    return np.maximum(lo, 0.0), np.maximum(hi, 0.0)


@_unary.register
def _(op: ops.LeakyRelu, lo: Floats, hi: Floats) -> Interval:
    alpha = float(op.alpha)
    low, high = (np.where(end >= 0, end, down(end * alpha)) for end in (lo, hi))
    low_up, high_up = (np.where(end >= 0, end, up(end * alpha)) for end in (lo, hi))
    if alpha >= 0:
        return low, high_up
    # A negative slope turns left of zero, where the least value 0 lies.
    crosses = (lo < 0) & (hi > 0)
    return np.where(crosses, 0.0, np.minimum(low, high)), np.maximum(low_up, high_up)


@_unary.register
def _(op: ops.Clip, lo: Floats, hi: Floats) -> Interval:
    low = -np.inf if op.low is None else float(op.low)
    high = np.inf if op.high is None else float(op.high)
    return np.clip(lo, low, high), np.clip(hi, low, high)


@_unary.register
def _(op: ops.Pad, lo: Floats, hi: Floats) -> Interval:
    value = float(op.value)
    return (
        arrays.pad(lo, op.before, op.after, value),
        arrays.pad(hi, op.before, op.after, value),
    )


@_unary.register
def _(op: ops.MaxPool2d, lo: Floats, hi: Floats) -> Interval:
    window = (op.kernel, op.stride, op.padding, op.dilation)
    return arrays.max_windows(lo, *window), arrays.max_windows(hi, *window)


def _mean(
    sums: tuple[Floats, Floats], sizes: tuple[Floats, Floats], terms: int, counts: object
) -> Interval:
    """Sums of lower and upper ends with the sums of their sizes |·|, then divided by `counts`."""
    divisor = np.asarray(counts, dtype=np.float64)
    lo, _ = _known(sums[0], down(sums[0] - dot_error(terms, sizes[0])), sums[0])
    _, hi = _known(sums[1], sums[1], up(sums[1] + dot_error(terms, sizes[1])))
    return down(lo / divisor), up(hi / divisor)


@_unary.register
def _(op: ops.AvgPool2d, lo: Floats, hi: Floats) -> Interval:
    ends = [arrays.windows(end, op.kernel, op.stride, op.padding, (1, 1)) for end in (lo, hi)]
    counts = arrays.window_counts(op, lo.shape[2:])
    sums = ends[0].sum(axis=(4, 5)), ends[1].sum(axis=(4, 5))
    sizes = np.abs(ends[0]).sum(axis=(4, 5)), np.abs(ends[1]).sum(axis=(4, 5))
    return _mean(sums, sizes, math.prod(op.kernel), counts)


def _reduced(
    lo: Floats, hi: Floats, axes: tuple[int, ...], keepdims: bool, *, mean: bool
) -> Interval:
    count = math.prod(lo.shape[axis] for axis in axes)
    sums = lo.sum(axis=axes, keepdims=keepdims), hi.sum(axis=axes, keepdims=keepdims)
    sizes = (
        np.abs(lo).sum(axis=axes, keepdims=keepdims),
        np.abs(hi).sum(axis=axes, keepdims=keepdims),
    )
    return _mean(sums, sizes, count, count if mean else 1)


@_unary.register
def _(op: ops.GlobalAvgPool, lo: Floats, hi: Floats) -> Interval:
    return _reduced(lo, hi, (2, 3), True, mean=True)


@_unary.register
def _(op: ops.ReduceSum, lo: Floats, hi: Floats) -> Interval:
    return _reduced(lo, hi, tuple(axis + 1 for axis in op.axes), op.keepdims, mean=False)


@_unary.register
def _(op: ops.ReduceMean, lo: Floats, hi: Floats) -> Interval:
    return _reduced(lo, hi, tuple(axis + 1 for axis in op.axes), op.keepdims, mean=True)

"""The interval rules of all operators, in Python integers.

Independent of the producer on purpose: flat lists and index arithmetic instead of arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import singledispatch
from itertools import chain
from math import lcm

from certificates.checker import geometry
from certificates.checker.bounds import Bounds, NoRuleError, Shape
from certificates.checker.dense import affine, conv2d, linear
from certificates.checker.integers import scalar, scaled
from runtime.graph import ops

__all__ = ["apply"]


def apply(op: ops.Op, inputs: Sequence[Bounds], out: Shape) -> Bounds:
    """What the operator's interval rule makes of the bounds of its inputs; `out` is the shape.

    Raises NoRuleError for an operator that is not known here.
    """
    if isinstance(op, ops.Constant):
        values, den = scaled(op.value)
        return Bounds(values, values, den, out)
    if len(inputs) == 2:
        common = lcm(inputs[0].den, inputs[1].den)
        return _binary(op, inputs[0].over(common), inputs[1].over(common), out)
    return _unary(op, inputs[0], out)


def _binary(op: ops.Op, x: Bounds, y: Bounds, out: Shape) -> Bounds:
    lows, highs = zip(x.lo, y.lo, strict=False), zip(x.hi, y.hi, strict=False)
    match op:
        case ops.Add():
            return Bounds([a + b for a, b in lows], [a + b for a, b in highs], x.den, out)
        case ops.Sub():
            lo = [a - b for a, b in zip(x.lo, y.hi, strict=True)]
            return Bounds(lo, [a - b for a, b in zip(x.hi, y.lo, strict=True)], x.den, out)
        case ops.Maximum():
            return Bounds([max(p) for p in lows], [max(p) for p in highs], x.den, out)
        case ops.Minimum():
            return Bounds([min(p) for p in lows], [min(p) for p in highs], x.den, out)
        case ops.Concat():
            return Bounds(
                _joined(x.lo, x.shape, y.lo, y.shape, op.axis),
                _joined(x.hi, x.shape, y.hi, y.shape, op.axis),
                x.den,
                out,
            )
    raise NoRuleError(op.kind)


def _joined(x: list[int], x_shape: Shape, y: list[int], y_shape: Shape, axis: int) -> list[int]:
    a = geometry.strides(x_shape)[axis] * x_shape[axis]
    b = geometry.strides(y_shape)[axis] * y_shape[axis]
    blocks = (x[i * a : i * a + a] + y[i * b : i * b + b] for i in range(len(x) // a))
    return list(chain.from_iterable(blocks))


@singledispatch
def _unary(op: ops.Op, x: Bounds, out: Shape) -> Bounds:
    raise NoRuleError(op.kind)


_unary.register(ops.Linear, linear)
_unary.register(ops.Conv2d, conv2d)
_unary.register(ops.Affine, affine)


@_unary.register
def _(op: ops.Neg, x: Bounds, out: Shape) -> Bounds:
    return Bounds([-v for v in x.hi], [-v for v in x.lo], x.den, out)


@_unary.register
def _(op: ops.Abs, x: Bounds, out: Shape) -> Bounds:
    pairs = list(zip(x.lo, x.hi, strict=True))
    lo = [0 if a <= 0 <= b else min(abs(a), abs(b)) for a, b in pairs]
    return Bounds(lo, [max(abs(a), abs(b)) for a, b in pairs], x.den, out)


@_unary.register
def _(op: ops.Relu, x: Bounds, out: Shape) -> Bounds:
    return x.ends(out, lambda end: [v if v > 0 else 0 for v in end])


@_unary.register
def _(op: ops.LeakyRelu, x: Bounds, out: Shape) -> Bounds:
    p, q = scalar(op.alpha)

    def bend(v: int) -> int:
        return v * q if v >= 0 else v * p

    lo, hi = [], []
    for a, b in zip(x.lo, x.hi, strict=True):
        # The function is monotone on either side of zero, so that its extremes over [a, b] are
        # among its values at a, at b, and at zero where zero lies inside.
        values = [bend(a), bend(b), 0] if a <= 0 <= b else [bend(a), bend(b)]
        lo.append(min(values))
        hi.append(max(values))
    return Bounds(lo, hi, x.den * q, out)


@_unary.register
def _(op: ops.Clip, x: Bounds, out: Shape) -> Bounds:
    if op.low is not None:
        p, q = scalar(op.low)
        x = x.over(lcm(x.den, q))
        low = p * (x.den // q)
        x = x.ends(out, lambda end: [max(v, low) for v in end])
    if op.high is not None:
        p, q = scalar(op.high)
        x = x.over(lcm(x.den, q))
        high = p * (x.den // q)
        x = x.ends(out, lambda end: [min(v, high) for v in end])
    return x


def _pooled(
    x: Bounds,
    windows: list[list[int | None]],
    out: Shape,
    pool: Callable[[list[int], int], int],
    divisor: int = 1,
) -> Bounds:
    """`pool` of the elements that each window sees and the window's number, for each channel."""
    plane = x.shape[1] * x.shape[2]
    inside = [[place for place in window if place is not None] for window in windows]

    def end(values: list[int]) -> list[int]:
        return [
            pool([values[base + place] for place in window], number)
            for base in range(0, len(values), plane)
            for number, window in enumerate(inside)
        ]

    return x.ends(out, end, divisor)


@_unary.register
def _(op: ops.MaxPool2d, x: Bounds, out: Shape) -> Bounds:
    windows = geometry.taps(
        x.shape,
        out,
        op.kernel,
        op.stride,
        op.padding,
        op.dilation,
    )
    return _pooled(x, windows, out, lambda seen, _: max(seen))


@_unary.register
def _(op: ops.AvgPool2d, x: Bounds, out: Shape) -> Bounds:
    windows = geometry.taps(
        x.shape,
        out,
        op.kernel,
        op.stride,
        op.padding,
        (1, 1),
    )
    counts = geometry.window_counts(windows, op.count_include_pad)
    common = lcm(*counts)
    return _pooled(x, windows, out, lambda seen, n: sum(seen) * (common // counts[n]), common)


@_unary.register
def _(op: ops.GlobalAvgPool, x: Bounds, out: Shape) -> Bounds:
    plane = x.shape[1] * x.shape[2]
    return x.ends(
        out, lambda end: [sum(end[i : i + plane]) for i in range(0, len(end), plane)], plane
    )


@_unary.register(ops.ReduceSum)
@_unary.register(ops.ReduceMean)
def _(op: ops.ReduceSum | ops.ReduceMean, x: Bounds, out: Shape) -> Bounds:
    kept = [1 if axis in op.axes else extent for axis, extent in enumerate(x.shape)]
    steps = geometry.strides(tuple(kept))
    target = geometry.places(
        [
            [0 if axis in op.axes else i * steps[axis] for i in range(extent)]
            for axis, extent in enumerate(x.shape)
        ]
    )
    size = 1
    for extent in kept:
        size *= extent

    def end(values: list[int]) -> list[int]:
        sums = [0] * size
        for place, value in zip(target, values, strict=True):
            if place is not None:
                sums[place] += value
        return sums

    return x.ends(out, end, len(x.lo) // size if isinstance(op, ops.ReduceMean) else 1)


@_unary.register(ops.Flatten)
@_unary.register(ops.Reshape)
def _(op: ops.Op, x: Bounds, out: Shape) -> Bounds:
    return x.ends(out, list)


@_unary.register
def _(op: ops.Transpose, x: Bounds, out: Shape) -> Bounds:
    steps = geometry.strides(x.shape)
    source = geometry.places([[i * steps[a] for i in range(x.shape[a])] for a in op.perm])
    return x.ends(out, lambda end: [end[i] for i in source if i is not None])


@_unary.register
def _(op: ops.Slice, x: Bounds, out: Shape) -> Bounds:
    steps = geometry.strides(x.shape)
    source = geometry.places(
        [
            [(start + step * i) * steps[axis] for i in range(count)]
            for axis, (start, step, count) in enumerate(
                zip(op.starts, op.steps, op.counts, strict=True)
            )
        ]
    )
    return x.ends(out, lambda end: [end[i] for i in source if i is not None])


@_unary.register
def _(op: ops.Pad, x: Bounds, out: Shape) -> Bounds:
    p, q = scalar(op.value)
    x = x.over(lcm(x.den, q))
    value = p * (x.den // q)
    steps = geometry.strides(x.shape)
    source = geometry.places(
        [
            [
                i * steps[a] if 0 <= i < extent else None
                for i in range(-op.before[a], extent + op.after[a])
            ]
            for a, extent in enumerate(x.shape)
        ]
    )
    return x.ends(out, lambda end: [value if i is None else end[i] for i in source])

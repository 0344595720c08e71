"""Interval rules of all operators in exact integers: nothing is rounded here.

Boxes carry a batch axis of one, as `runtime.graph.arrays` wants it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from certificates.producer.boxes import ExactBox
from runtime.errors import UnsupportedError
from runtime.graph import arrays, ops
from runtime.graph.exact import Exact, exact_parameter

__all__ = ["propagate"]

Integers = NDArray[Any]


def propagate(op: ops.Op, inputs: list[ExactBox]) -> ExactBox:
    """The smallest box that the operator's interval rule gives for boxes of the inputs.

    Raises UnsupportedError for an operator without a rule.
    """
    if isinstance(op, ops.Constant):
        value = exact_parameter(op.value)
        return ExactBox(value.numerators[None], value.numerators[None], value.denominator)
    if len(inputs) == 2:
        common = math.lcm(inputs[0].den, inputs[1].den)
        return _binary(op, inputs[0].over(common), inputs[1].over(common))
    return _unary(op, inputs[0])


def _binary(op: ops.Op, x: ExactBox, y: ExactBox) -> ExactBox:
    match op:
        case ops.Add():
            return ExactBox(x.lo + y.lo, x.hi + y.hi, x.den)
        case ops.Sub():
            return ExactBox(x.lo - y.hi, x.hi - y.lo, x.den)
        case ops.Maximum():
            return ExactBox(np.maximum(x.lo, y.lo), np.maximum(x.hi, y.hi), x.den)
        case ops.Minimum():
            return ExactBox(np.minimum(x.lo, y.lo), np.minimum(x.hi, y.hi), x.den)
        case ops.Concat():
            lo = arrays.concatenate(x.lo, y.lo, op.axis)
            return ExactBox(lo, arrays.concatenate(x.hi, y.hi, op.axis), x.den)
    raise UnsupportedError(f"The operator {op.kind} has no interval rule; remove it.")


def _each(x: ExactBox, function: Callable[[Integers], Integers], divisor: int = 1) -> ExactBox:
    """A monotone function of the numerators, divided by `divisor`."""
    return ExactBox(np.asarray(function(x.lo)), np.asarray(function(x.hi)), x.den * divisor)


def _with_bias(lo: Integers, hi: Integers, den: int, bias: Exact) -> ExactBox:
    common = math.lcm(den, bias.denominator)
    factor, shift = common // den, bias.over(common)
    return ExactBox(lo * factor + shift, hi * factor + shift, common)


def _center_radius(x: ExactBox) -> tuple[Integers, Integers]:
    """Twice the center and twice the radius, over x.den."""
    return x.lo + x.hi, x.hi - x.lo


@singledispatch
def _unary(op: ops.Op, x: ExactBox) -> ExactBox:
    if not isinstance(op, ops.Flatten | ops.Reshape | ops.Transpose | ops.Slice):
        raise UnsupportedError(f"The operator {op.kind} has no interval rule; remove it.")
    return _each(x, lambda values: arrays.move(op, values))


@_unary.register
def _(op: ops.Linear, x: ExactBox) -> ExactBox:
    weight = exact_parameter(op.weight)
    center, radius = _center_radius(x)
    middle = center @ weight.numerators.T
    spread = radius @ np.abs(weight.numerators).T
    den = 2 * x.den * weight.denominator
    return _with_bias(middle - spread, middle + spread, den, exact_parameter(op.bias))


@_unary.register
def _(op: ops.Conv2d, x: ExactBox) -> ExactBox:
    channels, height, width = op.infer([x.lo.shape[1:]])
    weight, bias = exact_parameter(op.weight), exact_parameter(op.bias)
    taps = math.prod(op.weight.shape[1:])
    kernel = weight.numerators.reshape(op.groups, channels // op.groups, taps)

    def correlate(values: Integers, kernel: Integers) -> Integers:
        seen = arrays.windows(values, op.kernel, op.stride, op.padding, op.dilation)
        columns = seen.transpose(0, 1, 4, 5, 2, 3).reshape(1, op.groups, taps, height * width)
        return np.asarray(np.matmul(kernel, columns)).reshape(1, channels, height, width)

    center, radius = _center_radius(x)
    middle, spread = correlate(center, kernel), correlate(radius, np.abs(kernel))
    column = Exact(bias.numerators[:, None, None], bias.denominator)
    return _with_bias(middle - spread, middle + spread, 2 * x.den * weight.denominator, column)


@_unary.register
def _(op: ops.Affine, x: ExactBox) -> ExactBox:
    scale, shift = exact_parameter(op.scale), exact_parameter(op.shift)
    factors, den = scale.numerators, scale.denominator
    if op.divisor is not None:
        divisor = exact_parameter(op.divisor)
        common = math.lcm(*(int(n) for n in divisor.numerators))
        # scale / (n / d) = scale * (common / n) * d / common, all in integers.
        factors = factors * (common // divisor.numerators) * divisor.denominator
        den *= common
    count = op.scale.size
    one = arrays.per_channel(x.lo, count) * factors[:, None]
    other = arrays.per_channel(x.hi, count) * factors[:, None]
    column = Exact(shift.numerators[:, None], shift.denominator)
    result = _with_bias(np.minimum(one, other), np.maximum(one, other), x.den * den, column)
    return _each(result, lambda values: values.reshape(x.lo.shape))


@_unary.register
def _(op: ops.Neg, x: ExactBox) -> ExactBox:
    return ExactBox(-x.hi, -x.lo, x.den)


@_unary.register
def _(op: ops.Abs, x: ExactBox) -> ExactBox:
    lo = np.maximum(np.maximum(x.lo, -x.hi), 0)
    return ExactBox(lo, np.maximum(-x.lo, x.hi), x.den)


@_unary.register
def _(op: ops.Relu, x: ExactBox) -> ExactBox:
    return _each(x, lambda values: np.maximum(values, 0))


@_unary.register
def _(op: ops.LeakyRelu, x: ExactBox) -> ExactBox:
    alpha = Fraction(float(op.alpha))
    p, q = alpha.numerator, alpha.denominator

    def bend(values: Integers) -> Integers:
        return np.where(values >= 0, values * q, values * p)

    lo, hi = bend(x.lo), bend(x.hi)
    if p >= 0:
        return ExactBox(lo, hi, x.den * q)
    # A negative slope turns left of zero, where the least value 0 lies.
    crosses = (x.lo < 0) & (x.hi > 0)
    least = np.where(crosses, 0, np.minimum(lo, hi))
    return ExactBox(least, np.maximum(lo, hi), x.den * q)


@_unary.register
def _(op: ops.Clip, x: ExactBox) -> ExactBox:
    for bound, limit in ((op.low, np.maximum), (op.high, np.minimum)):
        if bound is not None:
            x, value = _with_scalar(x, bound)
            x = ExactBox(limit(x.lo, value), limit(x.hi, value), x.den)
    return x


@_unary.register
def _(op: ops.Pad, x: ExactBox) -> ExactBox:
    x, value = _with_scalar(x, op.value)
    return _each(x, lambda values: arrays.pad(values, op.before, op.after, value))


@_unary.register
def _(op: ops.MaxPool2d, x: ExactBox) -> ExactBox:
    return _each(x, lambda v: arrays.max_windows(v, op.kernel, op.stride, op.padding, op.dilation))


@_unary.register
def _(op: ops.AvgPool2d, x: ExactBox) -> ExactBox:
    counts = arrays.window_counts(op, x.lo.shape[2:]).astype(object)
    common = math.lcm(*(int(count) for count in counts.reshape(-1)))

    def mean(values: Integers) -> Integers:
        seen = arrays.windows(values, op.kernel, op.stride, op.padding, (1, 1))
        return np.asarray(seen.sum(axis=(4, 5)) * (common // counts))

    return _each(x, mean, common)


@_unary.register
def _(op: ops.GlobalAvgPool, x: ExactBox) -> ExactBox:
    count = math.prod(x.lo.shape[2:])
    return _each(x, lambda values: values.sum(axis=(2, 3), keepdims=True), count)


@_unary.register
def _(op: ops.ReduceSum, x: ExactBox) -> ExactBox:
    axes = tuple(axis + 1 for axis in op.axes)
    return _each(x, lambda values: values.sum(axis=axes, keepdims=op.keepdims))


@_unary.register
def _(op: ops.ReduceMean, x: ExactBox) -> ExactBox:
    axes = tuple(axis + 1 for axis in op.axes)
    count = math.prod(x.lo.shape[axis] for axis in axes)
    return _each(x, lambda values: values.sum(axis=axes, keepdims=op.keepdims), count)


def _with_scalar(x: ExactBox, scalar: np.float32) -> tuple[ExactBox, int]:
    """The box and the scalar over a common denominator."""
    value = Fraction(float(scalar))
    common = math.lcm(x.den, value.denominator)
    return x.over(common), value.numerator * (common // value.denominator)

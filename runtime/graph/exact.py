"""Evaluation in exact rationals: integers over one positive denominator for each tensor.

Arrays are NumPy object arrays of Python integers with a batch axis of one, so that no number is
ever rounded and no Fraction is built inside a loop.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import singledispatch
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from runtime.errors import InputError
from runtime.graph import arrays, ops
from runtime.graph.ops import FloatArray, Op

if TYPE_CHECKING:
    from runtime.graph.ir import Graph

__all__ = ["Exact", "evaluate_exact", "exact_parameter"]


@dataclass(frozen=True, slots=True, eq=False)
class Exact:
    """A tensor of rationals: `numerators` (object array of int) over `denominator` >= 1."""

    numerators: NDArray[Any]
    denominator: int

    def over(self, denominator: int) -> NDArray[Any]:
        """The numerators over a multiple of the denominator."""
        factor = denominator // self.denominator
        return self.numerators if factor == 1 else self.numerators * factor

    def reduced(self) -> Exact:
        """The same values with the common power of two taken out."""
        bits = self.denominator | int(np.bitwise_or.reduce(self.numerators, axis=None))
        shift = (bits & -bits).bit_length() - 1
        if shift == 0:
            return self
        return Exact(self.numerators >> shift, self.denominator >> shift)


def exact_parameter(value: FloatArray) -> Exact:
    """The exact values of float32 numbers over one power of two, in the array's own shape."""
    # Flat, because NumPy makes fixed-width numbers of arrays without axes, and those overflow.
    mantissas, exponents = np.frexp(value.reshape(-1).astype(np.float64))
    integers = np.ldexp(mantissas, 24).astype(np.int64)
    shifts = np.where(integers == 0, 0, exponents.astype(np.int64) - 24)
    lowest = min(0, int(shifts.min()))
    powers = np.asarray(shifts - lowest, dtype=object)
    flat = Exact(np.asarray(integers.astype(object) << powers), 1 << -lowest).reduced()
    return Exact(flat.numerators.reshape(value.shape), flat.denominator)


def evaluate_exact(
    graph: Graph, x: Sequence[int | Fraction] | Mapping[str, Sequence[int | Fraction]]
) -> dict[str, tuple[list[int], int]]:
    """See `Graph.evaluate_exact`; raises InputError for a wrong number of elements."""
    given = x if isinstance(x, Mapping) else {graph.inputs[0].name: x}
    if set(given) != {entry.name for entry in graph.inputs}:
        names = ", ".join(entry.name for entry in graph.inputs)
        raise InputError(f"graph {graph.name}: exact values are needed for the inputs {names}")
    values: dict[str, Exact] = {}
    for entry in graph.inputs:
        values[entry.name] = _input(given[entry.name], entry.name, entry.shape)
    for node in graph.nodes:
        values[node.name] = _apply(node.op, [values[name] for name in node.inputs]).reduced()
    return {
        name: ([int(n) for n in value.numerators.reshape(-1)], value.denominator)
        for name, value in values.items()
    }


def _input(flat: Sequence[int | Fraction], name: str, shape: tuple[int, ...]) -> Exact:
    if len(flat) != math.prod(shape):
        raise InputError(f"input {name}: {math.prod(shape)} numbers are needed, not {len(flat)}")
    for value in flat:
        if not isinstance(value, (int, Fraction, np.integer)):
            raise InputError(f"input {name}: {value!r} is neither an integer nor a Fraction")
    fractions = [Fraction(int(v)) if isinstance(v, np.integer) else Fraction(v) for v in flat]
    denominator = math.lcm(*(value.denominator for value in fractions))
    numerators = np.empty(len(fractions), dtype=object)
    numerators[:] = [v.numerator * (denominator // v.denominator) for v in fractions]
    return Exact(numerators.reshape(1, *shape), denominator)


def _apply(op: Op, inputs: list[Exact]) -> Exact:
    if isinstance(op, ops.Constant):
        value = exact_parameter(op.value)
        return Exact(value.numerators[None], value.denominator)
    if len(inputs) == 2:
        common = math.lcm(inputs[0].denominator, inputs[1].denominator)
        return Exact(_binary(op, inputs[0].over(common), inputs[1].over(common)), common)
    return _unary(op, inputs[0])


def _binary(op: Op, x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    match op:
        case ops.Add():
            return np.asarray(x + y)
        case ops.Sub():
            return np.asarray(x - y)
        case ops.Maximum():
            return np.asarray(np.maximum(x, y))
        case ops.Minimum():
            return np.asarray(np.minimum(x, y))
        case ops.Concat():
            return arrays.concatenate(x, y, op.axis)
    raise InputError(f"{op.kind} is not an operator of two inputs")


def _sum_with_bias(sums: NDArray[Any], denominator: int, bias: Exact) -> Exact:
    common = math.lcm(denominator, bias.denominator)
    return Exact(sums * (common // denominator) + bias.over(common), common)


def _scalar_bound(x: Exact, bound: np.float32) -> tuple[NDArray[Any], int, int]:
    """Numerators of x, of the bound, and their common denominator."""
    fraction = Fraction(float(bound))
    common = math.lcm(x.denominator, fraction.denominator)
    return x.over(common), fraction.numerator * (common // fraction.denominator), common


@singledispatch
def _unary(op: Op, x: Exact) -> Exact:
    return Exact(arrays.move(op, x.numerators), x.denominator)


@_unary.register
def _(op: ops.Linear, x: Exact) -> Exact:
    weight = exact_parameter(op.weight)
    sums = np.asarray(x.numerators @ weight.numerators.T)
    return _sum_with_bias(sums, x.denominator * weight.denominator, exact_parameter(op.bias))


@_unary.register
def _(op: ops.Conv2d, x: Exact) -> Exact:
    channels, height, width = op.infer([x.numerators.shape[1:]])
    weight, bias = exact_parameter(op.weight), exact_parameter(op.bias)
    taps = math.prod(op.weight.shape[1:])
    kernel = weight.numerators.reshape(op.groups, channels // op.groups, taps)
    seen = arrays.windows(x.numerators, op.kernel, op.stride, op.padding, op.dilation)
    columns = seen.transpose(0, 1, 4, 5, 2, 3).reshape(1, op.groups, taps, height * width)
    sums = np.asarray(np.matmul(kernel, columns)).reshape(1, channels, height, width)
    column = Exact(bias.numerators[:, None, None], bias.denominator)
    return _sum_with_bias(sums, x.denominator * weight.denominator, column)


@_unary.register
def _(op: ops.Affine, x: Exact) -> Exact:
    scale, shift = exact_parameter(op.scale), exact_parameter(op.shift)
    factors, denominator = scale.numerators, scale.denominator
    if op.divisor is not None:
        divisor = exact_parameter(op.divisor)
        common = math.lcm(*(int(n) for n in divisor.numerators))
        # scale / (n / d) = scale * (common / n) * d / common, all in integers.
        factors = factors * (common // divisor.numerators) * divisor.denominator
        denominator *= common
    products = arrays.per_channel(x.numerators, op.scale.size) * factors[:, None]
    column = Exact(shift.numerators[:, None], shift.denominator)
    result = _sum_with_bias(products, x.denominator * denominator, column)
    return Exact(result.numerators.reshape(x.numerators.shape), result.denominator)


@_unary.register
def _(op: ops.Neg, x: Exact) -> Exact:
    return Exact(-x.numerators, x.denominator)


@_unary.register
def _(op: ops.Abs, x: Exact) -> Exact:
    return Exact(np.abs(x.numerators), x.denominator)


@_unary.register
def _(op: ops.Relu, x: Exact) -> Exact:
    return Exact(np.asarray(np.maximum(x.numerators, 0)), x.denominator)


@_unary.register
def _(op: ops.LeakyRelu, x: Exact) -> Exact:
    alpha = Fraction(float(op.alpha))
    kept = x.numerators * alpha.denominator
    scaled = x.numerators * alpha.numerator
    return Exact(np.where(x.numerators >= 0, kept, scaled), x.denominator * alpha.denominator)


@_unary.register
def _(op: ops.Clip, x: Exact) -> Exact:
    if op.low is not None:
        numerators, low, common = _scalar_bound(x, op.low)
        x = Exact(np.asarray(np.maximum(numerators, low)), common)
    if op.high is not None:
        numerators, high, common = _scalar_bound(x, op.high)
        x = Exact(np.asarray(np.minimum(numerators, high)), common)
    return x


@_unary.register
def _(op: ops.MaxPool2d, x: Exact) -> Exact:
    largest = arrays.max_windows(x.numerators, op.kernel, op.stride, op.padding, op.dilation)
    return Exact(largest, x.denominator)


@_unary.register
def _(op: ops.AvgPool2d, x: Exact) -> Exact:
    sums = arrays.windows(x.numerators, op.kernel, op.stride, op.padding, (1, 1)).sum(axis=(4, 5))
    counts = arrays.window_counts(op, x.numerators.shape[2:]).astype(object)
    common = math.lcm(*(int(count) for count in counts.reshape(-1)))
    return Exact(np.asarray(sums * (common // counts)), x.denominator * common)


@_unary.register
def _(op: ops.GlobalAvgPool, x: Exact) -> Exact:
    sums = np.asarray(x.numerators.sum(axis=(2, 3), keepdims=True))
    return Exact(sums, x.denominator * math.prod(x.numerators.shape[2:]))


@_unary.register
def _(op: ops.Pad, x: Exact) -> Exact:
    numerators, value, common = _scalar_bound(x, op.value)
    return Exact(arrays.pad(numerators, op.before, op.after, value), common)


@_unary.register
def _(op: ops.ReduceSum, x: Exact) -> Exact:
    axes = tuple(axis + 1 for axis in op.axes)
    return Exact(np.asarray(x.numerators.sum(axis=axes, keepdims=op.keepdims)), x.denominator)


@_unary.register
def _(op: ops.ReduceMean, x: Exact) -> Exact:
    axes = tuple(axis + 1 for axis in op.axes)
    count = math.prod(x.numerators.shape[axis] for axis in axes)
    sums = np.asarray(x.numerators.sum(axis=axes, keepdims=op.keepdims))
    return Exact(sums, x.denominator * count)

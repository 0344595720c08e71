"""How an operator passes errors on: the operator that does it, and how often results are rounded.

The *carrier* of an operator maps bounds of its arguments' errors to a bound of its result's. It is
monotone on numbers that are not negative. For a linear operator it has the absolute weights and no
bias; an operator that selects an element has the selection itself.
"""

from __future__ import annotations

import math
from functools import singledispatch

import numpy as np

from runtime.errors import UnsupportedError
from runtime.graph import Shape, ops

__all__ = ["bias", "carrier", "extent", "roundings", "terms", "weights"]


@singledispatch
def carrier(op: ops.Op) -> ops.Op | None:
    """The operator on errors; None where it is the identity. LeakyRelu has slopes from 0 to 1.

    Raises UnsupportedError for an operator without a rule.
    """
    known = (ops.Flatten | ops.Reshape | ops.Transpose | ops.Slice | ops.Concat | ops.MaxPool2d) | (
        ops.AvgPool2d | ops.GlobalAvgPool | ops.ReduceSum | ops.ReduceMean
    )
    if isinstance(op, ops.Neg | ops.Abs | ops.Relu | ops.LeakyRelu | ops.Clip):
        return None
    if isinstance(op, ops.Add | ops.Sub):
        return ops.Add()
    if isinstance(op, ops.Maximum | ops.Minimum):
        return ops.Maximum()
    if not isinstance(op, known):
        raise UnsupportedError(f"The operator {op.kind} has no rule for float32 errors.")
    return op


@carrier.register
def _(op: ops.Linear) -> ops.Op:
    return ops.Linear(np.abs(op.weight), np.zeros_like(op.bias))


@carrier.register
def _(op: ops.Conv2d) -> ops.Op:
    zero = np.zeros_like(op.bias)
    return ops.Conv2d(np.abs(op.weight), zero, op.stride, op.padding, op.dilation, op.groups)


@carrier.register
def _(op: ops.Affine) -> ops.Op:
    return ops.Affine(np.abs(op.scale), np.zeros_like(op.shift))


@carrier.register
def _(op: ops.Pad) -> ops.Op:
    return ops.Pad(op.before, op.after, np.float32(0))


def bias(op: ops.Op) -> ops.FloatArray | None:
    """The numbers that an operator adds to its sums of products."""
    match op:
        case ops.Linear() | ops.Conv2d():
            return op.bias
        case ops.Affine():
            return op.shift
    return None


def weights(op: ops.Op) -> ops.FloatArray | None:
    """The numbers that an operator with a bias multiplies by."""
    match op:
        case ops.Linear() | ops.Conv2d():
            return op.weight
        case ops.Affine():
            return op.scale
    return None


def terms(op: ops.Op, inputs: list[Shape]) -> int:
    """How many products, or numbers without products, one element of a result adds up at most.

    0 for an operator that selects an element, and for a constant.
    """
    match op:
        case ops.Linear() | ops.Conv2d():
            return math.prod(map(int, op.weight.shape[1:]))
        case ops.Affine() | ops.LeakyRelu():
            return 1
        case ops.Add() | ops.Sub():
            return 2
        case ops.AvgPool2d():
            return math.prod(op.kernel)
        case ops.GlobalAvgPool():
            return math.prod(inputs[0][1:])
        case ops.ReduceSum() | ops.ReduceMean():
            return math.prod([inputs[0][axis] for axis in op.axes])
    return 0


def roundings(op: ops.Op, inputs: list[Shape]) -> int:
    """The most roundings that an element of a result goes through; 0 where elements are selected.

    A sum of n products and a bias has n additions, one rounding of a product and one of a constant.
    A mean may round the reciprocal and two products more than its sum.
    """
    added = terms(op, inputs)
    match op:
        case ops.Constant():
            return 1
        case ops.LeakyRelu():
            return 2
        case ops.Linear() | ops.Conv2d() | ops.Affine():
            return added + 2
        case ops.AvgPool2d() | ops.GlobalAvgPool() | ops.ReduceMean():
            return added + 3
    return added


def extent(op: ops.Op, inputs: list[Shape], constants: int, data: int) -> int:
    """A whole number above every partial sum of an element, and above what is lost to underflow
    and flushing in it, in units of the least normal number.

    `constants` is above the sizes of all weights and biases, `data` above those of all arguments.
    """
    added = terms(op, inputs)
    match op:
        case ops.Constant():
            return 4 * (constants + 1)
        case ops.Linear() | ops.Conv2d() | ops.Affine():
            return 8 * (added + 1) * (constants + 1) * (data + 1)
        case ops.AvgPool2d() | ops.GlobalAvgPool() | ops.ReduceMean():
            return 32 * (added + 1) * (data + 1)
        case ops.ReduceSum():
            return 8 * added * (data + 1)
        case ops.Add() | ops.Sub() | ops.LeakyRelu():
            return 16 * (data + 1)
    return 1

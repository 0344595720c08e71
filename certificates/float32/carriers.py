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

__all__ = ["bias", "carrier", "factors", "sums"]


@singledispatch
def carrier(op: ops.Op) -> ops.Op | None:
    """The operator on errors; None where it is the identity.

    Raises UnsupportedError for an operator without a rule.
    """
    known = (ops.Flatten | ops.Reshape | ops.Transpose | ops.Slice | ops.Concat | ops.MaxPool2d) | (
        ops.AvgPool2d | ops.GlobalAvgPool | ops.ReduceSum | ops.ReduceMean
    )
    if isinstance(op, ops.Neg | ops.Abs | ops.Relu | ops.Clip):
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
def _(op: ops.LeakyRelu) -> ops.Op:
    # Left and right of zero differ; the steeper side bounds both, and steps across.
    steepest = np.maximum(np.abs(op.alpha), np.float32(1)).reshape(1)
    return ops.Affine(steepest, np.zeros(1, np.float32))


@carrier.register
def _(op: ops.Pad) -> ops.Op:
    return ops.Pad(op.before, op.after, np.float32(0))


def bias(op: ops.Op) -> ops.FloatArray | None:
    """The numbers that an operator adds to its sums, or that are all of its result."""
    match op:
        case ops.Linear() | ops.Conv2d():
            return op.bias
        case ops.Affine():
            return op.shift
        case ops.Constant():
            return op.value
    return None


def sums(op: ops.Op, inputs: list[Shape]) -> tuple[int, int]:
    """How many products and terms one element of a result adds up at most, and its roundings.

    n products and terms take at most n roundings, constants one more, and a mean of rounded or
    divided sums three more. Operators that select an element add up nothing: (0, 0).
    """
    match op:
        case ops.Constant():
            return 1, 2
        case ops.Linear() | ops.Conv2d():
            terms = math.prod(op.weight.shape[1:]) + 1
            return terms, terms + 1
        case ops.Affine():
            return 2, 3
        case ops.LeakyRelu():
            return 1, 2
        case ops.Add() | ops.Sub():
            return 2, 2
        case ops.ReduceSum():
            terms = math.prod([inputs[0][axis] for axis in op.axes])
            return terms, terms
        case ops.AvgPool2d():
            terms = math.prod(op.kernel)
            return terms, terms + 3
        case ops.GlobalAvgPool():
            terms = math.prod(inputs[0][1:])
            return terms, terms + 3
        case ops.ReduceMean():
            terms = math.prod([inputs[0][axis] for axis in op.axes])
            return terms, terms + 3
    return 0, 0


def factors(op: ops.Op) -> list[ops.FloatArray]:
    """The constants that a rounding operator multiplies by and adds."""
    match op:
        case ops.Linear() | ops.Conv2d():
            return [op.weight, op.bias]
        case ops.Affine():
            return [op.scale, op.shift]
        case ops.LeakyRelu():
            return [np.asarray(op.alpha)]
        case ops.Constant():
            return [op.value]
    return []

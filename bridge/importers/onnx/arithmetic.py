"""Add, Sub, Mul, Div and the elementwise operators."""

from __future__ import annotations

import math

import numpy as np

from bridge.importers.lowering import Folded, Tensor, Value, affine, binary, clip, extreme
from bridge.importers.onnx.context import Handler, NodeContext
from runtime.errors import InputError, UnsupportedError
from runtime.graph import (
    Abs,
    Add,
    FloatArray,
    LeakyRelu,
    Maximum,
    Minimum,
    Neg,
    Op,
    Relu,
    Sub,
)

__all__ = ["HANDLERS"]


def _split(ctx: NodeContext) -> tuple[Tensor, FloatArray | None, bool]:
    """The computed input, the constant one (None when both are computed), constant on the left."""
    ctx.arity(2, 2)
    if isinstance(ctx.inputs[1], Folded):
        return ctx.tensor(0), ctx.float_array(1), False
    if isinstance(ctx.inputs[0], Folded):
        return ctx.tensor(1), ctx.float_array(0), True
    return ctx.tensor(0), None, False


def _add(ctx: NodeContext) -> Value:
    x, constant, _ = _split(ctx)
    if constant is None:
        return binary(ctx, Add(), x, ctx.tensor(1))
    return affine(ctx, x, shift=constant)


def _sub(ctx: NodeContext) -> Value:
    x, constant, left = _split(ctx)
    if constant is None:
        return binary(ctx, Sub(), x, ctx.tensor(1))
    if left:
        return affine(ctx, x, scale=np.full((), -1, dtype=np.float32), shift=constant)
    return affine(ctx, x, shift=-constant)


def _mul(ctx: NodeContext) -> Value:
    x, constant, _ = _split(ctx)
    if constant is None:
        raise UnsupportedError(f"{ctx.where}: Mul of two computed tensors is not supported")
    return affine(ctx, x, scale=constant)


def _div(ctx: NodeContext) -> Value:
    x, constant, left = _split(ctx)
    if constant is None or left:
        raise UnsupportedError(f"{ctx.where}: Div by a computed tensor is not supported")
    return affine(ctx, x, divisor=constant)


def _unary(op: Op) -> Handler:
    def handler(ctx: NodeContext) -> Value:
        ctx.arity(1, 1)
        x = ctx.tensor(0)
        return ctx.emit(op, x.name, shape=x.shape)

    return handler


def _leaky_relu(ctx: NodeContext) -> Value:
    ctx.arity(1, 1)
    x = ctx.tensor(0)
    return ctx.emit(LeakyRelu(ctx.attributes.floating("alpha", 0.01)), x.name, shape=x.shape)


def _extreme(op: Maximum | Minimum) -> Handler:
    def handler(ctx: NodeContext) -> Value:
        # Constants last: the first input is then computed where any is.
        order = sorted(range(len(ctx.inputs)), key=lambda i: isinstance(ctx.inputs[i], Folded))
        if not order:
            raise InputError(f"{ctx.where}: it has no inputs")
        result = ctx.tensor(order[0])
        for index in order[1:]:
            if isinstance(ctx.inputs[index], Folded):
                result = extreme(ctx, op, result, ctx.float_array(index))
            else:
                result = binary(ctx, op, result, ctx.tensor(index))
        return result

    return handler


def _bound(ctx: NodeContext, index: int) -> np.float32 | None:
    """A bound of Clip from an input, None when it is left out."""
    if ctx.inputs[index] is None:
        return None
    array = ctx.array(index)
    if array.dtype != np.float32 or array.size != 1:
        raise UnsupportedError(f"{ctx.where}: a bound must be one float32 number")
    return np.float32(array.reshape(()))


def _clip(ctx: NodeContext) -> Value:
    if ctx.opset < 11:
        ctx.arity(1, 1)
        # Exporters may write infinities; left out, the extreme float32 numbers are meant.
        low = ctx.attributes.floating("min", -math.inf, finite=False)
        high = ctx.attributes.floating("max", math.inf, finite=False)
        return clip(ctx, ctx.tensor(0), low, high)
    ctx.arity(1, 3)
    return clip(ctx, ctx.tensor(0), _bound(ctx, 1), _bound(ctx, 2))


HANDLERS: dict[str, Handler] = {
    "Abs": _unary(Abs()),
    "Add": _add,
    "Clip": _clip,
    "Div": _div,
    "LeakyRelu": _leaky_relu,
    "Max": _extreme(Maximum()),
    "Min": _extreme(Minimum()),
    "Mul": _mul,
    "Neg": _unary(Neg()),
    "Relu": _unary(Relu()),
    "Sub": _sub,
}

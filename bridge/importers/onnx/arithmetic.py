"""Add, Sub, Mul, Div and the elementwise operators."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from bridge.importers.onnx.context import Handler, NodeContext
from bridge.importers.onnx.values import Folded, Tensor, Value, without_batch
from runtime.errors import InputError, UnsupportedError
from runtime.graph import (
    Abs,
    Add,
    Affine,
    Clip,
    Concat,
    Constant,
    Conv2d,
    FloatArray,
    LeakyRelu,
    Linear,
    Maximum,
    Minimum,
    Neg,
    Op,
    Relu,
    Shape,
    Sub,
)

__all__ = ["HANDLERS", "affine", "broadcast_pair"]

_FLOAT32 = np.finfo(np.float32)
_MAX_COPIES = 4096
_ONE = np.ones((), dtype=np.float32)
_ZERO = np.zeros((), dtype=np.float32)


def _broadcast_shape(ctx: NodeContext, first: Shape, second: Shape) -> Shape:
    try:
        return np.broadcast_shapes(first, second)
    except ValueError as error:
        raise InputError(
            f"{ctx.where}: the shapes {list(first)} and {list(second)} do not broadcast"
        ) from error


def _expand(ctx: NodeContext, tensor: Tensor, shape: Shape) -> Tensor:
    """The tensor broadcast to the ONNX shape; copies are chained by Concat."""
    if math.prod(shape) == math.prod(tensor.shape):
        return replace(tensor, shape=shape)
    current = (1,) * (len(shape) - len(tensor.shape)) + tensor.shape
    if math.prod(shape) // math.prod(current) > _MAX_COPIES:
        raise UnsupportedError(f"{ctx.where}: it broadcasts a computed tensor too often")
    name = tensor.name
    for axis, size in enumerate(shape):
        if current[axis] == size:
            continue
        copies, one = 1, ctx.view(Tensor(name, current), current)
        name = one
        while copies < size:
            # Doubling keeps the chain short; the last step adds what is missing.
            if 2 * copies <= size:
                name, copies = ctx.emit(Concat(axis), name, name).name, 2 * copies
            else:
                name, copies = ctx.emit(Concat(axis), name, one).name, copies + 1
        current = (*current[:axis], size, *current[axis + 1 :])
    return Tensor(name, shape)


def broadcast_pair(ctx: NodeContext, op: Op, x: Tensor, y: Tensor) -> Tensor:
    """An operator of two computed tensors, broadcast to one shape."""
    shape = _broadcast_shape(ctx, x.shape, y.shape)
    both = [_expand(ctx, value, shape) for value in (x, y)]
    inner = without_batch(shape)
    return ctx.emit(op, *(ctx.view(value, inner) for value in both), shape=shape)


def _blocks(shape: Shape, arrays: list[FloatArray]) -> int:
    """The fewest leading blocks of the flat order on which every array is constant, bit by bit."""
    for axes in range(len(shape)):
        count = math.prod(shape[:axes])
        rows = [array.view(np.uint32).reshape(count, -1) for array in arrays]
        if all(bool(np.all(row == row[:, :1])) for row in rows):
            return count
    return math.prod(shape)


def affine(
    ctx: NodeContext,
    x: Tensor,
    *,
    scale: FloatArray = _ONE,
    shift: FloatArray = _ZERO,
    divisor: FloatArray = _ONE,
) -> Tensor:
    """x * scale / divisor + shift with ONNX broadcasting.

    Identities vanish, and a lone shift becomes the bias of the Linear or Conv2d before it.
    Raises InputError for shapes that do not broadcast and for a division by zero.
    """
    shape = x.shape
    for value in (scale, shift, divisor):
        shape = _broadcast_shape(ctx, shape, value.shape)
    x = _expand(ctx, x, shape)
    full = [np.ascontiguousarray(np.broadcast_to(v, shape)) for v in (scale, shift, divisor)]
    count = _blocks(shape, full)
    scales, shifts, divisors = (array.reshape(count, -1)[:, 0] for array in full)
    if not bool(np.all(divisors != 0)):
        raise InputError(f"{ctx.where}: it divides by zero")
    undivided = bool(np.all(divisors == 1))
    if undivided and bool(np.all(scales == 1)):
        if not shifts.any():
            return x
        fused = _with_bias(ctx, x, shifts)
        if fused is not None:
            return fused
    op = Affine(scales, shifts, None if undivided else divisors)
    return ctx.emit(op, ctx.view(x, without_batch(shape)), shape=shape)


def _with_bias(ctx: NodeContext, x: Tensor, shifts: FloatArray) -> Tensor | None:
    """The Linear or Conv2d without bias that made x, with the shift as its bias; exact."""
    if x.unbiased is None:
        return None
    op, source = x.unbiased
    if isinstance(op, Linear):
        bias = np.repeat(shifts, op.bias.size // shifts.size)
        return ctx.emit(Linear(op.weight, bias), source, shape=x.shape)
    if isinstance(op, Conv2d) and op.bias.size % shifts.size == 0:
        bias = np.repeat(shifts, op.bias.size // shifts.size)
        fused = Conv2d(op.weight, bias, op.stride, op.padding, op.dilation, op.groups)
        return ctx.emit(fused, source, shape=x.shape)
    return None


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
        return broadcast_pair(ctx, Add(), x, ctx.tensor(1))
    return affine(ctx, x, shift=constant)


def _sub(ctx: NodeContext) -> Value:
    x, constant, left = _split(ctx)
    if constant is None:
        return broadcast_pair(ctx, Sub(), x, ctx.tensor(1))
    if left:
        return affine(ctx, x, scale=-_ONE, shift=constant)
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


def _extreme(op: Op) -> Handler:
    def combine(ctx: NodeContext, x: Tensor, constant: FloatArray) -> Tensor:
        shape = _broadcast_shape(ctx, x.shape, constant.shape)
        first = constant.reshape(-1)[0]
        if bool(np.all(constant == first)):
            clip = Clip(first, None) if isinstance(op, Maximum) else Clip(None, first)
            x = _expand(ctx, x, shape)
            return ctx.emit(clip, x.name, shape=shape)
        full = np.ascontiguousarray(np.broadcast_to(constant, shape))
        node = ctx.emit(Constant(full.reshape(without_batch(shape))), shape=shape)
        return broadcast_pair(ctx, op, x, node)

    def handler(ctx: NodeContext) -> Value:
        if not ctx.inputs or None in ctx.inputs:
            raise InputError(f"{ctx.where}: a needed input is left out")
        order = sorted(range(len(ctx.inputs)), key=lambda i: isinstance(ctx.inputs[i], Folded))
        result = ctx.tensor(order[0])
        for index in order[1:]:
            if isinstance(ctx.inputs[index], Folded):
                result = combine(ctx, result, ctx.float_array(index))
            else:
                result = broadcast_pair(ctx, op, result, ctx.tensor(index))
        return result

    return handler


def _bound(ctx: NodeContext, index: int, unbounded: float) -> np.float32 | None:
    """A bound of Clip from an input; None when it is left out or bounds nothing."""
    if ctx.inputs[index] is None:
        return None
    array = ctx.array(index)
    if array.dtype != np.float32 or array.size != 1:
        raise UnsupportedError(f"{ctx.where}: a bound must be one float32 number")
    value = np.float32(array.reshape(()))
    return None if value == np.float32(unbounded) else value


def _clip(ctx: NodeContext) -> Value:
    low: np.float32 | None
    high: np.float32 | None
    if ctx.opset < 11:
        ctx.arity(1, 1)
        low = ctx.attributes.floating("min", float(_FLOAT32.min))
        high = ctx.attributes.floating("max", float(_FLOAT32.max))
    else:
        ctx.arity(1, 3)
        low = _bound(ctx, 1, -math.inf)
        high = _bound(ctx, 2, math.inf)
    x = ctx.tensor(0)
    # The least float32 bounds no finite number: exporters write it for "no bound".
    low = None if low == _FLOAT32.min else low
    high = None if high == _FLOAT32.max else high
    if low is None and high is None:
        return x
    try:
        op = Clip(low, high)
    except InputError as error:
        raise InputError(f"{ctx.where}: {error}") from error
    return ctx.emit(op, x.name, shape=x.shape)


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

"""Nodes whose inputs are all constant: shape computations and prepared weights.

Integers and moves of elements are exact. Float32 arithmetic is one correctly rounded NumPy
operation an element, as any IEEE runtime does it, and leaves the note
`float_constants_folded`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from onnx import TensorProto

from bridge.importers.lowering import Array, Tensor
from bridge.importers.onnx.context import NodeContext
from bridge.importers.onnx.movement import (
    concat_axis,
    flatten_shape,
    reshape_target,
    slice_ranges,
    squeeze_shape,
    transpose_perm,
    unsqueeze_shape,
)
from bridge.importers.onnx.tensors import decode_tensor, numpy_dtype
from runtime.errors import InputError, UnsupportedError
from runtime.graph import Shape
from runtime.graph.ops.base import MAX_ELEMENTS, MAX_RANK

__all__ = ["FOLDERS", "SHAPE_OPERATORS"]


def _bounded(ctx: NodeContext, shape: Sequence[int]) -> Shape:
    if len(shape) > MAX_RANK or min(shape, default=1) < 0 or math.prod(shape) > MAX_ELEMENTS:
        raise InputError(f"{ctx.where}: the constant shape {list(shape)[:12]} is not usable")
    return tuple(shape)


def _constant(ctx: NodeContext) -> Array:
    ctx.arity(0, 0)
    names = ("value", "value_float", "value_floats", "value_int", "value_ints")
    given = [name for name in names if ctx.attributes.has(name)]
    if len(given) != 1:
        raise UnsupportedError(f"{ctx.where}: one of {', '.join(names)} is needed")
    if given == ["value"]:
        tensor = ctx.attributes.tensor("value")
        return decode_tensor(tensor or TensorProto(), ctx.folder, ctx.where)
    if given == ["value_float"]:
        return np.asarray(ctx.attributes.floating("value_float", 0.0), dtype=np.float32)
    if given == ["value_floats"]:
        return np.asarray(ctx.attributes.floatings("value_floats"), dtype=np.float32)
    if given == ["value_int"]:
        return np.asarray(ctx.attributes.integer("value_int", 0), dtype=np.int64)
    return np.asarray(ctx.attributes.integers("value_ints"), dtype=np.int64)


def _shape(ctx: NodeContext) -> Array:
    ctx.arity(1, 1)
    value = ctx.inputs[0]
    shape = value.shape if isinstance(value, Tensor) else ctx.array(0).shape
    if ctx.opset < 15:
        return np.asarray(shape, dtype=np.int64)
    start = ctx.attributes.integer("start", 0)
    end = ctx.attributes.integer("end", len(shape))
    return np.asarray(shape[slice(start, end)], dtype=np.int64)


def _size(ctx: NodeContext) -> Array:
    ctx.arity(1, 1)
    value = ctx.inputs[0]
    shape = value.shape if isinstance(value, Tensor) else ctx.array(0).shape
    return np.asarray(math.prod(shape), dtype=np.int64)


def _cast(ctx: NodeContext) -> Array:
    ctx.arity(1, 1)
    array = ctx.array(0)
    target = numpy_dtype(ctx.attributes.integer("to", 0), ctx.where)
    if ctx.opset >= 19:
        ctx.attributes.flag("saturate", True)  # matters for 8-bit floats alone
    with np.errstate(all="ignore"):
        result = array.astype(target)
    if array.dtype.kind == "f" and target.kind in "iu" and not np.isfinite(array).all():
        raise InputError(f"{ctx.where}: a NaN or an infinity becomes no integer")
    if array.dtype == np.float64 and target == np.float32:
        ctx.session.note("float64_constants_rounded")
    return result


def _identity(ctx: NodeContext) -> Array:
    ctx.arity(1, 1)
    return ctx.array(0)


def _gather(ctx: NodeContext) -> Array:
    ctx.arity(2, 2)
    data, indices = ctx.array(0), ctx.array(1)
    axis = ctx.axis(ctx.attributes.integer("axis", 0), data.ndim)
    if indices.dtype not in (np.int64, np.int32):
        raise InputError(f"{ctx.where}: the indices are not integers")
    if indices.size and not (
        -data.shape[axis] <= indices.min() and indices.max() < data.shape[axis]
    ):
        raise InputError(f"{ctx.where}: an index lies outside of axis {axis}")
    kept = data.shape[:axis] + data.shape[axis + 1 :]
    _bounded(ctx, (*indices.shape, *kept))
    return np.take(data, indices, axis=axis)


def _concat(ctx: NodeContext) -> Array:
    axis = concat_axis(ctx, ctx.array(0).ndim)
    parts = [ctx.array(index) for index in range(len(ctx.inputs))]
    if len({part.dtype for part in parts}) != 1:
        raise InputError(f"{ctx.where}: the inputs have different data types")
    _bounded(ctx, (sum(part.size for part in parts),))
    return np.concatenate(parts, axis=axis)


def _slice(ctx: NodeContext) -> Array:
    array = ctx.array(0)
    for axis, kept in enumerate(slice_ranges(ctx, array.shape)):
        array = np.take(array, np.asarray(kept, dtype=np.intp), axis=axis)
    return array


def _expand(ctx: NodeContext) -> Array:
    ctx.arity(2, 2)
    array = ctx.array(0)
    shape = np.broadcast_shapes(array.shape, _bounded(ctx, ctx.integers(1)))
    return np.broadcast_to(array, _bounded(ctx, shape)).copy()


def _constant_of_shape(ctx: NodeContext) -> Array:
    ctx.arity(1, 1)
    value = ctx.attributes.tensor("value")
    fill = (
        np.zeros(1, dtype=np.float32)
        if value is None
        else decode_tensor(value, ctx.folder, ctx.where)
    )
    if fill.size != 1:
        raise InputError(f"{ctx.where}: the value must be one number")
    return np.full(_bounded(ctx, ctx.integers(0)), fill.reshape(()), dtype=fill.dtype)


def _range(ctx: NodeContext) -> Array:
    ctx.arity(3, 3)
    bounds = [ctx.integers(index) for index in range(3)]
    if any(len(bound) != 1 for bound in bounds) or bounds[2] == (0,):
        raise InputError(f"{ctx.where}: start, limit and delta must be numbers, delta not 0")
    values = range(bounds[0][0], bounds[1][0], bounds[2][0])
    _bounded(ctx, (len(values),))
    return np.asarray(values, dtype=ctx.array(0).dtype)


def _reduce_prod(ctx: NodeContext) -> Array:
    array = ctx.array(0)
    keep = ctx.attributes.flag("keepdims", True)
    if ctx.opset >= 18:
        ctx.arity(1, 2)
        ctx.attributes.require("noop_with_empty_axes", 0, 0)
        axes = None if ctx.inputs[1] is None else ctx.integers(1)
    else:
        ctx.arity(1, 1)
        axes = ctx.attributes.integers("axes")
    if array.dtype not in (np.int64, np.int32):
        raise UnsupportedError(f"{ctx.where}: only integers are supported")
    chosen = None if axes is None else tuple(ctx.axis(axis, array.ndim) for axis in axes)
    return np.asarray(np.prod(array, axis=chosen, keepdims=keep, dtype=array.dtype))


def _move(rule: Callable[[NodeContext, Shape], Shape]) -> Callable[[NodeContext], Array]:
    def fold(ctx: NodeContext) -> Array:
        array = ctx.array(0)
        return array.reshape(rule(ctx, array.shape))

    return fold


def _transpose(ctx: NodeContext) -> Array:
    array = ctx.array(0)
    return array.transpose(transpose_perm(ctx, array.ndim))


def _divide(x: Array, y: Array) -> Array:
    if x.dtype.kind == "f":
        return np.asarray(x / y)
    if not y.all():
        raise ZeroDivisionError("an integer division by zero")
    # ONNX divides integers like C, rounding towards zero.
    quotient = np.abs(x) // np.abs(y)
    return np.asarray(np.where((x < 0) != (y < 0), -quotient, quotient))


def _binary(compute: Callable[[Array, Array], Array]) -> Callable[[NodeContext], Array]:
    def fold(ctx: NodeContext) -> Array:
        ctx.arity(2, 2)
        x, y = ctx.array(0), ctx.array(1)
        if x.dtype != y.dtype or x.dtype not in (np.float32, np.int64, np.int32):
            raise UnsupportedError(f"{ctx.where}: {x.dtype} with {y.dtype} is not supported")
        _bounded(ctx, np.broadcast_shapes(x.shape, y.shape))
        if x.dtype == np.float32:
            ctx.session.note("float_constants_folded")
        with np.errstate(all="ignore"):
            return np.asarray(compute(x, y), dtype=x.dtype)

    return fold


def _negate(ctx: NodeContext) -> Array:
    ctx.arity(1, 1)
    array = ctx.array(0)
    if array.dtype not in (np.float32, np.int64, np.int32):
        raise UnsupportedError(f"{ctx.where}: {array.dtype} is not supported")
    return np.asarray(-array)


def _absolute(ctx: NodeContext) -> Array:
    ctx.arity(1, 1)
    return np.asarray(np.abs(ctx.array(0)))


FOLDERS: dict[str, Callable[[NodeContext], Array]] = {
    "Abs": _absolute,
    "Add": _binary(np.add),
    "Cast": _cast,
    "Concat": _concat,
    "Constant": _constant,
    "ConstantOfShape": _constant_of_shape,
    "Div": _binary(_divide),
    "Expand": _expand,
    "Flatten": _move(flatten_shape),
    "Gather": _gather,
    "Identity": _identity,
    "Mul": _binary(np.multiply),
    "Neg": _negate,
    "Range": _range,
    "ReduceProd": _reduce_prod,
    "Reshape": _move(reshape_target),
    "Shape": _shape,
    "Size": _size,
    "Slice": _slice,
    "Squeeze": _move(squeeze_shape),
    "Sub": _binary(np.subtract),
    "Transpose": _transpose,
    "Unsqueeze": _move(unsqueeze_shape),
}
"""Operators that are computed when all their inputs are constant."""

SHAPE_OPERATORS = frozenset({"Shape", "Size"})
"""Operators of a computed tensor whose result is constant all the same."""

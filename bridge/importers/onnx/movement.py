"""Operators on computed tensors that move elements: reshapes, transpose, concat, slice, pad."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from bridge.importers.lowering import Value, concat, pad, take, transpose
from bridge.importers.onnx.context import Handler, NodeContext
from runtime.errors import InputError, UnsupportedError
from runtime.graph import Shape

__all__ = [
    "HANDLERS",
    "concat_axis",
    "flatten_shape",
    "reshape_target",
    "slice_ranges",
    "squeeze_shape",
    "transpose_perm",
    "unsqueeze_shape",
]


def reshape_target(ctx: NodeContext, shape: Shape) -> Shape:
    """The new shape of Reshape; 0 copies an axis and -1 is inferred."""
    ctx.arity(2, 2)
    allow_zero = ctx.attributes.flag("allowzero", False) if ctx.opset >= 14 else False
    wanted = list(ctx.integers(1))
    if not allow_zero:
        if any(size == 0 and axis >= len(shape) for axis, size in enumerate(wanted)):
            raise InputError(f"{ctx.where}: it copies an axis that is not there")
        wanted = [shape[axis] if size == 0 else size for axis, size in enumerate(wanted)]
    known = math.prod(size for size in wanted if size != -1)
    if wanted.count(-1) == 1 and known > 0 and math.prod(shape) % known == 0:
        wanted[wanted.index(-1)] = math.prod(shape) // known
    if min(wanted, default=1) < 0 or math.prod(wanted) != math.prod(shape):
        raise InputError(f"{ctx.where}: {list(shape)} cannot become {wanted[:12]}")
    return tuple(wanted)


def flatten_shape(ctx: NodeContext, shape: Shape) -> Shape:
    """The matrix that Flatten makes."""
    ctx.arity(1, 1)
    axis = ctx.attributes.integer("axis", 1)
    least = -len(shape) if ctx.opset >= 11 else 0
    if not least <= axis <= len(shape):
        raise InputError(f"{ctx.where}: there is no axis {axis} among {len(shape)}")
    axis = axis + len(shape) if axis < 0 else axis
    return math.prod(shape[:axis]), math.prod(shape[axis:])


def _axes(ctx: NodeContext) -> tuple[int, ...] | None:
    """Axes of Squeeze and Unsqueeze: an attribute before opset 13, an input from then on."""
    if ctx.opset < 13:
        ctx.arity(1, 1)
        return ctx.attributes.integers("axes")
    ctx.arity(1, 2)
    return None if ctx.inputs[1] is None else ctx.integers(1)


def squeeze_shape(ctx: NodeContext, shape: Shape) -> Shape:
    """The shape without axes of one."""
    axes = _axes(ctx)
    if axes is None:
        return tuple(size for size in shape if size != 1)
    gone = {ctx.axis(axis, len(shape)) for axis in axes}
    if any(shape[axis] != 1 for axis in gone):
        raise InputError(f"{ctx.where}: an axis of {list(shape)} to squeeze is not 1")
    return tuple(size for axis, size in enumerate(shape) if axis not in gone)


def unsqueeze_shape(ctx: NodeContext, shape: Shape) -> Shape:
    """The shape with new axes of one."""
    axes = _axes(ctx)
    if axes is None:
        raise InputError(f"{ctx.where}: axes are missing")
    rank = len(shape) + len(axes)
    new = {ctx.axis(axis, rank) for axis in axes}
    if len(new) != len(axes):
        raise InputError(f"{ctx.where}: an axis occurs twice")
    old = iter(shape)
    return tuple(1 if axis in new else next(old) for axis in range(rank))


def transpose_perm(ctx: NodeContext, rank: int) -> tuple[int, ...]:
    """The permutation, reversed order by default."""
    ctx.arity(1, 1)
    perm = ctx.attributes.integers("perm")
    perm = tuple(range(rank))[::-1] if perm is None else perm
    if sorted(perm) != list(range(rank)):
        raise InputError(f"{ctx.where}: perm {list(perm)[:12]} is not a permutation of {rank} axes")
    return perm


def concat_axis(ctx: NodeContext, rank: int) -> int:
    """The axis, counted from the front."""
    if not ctx.attributes.has("axis"):
        raise InputError(f"{ctx.where}: axis is missing")
    return ctx.axis(ctx.attributes.integer("axis", 0), rank)


def slice_ranges(ctx: NodeContext, shape: Shape) -> list[range]:
    """The indices that Slice keeps on each axis."""
    axes: Sequence[int] | None
    if ctx.opset < 10:
        ctx.arity(1, 1)
        starts, ends = ctx.attributes.integers("starts"), ctx.attributes.integers("ends")
        axes, steps = ctx.attributes.integers("axes"), None
        if starts is None or ends is None:
            raise InputError(f"{ctx.where}: starts or ends are missing")
    else:
        ctx.arity(3, 5)
        starts, ends = ctx.integers(1), ctx.integers(2)
        axes = None if ctx.inputs[3] is None else ctx.integers(3)
        steps = None if ctx.inputs[4] is None else ctx.integers(4)
    axes = range(len(starts)) if axes is None else axes
    steps = (1,) * len(starts) if steps is None else steps
    if not len(starts) == len(ends) == len(axes) == len(steps) or 0 in steps:
        raise InputError(f"{ctx.where}: starts, ends, axes and steps do not agree")
    ranges = [range(size) for size in shape]
    seen = set()
    for start, end, raw_axis, step in zip(starts, ends, axes, steps, strict=True):
        axis = ctx.axis(raw_axis, len(shape))
        if axis in seen:
            raise InputError(f"{ctx.where}: an axis occurs twice")
        seen.add(axis)
        # Python's slices clamp as ONNX does, also for a negative step.
        ranges[axis] = range(shape[axis])[slice(start, end, step)]
    return ranges


def _reshaped(rule: Callable[[NodeContext, Shape], Shape]) -> Handler:
    def handler(ctx: NodeContext) -> Value:
        x = ctx.tensor(0)
        return replace(x, shape=rule(ctx, x.shape))

    return handler


def _identity(ctx: NodeContext) -> Value:
    ctx.arity(1, 1)
    return ctx.tensor(0)


def _transpose(ctx: NodeContext) -> Value:
    x = ctx.tensor(0)
    return transpose(ctx, x, transpose_perm(ctx, len(x.shape)))


def _concat(ctx: NodeContext) -> Value:
    tensors = [ctx.tensor(index) for index in range(len(ctx.inputs))]
    if not tensors:
        raise InputError(f"{ctx.where}: it has no inputs")
    return concat(ctx, tensors, concat_axis(ctx, len(tensors[0].shape)))


def _slice(ctx: NodeContext) -> Value:
    x = ctx.tensor(0)
    return take(ctx, x, slice_ranges(ctx, x.shape))


def _pad(ctx: NodeContext) -> Value:
    x = ctx.tensor(0)
    rank = len(x.shape)
    mode = ctx.attributes.text("mode", "constant")
    axes: tuple[int, ...] = tuple(range(rank))
    value = np.float32(0)
    if ctx.opset < 11:
        ctx.arity(1, 1)
        pads = ctx.attributes.integers("pads")
        value = ctx.attributes.floating("value", 0.0)
        if pads is None:
            raise InputError(f"{ctx.where}: pads are missing")
    else:
        ctx.arity(2, 4 if ctx.opset >= 18 else 3)
        pads = ctx.integers(1)
        if ctx.inputs[2] is not None:
            constant = ctx.float_array(2)
            if constant.size != 1:
                raise InputError(f"{ctx.where}: the padding value must be one number")
            value = np.float32(constant.reshape(()))
        if ctx.opset >= 18 and ctx.inputs[3] is not None:
            axes = tuple(ctx.axis(axis, rank) for axis in ctx.integers(3))
    if mode != "constant":
        raise UnsupportedError(f"{ctx.where}: the mode {mode[:40]!r} is not supported")
    if len(pads) != 2 * len(axes) or len(set(axes)) != len(axes):
        raise InputError(f"{ctx.where}: pads {list(pads)[:16]} do not fit {len(axes)} axes")
    before, after = [0] * rank, [0] * rank
    for index, axis in enumerate(axes):
        before[axis], after[axis] = pads[index], pads[index + len(axes)]
    return pad(ctx, x, before, after, value)


HANDLERS: dict[str, Handler] = {
    "Concat": _concat,
    "Flatten": _reshaped(flatten_shape),
    "Identity": _identity,
    "Pad": _pad,
    "Reshape": _reshaped(reshape_target),
    "Slice": _slice,
    "Squeeze": _reshaped(squeeze_shape),
    "Transpose": _transpose,
    "Unsqueeze": _reshaped(unsqueeze_shape),
}

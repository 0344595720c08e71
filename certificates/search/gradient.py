"""Reverse mode through the graph IR in NumPy float32, on batches: vector-Jacobian products.

Used to search; nothing here is trusted. At a kink (a ReLU at zero, a tie of a maximum) one of the
one-sided derivatives is taken; or the step from one side's derivative to the other's is softened
into a sigmoid, so that units that are off pass a part of the gradient.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.errors import UnsupportedError
from runtime.graph import FloatArray, Graph, arrays, evaluate, ops

__all__ = ["input_gradient", "run", "tensor_gradients"]

Floats = NDArray[np.float32]

_STEEPEST = 30.0
_NARROWEST = np.float32(1e-30)


def run(graph: Graph, x: Floats) -> dict[str, FloatArray]:
    """All tensors of float32 runs on inputs [B, *shape]."""
    return evaluate.run(graph, x, keep_all=True)


@dataclass(frozen=True, slots=True, eq=False)
class _Kink:
    """The derivative of max(x, 0): a step at zero, or a sigmoid as wide as `softness` [B] says.

    The width is in units of the root mean square of the tensor, row by row.
    """

    softness: Floats | None

    def slope(self, x: FloatArray) -> Floats:
        """1 where x [B, ...] is above zero, 0 where it is not; in between where it is soft."""
        if self.softness is None:
            return (x > 0).astype(np.float32)
        rows = x.reshape(len(x), -1)
        size = np.sqrt(np.einsum("ij,ij->i", rows, rows) / rows.shape[1])
        widths = np.maximum(self.softness * size, _NARROWEST)
        steep = np.clip(rows / widths[:, None], -_STEEPEST, _STEEPEST)
        return np.asarray(1 / (1 + np.exp(-steep)), np.float32).reshape(x.shape)


def input_gradient(
    graph: Graph,
    values: dict[str, FloatArray],
    output_gradient: Floats,
    softness: Floats | None = None,
) -> Floats:
    """Gradient [B, *input shape] of Σ output_gradient · output, for `values` from `run`.

    `output_gradient` is [B, size] over the flat output. `softness` [B] widens the kinks of each
    row, in units of the size of the tensor at the kink; 0 hardly does.
    Raises UnsupportedError for an operator without a derivative here.
    """
    batch = output_gradient.shape[0]
    gradients = _backward(graph, values, output_gradient, _Kink(softness), keep=False)
    zero = np.zeros((batch, *graph.inputs[0].shape), np.float32)
    return np.asarray(gradients.get(graph.inputs[0].name, zero), dtype=np.float32)


def tensor_gradients(
    graph: Graph, values: dict[str, FloatArray], output_gradient: Floats
) -> dict[str, Floats]:
    """As `input_gradient`, with respect to every tensor that the output depends on, by name."""
    return _backward(graph, values, output_gradient, _Kink(None), keep=True)


def _backward(
    graph: Graph,
    values: dict[str, FloatArray],
    output_gradient: Floats,
    kink: _Kink,
    *,
    keep: bool,
) -> dict[str, Floats]:
    shape = (output_gradient.shape[0], *graph.shape_of(graph.output))
    gradients: dict[str, Floats] = {graph.output: output_gradient.reshape(shape)}
    for node in reversed(graph.nodes):
        gradient = gradients.get(node.name) if keep else gradients.pop(node.name, None)
        if gradient is None or not node.inputs:
            continue
        inputs = [values[name] for name in node.inputs]
        for name, part in zip(node.inputs, _pull(node.op, inputs, gradient, kink), strict=True):
            gradients[name] = gradients[name] + part if name in gradients else part
    return gradients


def _pull(op: ops.Op, inputs: list[FloatArray], g: Floats, kink: _Kink) -> list[Floats]:
    """Gradients of the inputs from the gradient `g` of the result."""
    match op:
        case ops.Add():
            return [g, g]
        case ops.Sub():
            return [g, -g]
        case ops.Maximum():
            first = g * kink.slope(inputs[0] - inputs[1])
            return [first, g - first]
        case ops.Minimum():
            first = g * kink.slope(inputs[1] - inputs[0])
            return [first, g - first]
        case ops.Concat():
            cut = inputs[0].shape[op.axis + 1]
            return list(np.split(g, [cut], axis=op.axis + 1))
    return [_pull_one(op, inputs[0], g, kink)]


@singledispatch
def _pull_one(op: ops.Op, x: FloatArray, g: Floats, kink: _Kink) -> Floats:
    raise UnsupportedError(f"The operator {op.kind} has no derivative for the search.")


@_pull_one.register
def _(op: ops.Linear, x: FloatArray, g: Floats, kink: _Kink) -> Floats:
    return g @ op.weight


@_pull_one.register
def _(op: ops.Conv2d, x: FloatArray, g: Floats, kink: _Kink) -> Floats:
    channels, per_group, kh, kw = op.weight.shape
    oh, ow = g.shape[2:]
    kernel = op.weight.reshape(op.groups, channels // op.groups, per_group * kh * kw)
    rows = g.reshape(-1, op.groups, channels // op.groups, oh * ow)
    columns = np.matmul(kernel.transpose(0, 2, 1), rows)
    seen = columns.reshape(-1, op.groups * per_group, kh, kw, oh, ow).transpose(0, 1, 4, 5, 2, 3)
    return _scatter(seen, x.shape, op.stride, op.padding, op.dilation)


def _scatter(
    seen: NDArray[Any],
    shape: tuple[int, ...],
    stride: ops.Shape,
    padding: ops.Shape,
    dilation: ops.Shape,
) -> Floats:
    """Adjoint of `arrays.windows`: add [B, C, oh, ow, kh, kw] back onto [B, C, H, W]."""
    top, left, bottom, right = padding
    oh, ow, kh, kw = seen.shape[2:]
    result = np.zeros((*shape[:2], shape[2] + top + bottom, shape[3] + left + right), seen.dtype)
    for a in range(kh):
        for b in range(kw):
            row, column = a * dilation[0], b * dilation[1]
            rows = slice(row, row + (oh - 1) * stride[0] + 1, stride[0])
            columns = slice(column, column + (ow - 1) * stride[1] + 1, stride[1])
            result[:, :, rows, columns] += seen[..., a, b]
    return result[:, :, top : top + shape[2], left : left + shape[3]]


@_pull_one.register
def _(op: ops.Affine, x: FloatArray, g: Floats, kink: _Kink) -> Floats:
    factor = op.scale if op.divisor is None else op.scale / op.divisor
    return (arrays.per_channel(g, op.scale.size) * factor[:, None]).reshape(x.shape)


@_pull_one.register
def _(op: ops.Neg, x: FloatArray, g: Floats, kink: _Kink) -> Floats:
    return -g


@_pull_one.register
def _(op: ops.Abs, x: FloatArray, g: Floats, kink: _Kink) -> Floats:
    return g * (2 * kink.slope(x) - 1)


@_pull_one.register
def _(op: ops.Relu, x: FloatArray, g: Floats, kink: _Kink) -> Floats:
    return g * kink.slope(x)


@_pull_one.register
def _(op: ops.LeakyRelu, x: FloatArray, g: Floats, kink: _Kink) -> Floats:
    return g * (op.alpha + (1 - op.alpha) * kink.slope(x))


@_pull_one.register
def _(op: ops.Clip, x: FloatArray, g: Floats, kink: _Kink) -> Floats:
    if op.low is not None:
        g = g * kink.slope(x - op.low)
    return g if op.high is None else g * kink.slope(op.high - x)


@_pull_one.register
def _(op: ops.MaxPool2d, x: FloatArray, g: Floats, kink: _Kink) -> Floats:
    window = (op.kernel, op.stride, op.padding, op.dilation)
    seen = arrays.windows(x, *window)
    inside = arrays.windows(np.ones((1, *x.shape[1:]), dtype=bool), *window)
    largest = np.where(inside, seen, -np.inf).reshape(*seen.shape[:4], -1).argmax(axis=-1)
    chosen = np.arange(math.prod(op.kernel)) == largest[..., None]
    parts = np.where(chosen.reshape(seen.shape), g[..., None, None], 0)
    return _scatter(parts, x.shape, op.stride, op.padding, op.dilation)


@_pull_one.register
def _(op: ops.AvgPool2d, x: FloatArray, g: Floats, kink: _Kink) -> Floats:
    share = (g / arrays.window_counts(op, x.shape[2:]).astype(np.float32))[..., None, None]
    seen = np.broadcast_to(share, (*g.shape, *op.kernel))
    return _scatter(seen, x.shape, op.stride, op.padding, (1, 1))


@_pull_one.register
def _(op: ops.GlobalAvgPool, x: FloatArray, g: Floats, kink: _Kink) -> Floats:
    return np.broadcast_to(g / np.float32(math.prod(x.shape[2:])), x.shape)


@_pull_one.register(ops.ReduceSum)
@_pull_one.register(ops.ReduceMean)
def _(op: ops.ReduceSum | ops.ReduceMean, x: FloatArray, g: Floats, kink: _Kink) -> Floats:
    axes = tuple(axis + 1 for axis in op.axes)
    if not op.keepdims:
        g = np.expand_dims(g, axes)
    if isinstance(op, ops.ReduceMean):
        g = g / np.float32(math.prod(x.shape[axis] for axis in axes))
    return np.broadcast_to(g, x.shape)


@_pull_one.register(ops.Flatten)
@_pull_one.register(ops.Reshape)
def _(op: ops.Op, x: FloatArray, g: Floats, kink: _Kink) -> Floats:
    return g.reshape(x.shape)


@_pull_one.register
def _(op: ops.Transpose, x: FloatArray, g: Floats, kink: _Kink) -> Floats:
    inverse = np.argsort(op.perm)
    return g.transpose(0, *(int(axis) + 1 for axis in inverse))


@_pull_one.register
def _(op: ops.Slice, x: FloatArray, g: Floats, kink: _Kink) -> Floats:
    result = np.zeros(x.shape, g.dtype)
    # `move` gives a view for a Slice, so that writing to it fills the elements it was cut from.
    arrays.move(op, result)[...] = g
    return result


@_pull_one.register
def _(op: ops.Pad, x: FloatArray, g: Floats, kink: _Kink) -> Floats:
    inside = tuple(slice(lo, lo + size) for lo, size in zip(op.before, x.shape[1:], strict=True))
    return g[(slice(None), *inside)]

"""Evaluation in NumPy float32, on batches.

The order of additions inside a dot product is NumPy's own, so the last bits may differ between
machines; the theorems about binary32 cover every order.
"""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from runtime.errors import InputError
from runtime.graph import arrays, ops
from runtime.graph.ops import FloatArray, Op, shape_text

if TYPE_CHECKING:
    from runtime.graph.ir import Graph

__all__ = ["apply", "run"]

_WINDOW_BYTES = 1 << 26
"""Largest size of the unrolled windows of one convolution step."""


def run(
    graph: Graph, x: ArrayLike | tuple[ArrayLike, ...], *, keep_all: bool
) -> dict[str, FloatArray]:
    """Run `graph` on inputs [B, ...]; a tuple where there are several inputs.

    Returns the tensors by name; without `keep_all` those that are read no more are dropped.
    Raises InputError for wrong shapes.
    """
    given = x if isinstance(x, tuple) and len(graph.inputs) > 1 else (x,)
    if len(given) != len(graph.inputs):
        raise InputError(
            f"graph {graph.name}: {len(graph.inputs)} inputs are needed, not {len(given)}"
        )
    values: dict[str, FloatArray] = {}
    for entry, value in zip(graph.inputs, given, strict=True):
        array = np.asarray(value, dtype=np.float32)
        if array.ndim == 0 or array.shape[1:] != entry.shape:
            raise InputError(
                f"input {entry.name}: the shape {shape_text(array.shape)} is not a batch of "
                f"{shape_text(entry.shape)}"
            )
        values[entry.name] = array
    batch = values[graph.inputs[0].name].shape[0]
    if any(value.shape[0] != batch for value in values.values()):
        raise InputError(f"graph {graph.name}: the inputs have different batch sizes")
    last_use = {name: index for index, node in enumerate(graph.nodes) for name in node.inputs}
    for index, node in enumerate(graph.nodes):
        values[node.name] = apply(node.op, [values[name] for name in node.inputs], batch)
        if not keep_all:
            for name in set(node.inputs):
                if last_use[name] == index and name != graph.output:
                    del values[name]
    return values


def apply(op: Op, inputs: list[FloatArray], batch: int) -> FloatArray:
    """One operator on float32 arrays [B, *shape]."""
    with np.errstate(over="ignore", invalid="ignore"):
        if isinstance(op, ops.Constant):
            return np.broadcast_to(op.value, (batch, *op.value.shape))
        if len(inputs) == 2:
            return _binary(op, inputs[0], inputs[1])
        return np.ascontiguousarray(_unary(op, inputs[0]), dtype=np.float32)


def _binary(op: Op, x: FloatArray, y: FloatArray) -> FloatArray:
    match op:
        case ops.Add():
            return x + y
        case ops.Sub():
            return x - y
        case ops.Maximum():
            return np.maximum(x, y)
        case ops.Minimum():
            return np.minimum(x, y)
        case ops.Concat():
            return arrays.concatenate(x, y, op.axis)
    raise InputError(f"{op.kind} is not an operator of two inputs")


@singledispatch
def _unary(op: Op, x: FloatArray) -> FloatArray:
    return arrays.move(op, x)


@_unary.register
def _(op: ops.Linear, x: FloatArray) -> FloatArray:
    return x @ op.weight.T + op.bias


@_unary.register
def _(op: ops.Conv2d, x: FloatArray) -> FloatArray:
    channels, height, width = op.infer([x.shape[1:]])
    taps = int(np.prod(op.weight.shape[1:]))
    kernel = op.weight.reshape(op.groups, channels // op.groups, taps)
    step = max(1, _WINDOW_BYTES // (4 * taps * op.groups * height * width))
    parts = []
    for start in range(0, x.shape[0], step):
        part = x[start : start + step]
        seen = arrays.windows(part, op.kernel, op.stride, op.padding, op.dilation)
        columns = seen.transpose(0, 1, 4, 5, 2, 3).reshape(
            part.shape[0], op.groups, taps, height * width
        )
        parts.append(np.matmul(kernel, columns).reshape(-1, channels, height, width))
    whole = np.concatenate(parts) if parts else np.empty((0, channels, height, width), np.float32)
    return np.asarray(whole + op.bias[:, None, None], dtype=np.float32)


@_unary.register
def _(op: ops.Affine, x: FloatArray) -> FloatArray:
    y = arrays.per_channel(x, op.scale.size) * op.scale[:, None]
    if op.divisor is not None:
        y = y / op.divisor[:, None]
    return np.asarray(y + op.shift[:, None], dtype=np.float32).reshape(x.shape)


@_unary.register
def _(op: ops.Neg, x: FloatArray) -> FloatArray:
    return -x


@_unary.register
def _(op: ops.Abs, x: FloatArray) -> FloatArray:
    return np.abs(x)


@_unary.register
def _(op: ops.Relu, x: FloatArray) -> FloatArray:
    return np.maximum(x, np.float32(0))


@_unary.register
def _(op: ops.LeakyRelu, x: FloatArray) -> FloatArray:
    return np.where(x >= 0, x, x * op.alpha)


@_unary.register
def _(op: ops.Clip, x: FloatArray) -> FloatArray:
    y = x if op.low is None else np.maximum(x, op.low)
    return y if op.high is None else np.minimum(y, op.high)


@_unary.register
def _(op: ops.MaxPool2d, x: FloatArray) -> FloatArray:
    return arrays.max_windows(x, op.kernel, op.stride, op.padding, op.dilation)


@_unary.register
def _(op: ops.AvgPool2d, x: FloatArray) -> FloatArray:
    sums = arrays.windows(x, op.kernel, op.stride, op.padding, (1, 1)).sum(
        axis=(4, 5), dtype=np.float32
    )
    return np.asarray(sums / arrays.window_counts(op, x.shape[2:]).astype(np.float32))


@_unary.register
def _(op: ops.GlobalAvgPool, x: FloatArray) -> FloatArray:
    return np.asarray(x.mean(axis=(2, 3), keepdims=True, dtype=np.float32))


@_unary.register
def _(op: ops.Pad, x: FloatArray) -> FloatArray:
    return arrays.pad(x, op.before, op.after, op.value)


@_unary.register
def _(op: ops.ReduceSum, x: FloatArray) -> FloatArray:
    axes = tuple(axis + 1 for axis in op.axes)
    return np.asarray(x.sum(axis=axes, keepdims=op.keepdims, dtype=np.float32))


@_unary.register
def _(op: ops.ReduceMean, x: FloatArray) -> FloatArray:
    axes = tuple(axis + 1 for axis in op.axes)
    return np.asarray(x.mean(axis=axes, keepdims=op.keepdims, dtype=np.float32))

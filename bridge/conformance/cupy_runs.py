"""Runs with CuPy: every node's value, by the array interface that CuPy shares with NumPy."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import singledispatch
from typing import Any

import numpy as np

from bridge.conformance.numpy_runs import BATCHES
from bridge.conformance.runs import Backend, Run, blocks
from runtime.devices import device
from runtime.errors import InfrastructureError, UnsupportedError
from runtime.graph import FloatArray, Graph, arrays, ops
from runtime.graph.ops.window import Padding, Pair, output_extents

__all__ = ["cupy_backend", "run_arrays"]


def cupy_backend() -> Backend | str:
    """The backend, or why it is missing."""
    try:
        module = device("cuda").module
    except InfrastructureError as error:
        return str(error)

    def runs(graph: Graph, points: FloatArray) -> Iterator[Run]:
        for size, rows in blocks(len(points), BATCHES):
            values = run_arrays(module, graph, points[rows])
            found = {name: module.asnumpy(value) for name, value in values.items()}
            yield Run(f"batch {size}", rows, found)

    return Backend("CuPy", str(module.__version__), runs)


def run_arrays(module: Any, graph: Graph, points: FloatArray) -> dict[str, Any]:
    """All nodes' values on inputs [B, *shape], as arrays of `module`: cupy, or numpy in tests."""
    values: dict[str, Any] = {graph.inputs[0].name: module.asarray(points)}
    for node in graph.nodes:
        inputs = [values[name] for name in node.inputs]
        values[node.name] = _apply(node.op, inputs, module, len(points))
    return {node.name: values[node.name] for node in graph.nodes}


def _apply(op: ops.Op, inputs: list[Any], xp: Any, batch: int) -> Any:
    match op:
        case ops.Constant():
            return xp.asarray(np.stack([op.value] * batch))
        case ops.Add():
            return inputs[0] + inputs[1]
        case ops.Sub():
            return inputs[0] - inputs[1]
        case ops.Maximum():
            return xp.maximum(*inputs)
        case ops.Minimum():
            return xp.minimum(*inputs)
        case ops.Concat():
            return xp.concatenate(inputs, axis=op.axis + 1)
        case ops.Neg():
            return -inputs[0]
        case ops.Abs():
            return xp.abs(inputs[0])
        case ops.Relu():
            return xp.maximum(inputs[0], np.float32(0))
    return _unary(op, inputs[0], xp)


@singledispatch
def _unary(op: ops.Op, x: Any, xp: Any) -> Any:
    if isinstance(op, ops.Flatten | ops.Reshape | ops.Transpose | ops.Slice):
        return arrays.move(op, x)
    raise UnsupportedError(f"The operator {op.kind} has no counterpart in CuPy here.")


@_unary.register
def _(op: ops.Linear, x: Any, xp: Any) -> Any:
    return x @ xp.asarray(op.weight).T + xp.asarray(op.bias)


@_unary.register
def _(op: ops.Conv2d, x: Any, xp: Any) -> Any:
    channels, height, width = op.infer([tuple(x.shape[1:])])
    taps = math.prod(op.weight.shape[1:])
    seen = _windows(x, op.kernel, op.stride, op.padding, op.dilation, 0.0, xp)
    columns = seen.transpose(2, 0, 1, 3, 4).reshape(len(x), op.groups, taps, height * width)
    kernel = xp.asarray(op.weight).reshape(op.groups, channels // op.groups, taps)
    sums = xp.matmul(kernel, columns).reshape(len(x), channels, height, width)
    return sums + xp.asarray(op.bias)[:, None, None]


def _windows(
    x: Any, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair, value: float, xp: Any
) -> Any:
    """What each tap of the kernel sees of an image [B, C, H, W], as [C, taps, B, oh, ow].

    The padding has the value `value`.
    """
    height, width = output_extents(tuple(x.shape[2:]), kernel, stride, padding, dilation, "window")
    top, left, bottom, right = padding
    widths = ((0, 0), (0, 0), (top, bottom), (left, right))
    seen = xp.pad(x, widths, constant_values=np.float32(value)) if any(padding) else x
    taps = []
    for row in range(kernel[0]):
        for column in range(kernel[1]):
            first, second = row * dilation[0], column * dilation[1]
            rows = slice(first, first + stride[0] * (height - 1) + 1, stride[0])
            columns = slice(second, second + stride[1] * (width - 1) + 1, stride[1])
            taps.append(seen[:, :, rows, columns])
    return xp.stack(taps).transpose(2, 0, 1, 3, 4)


@_unary.register
def _(op: ops.Affine, x: Any, xp: Any) -> Any:
    seen = x.reshape(len(x), op.scale.size, -1) * xp.asarray(op.scale[:, None])
    if op.divisor is not None:
        seen = seen / xp.asarray(op.divisor[:, None])
    return (seen + xp.asarray(op.shift[:, None])).reshape(x.shape)


@_unary.register
def _(op: ops.LeakyRelu, x: Any, xp: Any) -> Any:
    return xp.where(x >= 0, x, x * op.alpha)


@_unary.register
def _(op: ops.Clip, x: Any, xp: Any) -> Any:
    y = x if op.low is None else xp.maximum(x, op.low)
    return y if op.high is None else xp.minimum(y, op.high)


@_unary.register
def _(op: ops.MaxPool2d, x: Any, xp: Any) -> Any:
    seen = _windows(x, op.kernel, op.stride, op.padding, op.dilation, -math.inf, xp)
    return seen.max(axis=1).transpose(1, 0, 2, 3)


@_unary.register
def _(op: ops.AvgPool2d, x: Any, xp: Any) -> Any:
    seen = _windows(x, op.kernel, op.stride, op.padding, (1, 1), 0.0, xp)
    counts = arrays.window_counts(op, tuple(x.shape[2:])).astype(np.float32)
    return seen.sum(axis=1).transpose(1, 0, 2, 3) / xp.asarray(counts)


@_unary.register
def _(op: ops.GlobalAvgPool, x: Any, xp: Any) -> Any:
    return x.mean(axis=(2, 3), keepdims=True)


@_unary.register
def _(op: ops.Pad, x: Any, xp: Any) -> Any:
    widths = ((0, 0), *zip(op.before, op.after, strict=True))
    return xp.pad(x, widths, constant_values=op.value)


@_unary.register
def _(op: ops.ReduceSum, x: Any, xp: Any) -> Any:
    return x.sum(axis=tuple(axis + 1 for axis in op.axes), keepdims=op.keepdims)


@_unary.register
def _(op: ops.ReduceMean, x: Any, xp: Any) -> Any:
    return x.mean(axis=tuple(axis + 1 for axis in op.axes), keepdims=op.keepdims)

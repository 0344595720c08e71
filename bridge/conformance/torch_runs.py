"""Runs with PyTorch, on the CPU and on a CUDA device: every node's value."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.conformance.numpy_runs import BATCHES
from bridge.conformance.runs import Backend, Run, blocks
from runtime.errors import UnsupportedError
from runtime.graph import FloatArray, Graph, arrays, ops

__all__ = ["run_torch", "torch_backend"]

_THREADS = (1, 2, 4)
_Values = dict[str, Any]


def torch_backend() -> Backend | str:
    """The backend, or why it is missing."""
    try:
        import torch
    except ImportError:
        return "PyTorch is not installed"
    return Backend("PyTorch", str(torch.__version__), _runs)


def _runs(graph: Graph, points: FloatArray) -> Iterator[Run]:
    import torch

    before = torch.get_num_threads()
    try:
        for threads in _THREADS:
            torch.set_num_threads(threads)
            for size, rows in blocks(len(points), BATCHES):
                values = run_torch(graph, points[rows])
                yield Run(f"CPU, batch {size}, {threads} threads", rows, values)
    finally:
        torch.set_num_threads(before)
    if torch.cuda.is_available():
        for size, rows in blocks(len(points), BATCHES):
            yield Run(f"CUDA, batch {size}", rows, run_torch(graph, points[rows], device="cuda"))


def run_torch(
    graph: Graph, points: FloatArray, *, device: str = "cpu", tf32: bool = False
) -> dict[str, FloatArray]:
    """All nodes' values on inputs [B, *shape].

    `tf32` lets a CUDA device round the operands of products to 10 bits, which no theorem about
    binary32 covers; it is off otherwise, whatever the caller's settings are.
    """
    import torch

    with torch.no_grad(), _precision(torch, tf32):
        values: _Values = {graph.inputs[0].name: torch.from_numpy(points.copy()).to(device)}
        for node in graph.nodes:
            values[node.name] = _apply(node.op, [values[n] for n in node.inputs], len(points))
            if not node.inputs:
                values[node.name] = values[node.name].to(device)
        return {node.name: values[node.name].cpu().numpy() for node in graph.nodes}


@contextmanager
def _precision(torch: Any, tf32: bool) -> Iterator[None]:
    places = (torch.backends.cuda.matmul, torch.backends.cudnn)
    before = [place.allow_tf32 for place in places]
    try:
        for place in places:
            place.allow_tf32 = tf32
        yield
    finally:
        for place, value in zip(places, before, strict=True):
            place.allow_tf32 = value


def _tensor(values: NDArray[Any], like: Any) -> Any:
    import torch

    return torch.from_numpy(np.ascontiguousarray(values).copy()).to(like.device)


def _apply(op: ops.Op, inputs: list[Any], batch: int) -> Any:
    import torch

    match op:
        case ops.Constant():
            return torch.from_numpy(np.stack([op.value] * batch))
        case ops.Add():
            return inputs[0] + inputs[1]
        case ops.Sub():
            return inputs[0] - inputs[1]
        case ops.Maximum():
            return torch.maximum(*inputs)
        case ops.Minimum():
            return torch.minimum(*inputs)
        case ops.Concat():
            return torch.cat(inputs, dim=op.axis + 1)
        case ops.Neg():
            return -inputs[0]
        case ops.Abs():
            return inputs[0].abs()
        case ops.Relu():
            return inputs[0].relu()
    return _unary(op, inputs[0])


@singledispatch
def _unary(op: ops.Op, x: Any) -> Any:
    raise UnsupportedError(f"The operator {op.kind} has no counterpart in PyTorch here.")


@_unary.register
def _(op: ops.Linear, x: Any) -> Any:
    from torch.nn import functional

    return functional.linear(x, _tensor(op.weight, x), _tensor(op.bias, x))


@_unary.register
def _(op: ops.Conv2d, x: Any) -> Any:
    from torch.nn import functional

    weight, bias = _tensor(op.weight, x), _tensor(op.bias, x)
    return functional.conv2d(
        _padded(x, op.padding, 0.0), weight, bias, op.stride, 0, op.dilation, op.groups
    )


def _padded(x: Any, padding: tuple[int, int, int, int], value: float) -> Any:
    from torch.nn import functional

    top, left, bottom, right = padding
    return functional.pad(x, (left, right, top, bottom), value=value) if any(padding) else x


@_unary.register
def _(op: ops.Affine, x: Any) -> Any:
    seen = x.reshape(len(x), op.scale.size, -1) * _tensor(op.scale[:, None], x)
    if op.divisor is not None:
        seen = seen / _tensor(op.divisor[:, None], x)
    return (seen + _tensor(op.shift[:, None], x)).reshape(x.shape)


@_unary.register
def _(op: ops.LeakyRelu, x: Any) -> Any:
    from torch.nn import functional

    return functional.leaky_relu(x, float(op.alpha))


@_unary.register
def _(op: ops.Clip, x: Any) -> Any:
    low, high = (None if value is None else float(value) for value in (op.low, op.high))
    return x.clamp(low, high)


@_unary.register
def _(op: ops.MaxPool2d, x: Any) -> Any:
    from torch.nn import functional

    seen = _padded(x, op.padding, -math.inf)
    return functional.max_pool2d(seen, op.kernel, op.stride, 0, op.dilation)


@_unary.register
def _(op: ops.AvgPool2d, x: Any) -> Any:
    from torch.nn import functional

    sums = functional.avg_pool2d(
        _padded(x, op.padding, 0.0), op.kernel, op.stride, divisor_override=1
    )
    counts = arrays.window_counts(op, tuple(x.shape[2:])).astype(np.float32)
    return sums / _tensor(counts, x)


@_unary.register
def _(op: ops.GlobalAvgPool, x: Any) -> Any:
    return x.mean(dim=(2, 3), keepdim=True)


@_unary.register
def _(op: ops.Flatten, x: Any) -> Any:
    return x.reshape(len(x), -1)


@_unary.register
def _(op: ops.Reshape, x: Any) -> Any:
    return x.reshape(len(x), *op.shape)


@_unary.register
def _(op: ops.Transpose, x: Any) -> Any:
    return x.permute(0, *(axis + 1 for axis in op.perm))


@_unary.register
def _(op: ops.Slice, x: Any) -> Any:
    for axis, (start, step, count) in enumerate(zip(op.starts, op.steps, op.counts, strict=True)):
        kept = np.arange(start, start + step * count, step)
        x = x.index_select(axis + 1, _tensor(kept, x))
    return x


@_unary.register
def _(op: ops.Pad, x: Any) -> Any:
    from torch.nn import functional

    widths: list[int] = []
    for before, after in zip(reversed(op.before), reversed(op.after), strict=True):
        widths += [before, after]
    return functional.pad(x, widths, value=float(op.value))


@_unary.register
def _(op: ops.ReduceSum, x: Any) -> Any:
    return x.sum(dim=tuple(axis + 1 for axis in op.axes), keepdim=op.keepdims)


@_unary.register
def _(op: ops.ReduceMean, x: Any) -> Any:
    return x.mean(dim=tuple(axis + 1 for axis in op.axes), keepdim=op.keepdims)

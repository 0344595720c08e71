"""Products of a constant matrix with a computed tensor."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from bridge.importers.lowering.step import Step
from bridge.importers.lowering.values import Tensor
from runtime.graph import Conv2d, FloatArray, Linear, Shape, Transpose

__all__ = ["linear", "times_left", "times_right"]


def linear(
    step: Step, weight: FloatArray, x: Tensor, shape: Shape, bias: FloatArray | None = None
) -> Tensor:
    """weight [M, K] times the K elements of x, plus bias [M]; full shape `shape` of M elements."""
    given = np.zeros(weight.shape[0], dtype=np.float32) if bias is None else bias
    op = step.checked(lambda: Linear(weight, given))
    source = step.view(x, (weight.shape[1],))
    made = step.emit(op, source, shape=shape)
    return replace(made, unbiased=(op, source)) if bias is None else made


def times_left(step: Step, weight: FloatArray, x: Tensor, shape: Shape) -> Tensor:
    """weight [M, K] times x [K, N]: a Linear for one column, else a convolution with 1x1 kernel."""
    rows, inner = weight.shape
    columns = math.prod(x.shape) // inner
    if columns == 1:
        return linear(step, weight, x, shape)
    zero = np.zeros(rows, dtype=np.float32)
    op = step.checked(lambda: Conv2d(weight.reshape(rows, inner, 1, 1), zero))
    source = step.view(x, (inner, 1, columns))
    return replace(step.emit(op, source, shape=shape), unbiased=(op, source))


def times_right(step: Step, x: Tensor, weight: FloatArray, shape: Shape) -> Tensor:
    """x [..., K] times weight [K, N]: every row of x goes through one Linear."""
    inner, columns = weight.shape
    rows = math.prod(x.shape) // inner
    transposed = np.ascontiguousarray(weight.T)
    if rows == 1:
        return linear(step, transposed, x, shape)
    turned = step.emit(Transpose((1, 0)), step.view(x, (rows, inner)))
    product = times_left(step, transposed, turned, (columns, rows))
    return step.emit(Transpose((1, 0)), step.view(product, (columns, rows)), shape=shape)

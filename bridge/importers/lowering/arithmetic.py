"""Arithmetic with constants, and operators of two computed tensors."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from bridge.importers.lowering.step import Step
from bridge.importers.lowering.values import Tensor, without_batch
from runtime.errors import InputError, UnsupportedError
from runtime.graph import (
    Affine,
    Clip,
    Concat,
    Conv2d,
    FloatArray,
    Linear,
    Maximum,
    Minimum,
    Op,
    Shape,
)

__all__ = ["affine", "binary", "clip", "extreme"]

_FLOAT32 = np.finfo(np.float32)
_MAX_COPIES = 4096
_ONE = np.ones((), dtype=np.float32)
_ZERO = np.zeros((), dtype=np.float32)


def _broadcast_shape(step: Step, first: Shape, second: Shape) -> Shape:
    try:
        return np.broadcast_shapes(first, second)
    except ValueError as error:
        raise InputError(
            f"{step.where}: the shapes {list(first)} and {list(second)} do not broadcast"
        ) from error


def _expand(step: Step, tensor: Tensor, shape: Shape) -> Tensor:
    """The tensor broadcast to the full shape; copies are chained by Concat."""
    if math.prod(shape) == math.prod(tensor.shape):
        return replace(tensor, shape=shape)
    current = (1,) * (len(shape) - len(tensor.shape)) + tensor.shape
    if math.prod(shape) // math.prod(current) > _MAX_COPIES:
        raise UnsupportedError(f"{step.where}: it broadcasts a computed tensor too often")
    name = tensor.name
    for axis, size in enumerate(shape):
        if current[axis] == size:
            continue
        one = step.view(Tensor(name, current), current)
        name, copies = one, 1
        while copies < size:
            # Doubling keeps the chain short; the last steps add what is missing.
            if 2 * copies <= size:
                name, copies = step.emit(Concat(axis), name, name).name, 2 * copies
            else:
                name, copies = step.emit(Concat(axis), name, one).name, copies + 1
        current = (*current[:axis], size, *current[axis + 1 :])
    return Tensor(name, shape)


def binary(step: Step, op: Op, x: Tensor, y: Tensor) -> Tensor:
    """An operator of two computed tensors, broadcast to one shape."""
    shape = _broadcast_shape(step, x.shape, y.shape)
    both = [_expand(step, value, shape) for value in (x, y)]
    inner = without_batch(shape)
    return step.emit(op, *(step.view(value, inner) for value in both), shape=shape)


def _blocks(shape: Shape, arrays: list[FloatArray]) -> int:
    """The fewest leading blocks of the flat order on which every array is constant, bit by bit."""
    for axes in range(len(shape)):
        count = math.prod(shape[:axes])
        rows = [array.view(np.uint32).reshape(count, -1) for array in arrays]
        if all(bool(np.all(row == row[:, :1])) for row in rows):
            return count
    return math.prod(shape)


def affine(
    step: Step,
    x: Tensor,
    *,
    scale: FloatArray = _ONE,
    shift: FloatArray = _ZERO,
    divisor: FloatArray = _ONE,
) -> Tensor:
    """x * scale / divisor + shift with NumPy's broadcasting.

    Identities vanish, and a lone shift becomes the bias of the Linear or Conv2d before it.
    Raises InputError for shapes that do not broadcast and for a division by zero.
    """
    shape = x.shape
    for value in (scale, shift, divisor):
        shape = _broadcast_shape(step, shape, value.shape)
    x = _expand(step, x, shape)
    full = [np.ascontiguousarray(np.broadcast_to(v, shape)) for v in (scale, shift, divisor)]
    count = _blocks(shape, full)
    scales, shifts, divisors = (array.reshape(count, -1)[:, 0] for array in full)
    if not bool(np.all(divisors != 0)):
        raise InputError(f"{step.where}: it divides by zero")
    undivided = bool(np.all(divisors == 1))
    if undivided and bool(np.all(scales == 1)):
        if not shifts.any():
            return x
        fused = _with_bias(step, x, shifts)
        if fused is not None:
            return fused
    op = step.checked(lambda: Affine(scales, shifts, None if undivided else divisors))
    return step.emit(op, step.view(x, without_batch(shape)), shape=shape)


def _with_bias(step: Step, x: Tensor, shifts: FloatArray) -> Tensor | None:
    """The Linear or Conv2d without bias that made x, with the shift as its bias; exact."""
    if x.unbiased is None:
        return None
    op, source = x.unbiased
    if not isinstance(op, Linear | Conv2d) or op.bias.size % shifts.size:
        return None
    bias = np.repeat(shifts, op.bias.size // shifts.size)
    if isinstance(op, Linear):
        return step.emit(Linear(op.weight, bias), source, shape=x.shape)
    fused = Conv2d(op.weight, bias, op.stride, op.padding, op.dilation, op.groups)
    return step.emit(fused, source, shape=x.shape)


def extreme(step: Step, op: Maximum | Minimum, x: Tensor, constant: FloatArray) -> Tensor:
    """Maximum or Minimum with a constant: a Clip when it is one number, else a Constant node."""
    shape = _broadcast_shape(step, x.shape, constant.shape)
    first = np.float32(constant.reshape(-1)[0])
    if bool(np.all(constant == first)):
        return clip(step, _expand(step, x, shape), *_one_bound(op, first))
    full = np.ascontiguousarray(np.broadcast_to(constant, shape))
    return binary(step, op, x, step.constant(full))


def _one_bound(
    op: Maximum | Minimum, bound: np.float32
) -> tuple[np.float32 | None, np.float32 | None]:
    return (bound, None) if isinstance(op, Maximum) else (None, bound)


def clip(step: Step, x: Tensor, low: np.float32 | None, high: np.float32 | None) -> Tensor:
    """Clip; a bound of None, an infinity outwards or the extreme float32 bounds nothing."""
    if low is not None and (low == -np.inf or low == _FLOAT32.min):
        low = None
    if high is not None and (high == np.inf or high == _FLOAT32.max):
        high = None
    if low is None and high is None:
        return x
    return step.emit(step.checked(lambda: Clip(low, high)), x.name, shape=x.shape)

"""Transpose, concat, slices and padding of computed tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bridge.importers.lowering.step import Step
from bridge.importers.lowering.values import Tensor, without_batch
from runtime.errors import UnsupportedError
from runtime.graph import Concat, Pad, Slice, Transpose

__all__ = ["concat", "pad", "take", "transpose"]


def transpose(step: Step, x: Tensor, perm: tuple[int, ...]) -> Tensor:
    """Axis i of the result is axis perm[i]; nothing is emitted when only axes of one move."""
    shape = tuple(x.shape[axis] for axis in perm)
    moved = [axis for axis in perm if x.shape[axis] != 1]
    if moved == sorted(moved):
        return replace(x, shape=shape)
    if perm[0] == 0 and x.shape[0] == 1:
        inner = tuple(axis - 1 for axis in perm[1:])
        return step.emit(Transpose(inner), step.view(x, x.shape[1:]), shape=shape)
    return step.emit(Transpose(perm), step.view(x, x.shape), shape=shape)


def concat(step: Step, tensors: Sequence[Tensor], axis: int) -> Tensor:
    """All tensors along the axis (counted from the front), two at a time."""
    result = tensors[0]
    for x in tensors[1:]:
        dropped = axis > 0 and result.shape[0] == 1 and x.shape[:1] == (1,)
        views = [step.view(v, v.shape[1:] if dropped else v.shape) for v in (result, x)]
        made = step.emit(Concat(axis - 1 if dropped else axis), *views)
        result = replace(made, shape=(1, *made.shape) if dropped else made.shape)
    return result


def take(step: Step, x: Tensor, ranges: Sequence[range]) -> Tensor:
    """The elements at those indices of each axis; raises UnsupportedError for an empty result."""
    if any(len(indices) == 0 for indices in ranges):
        raise UnsupportedError(f"{step.where}: the result is an empty tensor")
    shape = tuple(len(indices) for indices in ranges)
    if all(kept == range(size) for kept, size in zip(ranges, x.shape, strict=True)):
        return x
    inner = without_batch(x.shape)
    kept = ranges[len(ranges) - len(inner) :]
    op = Slice(
        tuple(indices[0] for indices in kept),
        tuple(indices.step for indices in kept),
        tuple(len(indices) for indices in kept),
    )
    return step.emit(op, step.view(x, inner), shape=shape)


def pad(
    step: Step, x: Tensor, before: Sequence[int], after: Sequence[int], value: np.float32
) -> Tensor:
    """Pads of every axis of the full shape; negative ones cut first, then the others pad."""
    cuts = [
        range(max(0, -lo), size - max(0, -hi))
        for lo, size, hi in zip(before, x.shape, after, strict=True)
    ]
    x = take(step, x, cuts)
    before, after = [max(0, lo) for lo in before], [max(0, hi) for hi in after]
    if not any(before) and not any(after):
        return x
    start = int(len(x.shape) > 1 and x.shape[0] == 1 and before[0] == after[0] == 0)
    op = step.checked(lambda: Pad(tuple(before[start:]), tuple(after[start:]), value))
    made = step.emit(op, step.view(x, x.shape[start:]))
    return replace(made, shape=(1,) * start + made.shape)

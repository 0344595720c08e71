"""Sums and means of computed tensors."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bridge.importers.lowering.step import Step
from bridge.importers.lowering.values import Tensor, without_batch
from runtime.graph import ReduceMean, ReduceSum

__all__ = ["reduce"]


def reduce(
    step: Step,
    operator: type[ReduceSum | ReduceMean],
    x: Tensor,
    axes: Collection[int],
    keepdims: bool,
) -> Tensor:
    """Sum or mean over axes of the full shape, counted from the front."""
    kept = tuple(1 if axis in axes else size for axis, size in enumerate(x.shape))
    gone = tuple(size for axis, size in enumerate(x.shape) if axis not in axes)
    shape = kept if keepdims else gone
    inner = without_batch(x.shape)
    dropped = len(x.shape) - len(inner)
    # Over an axis of one, sum and mean change nothing.
    real = tuple(sorted(axis - dropped for axis in axes if x.shape[axis] != 1))
    if not real:
        return replace(x, shape=shape)
    # The IR's result keeps at least one axis, so that no scalar of rank zero comes up.
    op = operator(real, len(real) == len(inner))
    return step.emit(op, step.view(x, inner), shape=shape)

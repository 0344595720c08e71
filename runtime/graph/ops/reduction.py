"""Sums and means over axes."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.errors import InputError
from runtime.graph.ops.base import Op, Shape, int_tuple, shape_text

__all__ = ["ReduceMean", "ReduceSum"]


def _check(op: ReduceSum | ReduceMean) -> None:
    axes = int_tuple(op.axes, f"{op.kind}: axes")
    if not axes or list(axes) != sorted(set(axes)) or axes[0] < 0:
        raise InputError(f"{op.kind}: the axes {shape_text(axes)} must be one or more, ascending")
    if not isinstance(op.keepdims, bool):
        raise InputError(f"{op.kind}: keepdims must be true or false")
    object.__setattr__(op, "axes", axes)


def _reduced(op: ReduceSum | ReduceMean, shape: Shape) -> Shape:
    if op.axes[-1] >= len(shape):
        raise InputError(f"{op.kind}: {shape_text(shape)} has no axis {op.axes[-1]}")
    if op.keepdims:
        return tuple(1 if axis in op.axes else size for axis, size in enumerate(shape))
    return tuple(size for axis, size in enumerate(shape) if axis not in op.axes)


@dataclass(frozen=True, slots=True, eq=False)
class ReduceSum(Op):
    """Sum over `axes` (ascending); kept as axes of size 1 when `keepdims`."""

    axes: tuple[int, ...]
    keepdims: bool

    def __post_init__(self) -> None:
        _check(self)

    def _infer(self, shapes: tuple[Shape, ...]) -> Shape:
        return _reduced(self, shapes[0])


@dataclass(frozen=True, slots=True, eq=False)
class ReduceMean(Op):
    """Mean over `axes` (ascending); kept as axes of size 1 when `keepdims`."""

    axes: tuple[int, ...]
    keepdims: bool

    def __post_init__(self) -> None:
        _check(self)

    def _infer(self, shapes: tuple[Shape, ...]) -> Shape:
        return _reduced(self, shapes[0])

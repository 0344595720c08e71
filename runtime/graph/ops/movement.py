"""Operators that move elements without computing: reshape, transpose, concat, slice, pad."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from runtime.errors import InputError
from runtime.graph.ops.base import Op, Shape, check_shape, float32_scalar, int_tuple, shape_text

__all__ = ["Concat", "Flatten", "Pad", "Reshape", "Slice", "Transpose"]


@dataclass(frozen=True, slots=True, eq=False)
class Flatten(Op):
    """All elements in row-major order: [...] -> [size]."""

    def _infer(self, shapes: tuple[Shape, ...]) -> Shape:
        return (math.prod(shapes[0]),)


@dataclass(frozen=True, slots=True, eq=False)
class Reshape(Op):
    """The same elements in row-major order under another shape."""

    shape: Shape

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", check_shape(self.shape, "Reshape: shape"))

    def _infer(self, shapes: tuple[Shape, ...]) -> Shape:
        if math.prod(shapes[0]) != math.prod(self.shape):
            raise InputError(
                f"Reshape: {shape_text(shapes[0])} and {shape_text(self.shape)} have different "
                f"numbers of elements"
            )
        return self.shape


@dataclass(frozen=True, slots=True, eq=False)
class Transpose(Op):
    """Axis i of the output is axis perm[i] of the input."""

    perm: tuple[int, ...]

    def __post_init__(self) -> None:
        perm = int_tuple(self.perm, "Transpose: perm")
        if sorted(perm) != list(range(len(perm))):
            raise InputError(f"Transpose: {shape_text(perm)} is not a permutation")
        object.__setattr__(self, "perm", perm)

    def _infer(self, shapes: tuple[Shape, ...]) -> Shape:
        if len(shapes[0]) != len(self.perm):
            raise InputError(
                f"Transpose: the input {shape_text(shapes[0])} does not have {len(self.perm)} axes"
            )
        return tuple(shapes[0][axis] for axis in self.perm)


@dataclass(frozen=True, slots=True, eq=False)
class Concat(Op):
    """The first input, then the second, along `axis`; the other axes agree."""

    axis: int
    arity: ClassVar[int] = 2

    def __post_init__(self) -> None:
        (axis,) = int_tuple((self.axis,), "Concat: axis")
        if axis < 0:
            raise InputError("Concat: the axis must not be negative")
        object.__setattr__(self, "axis", axis)

    def _infer(self, shapes: tuple[Shape, ...]) -> Shape:
        first, second = shapes
        at = self.axis
        fits = len(first) == len(second) and at < len(first)
        if not fits or first[:at] + first[at + 1 :] != second[:at] + second[at + 1 :]:
            raise InputError(
                f"Concat: {shape_text(first)} and {shape_text(second)} do not fit along axis {at}"
            )
        return (*first[:at], first[at] + second[at], *first[at + 1 :])


@dataclass(frozen=True, slots=True, eq=False)
class Slice(Op):
    """out[i] = x[start + step * i] on every axis; `counts` is the output's shape."""

    starts: tuple[int, ...]
    steps: tuple[int, ...]
    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        starts = int_tuple(self.starts, "Slice: starts")
        steps = int_tuple(self.steps, "Slice: steps", length=len(starts))
        counts = check_shape(self.counts, "Slice: counts")
        if len(counts) != len(starts):
            raise InputError("Slice: starts, steps and counts must have one length")
        if 0 in steps:
            raise InputError("Slice: a step is zero")
        object.__setattr__(self, "starts", starts)
        object.__setattr__(self, "steps", steps)
        object.__setattr__(self, "counts", counts)

    def _infer(self, shapes: tuple[Shape, ...]) -> Shape:
        shape = shapes[0]
        if len(shape) != len(self.starts):
            raise InputError(
                f"Slice: the input {shape_text(shape)} does not have {len(self.starts)} axes"
            )
        for axis, (start, step, count) in enumerate(
            zip(self.starts, self.steps, self.counts, strict=True)
        ):
            last = start + step * (count - 1)
            if not (0 <= start < shape[axis] and 0 <= last < shape[axis]):
                raise InputError(
                    f"Slice: elements {start} to {last} lie outside axis {axis} of "
                    f"{shape_text(shape)}"
                )
        return self.counts


@dataclass(frozen=True, slots=True, eq=False)
class Pad(Op):
    """`before` and `after` copies of `value` around every axis."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    value: np.float32

    def __post_init__(self) -> None:
        before = int_tuple(self.before, "Pad: before")
        after = int_tuple(self.after, "Pad: after", length=len(before))
        if min((*before, *after), default=0) < 0:
            raise InputError("Pad: a negative pad is a Slice")
        object.__setattr__(self, "before", before)
        object.__setattr__(self, "after", after)
        object.__setattr__(self, "value", float32_scalar(self.value, "Pad: value"))

    def _infer(self, shapes: tuple[Shape, ...]) -> Shape:
        if len(shapes[0]) != len(self.before):
            raise InputError(
                f"Pad: the input {shape_text(shapes[0])} does not have {len(self.before)} axes"
            )
        pads = zip(self.before, shapes[0], self.after, strict=True)
        return tuple(before + size + after for before, size, after in pads)

"""What all operators share: the base class, shapes, and bit-exact float32 parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from runtime.errors import InputError

__all__ = [
    "MAX_ELEMENTS",
    "MAX_RANK",
    "FloatArray",
    "Op",
    "Shape",
    "check_shape",
    "float32_parameter",
    "float32_scalar",
    "int_tuple",
    "shape_text",
]

Shape = tuple[int, ...]
FloatArray = NDArray[np.float32]

MAX_RANK = 8
"""Largest number of axes of a tensor."""
MAX_ELEMENTS = 1 << 27
"""Largest number of elements of one tensor (512 MiB of float32)."""


def shape_text(shape: Sequence[int]) -> str:
    """The shape as people write it: `[3, 32, 32]`."""
    return "[" + ", ".join(map(str, shape)) + "]"


def check_shape(shape: Sequence[int], what: str) -> Shape:
    """Return `shape` as a tuple; raise InputError unless every axis is at least 1 and it is small.

    A shape never holds the batch axis. The empty tuple is a scalar of one element.
    """
    result = int_tuple(shape, what)
    if len(result) > MAX_RANK:
        raise InputError(f"{what}: {len(result)} axes are more than the {MAX_RANK} allowed")
    if any(axis < 1 for axis in result):
        raise InputError(f"{what}: the shape {shape_text(result)} has an axis below 1")
    if math.prod(result) > MAX_ELEMENTS:
        raise InputError(
            f"{what}: the shape {shape_text(result)} has more than {MAX_ELEMENTS} elements"
        )
    return result


def int_tuple(values: Sequence[int], what: str, length: int | None = None) -> tuple[int, ...]:
    """Return plain Python integers; raise InputError for anything else or a wrong length."""
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise InputError(f"{what}: a list of integers is needed, not {type(values).__name__}")
    for value in values:
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
            raise InputError(f"{what}: {value!r} is not an integer")
    if length is not None and len(values) != length:
        raise InputError(f"{what}: {length} integers are needed, not {len(values)}")
    return tuple(int(value) for value in values)


def float32_parameter(value: FloatArray, what: str, rank: int | None = None) -> FloatArray:
    """Return a read-only C-contiguous copy of a float32 array; the bits never change.

    Raises InputError for another dtype (nothing is rounded silently), a wrong rank, NaN, an
    infinity or a bad shape.
    """
    if not isinstance(value, np.ndarray) or value.dtype != np.float32:
        found = value.dtype if isinstance(value, np.ndarray) else type(value).__name__
        raise InputError(f"{what}: a float32 array is needed, not {found}")
    if rank is not None and value.ndim != rank:
        raise InputError(f"{what}: {rank} axes are needed, the array has {value.ndim}")
    check_shape(value.shape, what)
    if not bool(np.isfinite(value).all()):
        raise InputError(f"{what}: a parameter is NaN or infinite")
    result = np.array(value, dtype=np.float32, order="C", copy=True)
    result.setflags(write=False)
    return result


def float32_scalar(value: float | np.float32, what: str) -> np.float32:
    """Return `value` as np.float32; raise InputError if it is not finite or would be rounded."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.floating)):
        raise InputError(f"{what}: a number is needed, not {type(value).__name__}")
    with np.errstate(over="ignore"):
        result = np.float32(value)
    if not np.isfinite(result):
        raise InputError(f"{what}: {value!r} is not a finite float32")
    if float(result) != float(value):
        raise InputError(f"{what}: {value!r} is not a float32, round it first")
    return result


@dataclass(frozen=True, slots=True, eq=False)
class Op:
    """One operator with its parameters; the inputs and the output are tensors without batch axis.

    Operators compare by identity: two equal-looking operators may hold megabytes.
    """

    arity: ClassVar[int] = 1

    @property
    def kind(self) -> str:
        """The operator's name in files and listings, such as `Conv2d`."""
        return type(self).__name__

    def infer(self, input_shapes: Sequence[Shape]) -> Shape:
        """The output's shape; raises InputError when the inputs do not fit the parameters."""
        if len(input_shapes) != self.arity:
            raise InputError(
                f"{self.kind}: {self.arity} inputs are needed, not {len(input_shapes)}"
            )
        return check_shape(self._infer(tuple(input_shapes)), f"{self.kind}: output")

    def _infer(self, shapes: tuple[Shape, ...]) -> Shape:
        """Elementwise operators keep the shape; the others override this."""
        if any(shape != shapes[0] for shape in shapes):
            listing = " and ".join(map(shape_text, shapes))
            raise InputError(f"{self.kind}: the inputs must have one shape, not {listing}")
        return shapes[0]

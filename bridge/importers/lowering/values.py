"""What a name of an ONNX graph stands for while it is imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from runtime.graph import Op, Shape

__all__ = ["Array", "Folded", "Tensor", "Value", "without_batch"]

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """A computed tensor: the IR's tensor `name` holds the elements of ONNX shape `shape`.

    The IR's own shape may differ (it has no batch axis), the row-major order never does: reshapes
    in the ONNX graph change `shape` alone, and an IR node is made only where an operator needs
    another shape. `unbiased` is the Linear or Conv2d with zero bias that made this tensor and the
    IR tensor it read, so that a following addition of a constant becomes its bias.
    """

    name: str
    shape: Shape
    unbiased: tuple[Op, str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """A constant of any dtype: an initializer, or computed from constants and shapes."""

    array: Array


Value = Tensor | Folded


def without_batch(shape: Sequence[int]) -> Shape:
    """The IR's shape for an ONNX shape: a leading axis of one (the batch) is dropped."""
    return tuple(shape[1:]) if len(shape) > 1 and shape[0] == 1 else tuple(shape)

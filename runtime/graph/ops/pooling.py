"""Pools over the two last axes of [C, H, W]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from runtime.errors import InputError
from runtime.graph.ops.base import Op, Shape, shape_text
from runtime.graph.ops.window import (
    Padding,
    Pair,
    check_padding,
    output_extents,
    positive_pair,
    tap_positions,
)

__all__ = ["AvgPool2d", "GlobalAvgPool", "MaxPool2d"]


def _image(shapes: tuple[Shape, ...], kind: str) -> Shape:
    if len(shapes[0]) != 3:
        raise InputError(
            f"{kind}: the input must be [channels, height, width], not {shape_text(shapes[0])}"
        )
    return shapes[0]


def _pooled(
    shape: Shape, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair, kind: str
) -> Shape:
    """The output's shape; a window that sees padding alone has no value and is refused."""
    size: Sequence[int] = shape[1:]
    extents = output_extents(size, kernel, stride, padding, dilation, kind)
    for axis in range(2):
        taps = tap_positions(
            extents[axis], kernel[axis], stride[axis], padding[axis], dilation[axis]
        )
        if not bool(np.all(((taps >= 0) & (taps < size[axis])).any(axis=1))):
            raise InputError(f"{kind}: a window on axis {axis} sees nothing but padding")
    return (shape[0], *extents)


@dataclass(frozen=True, slots=True, eq=False)
class MaxPool2d(Op):
    """Largest element of each window of [C, H, W]; padding takes no part in the maximum."""

    kernel: Pair
    stride: Pair
    padding: Padding = (0, 0, 0, 0)
    dilation: Pair = (1, 1)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kernel", positive_pair(self.kernel, "MaxPool2d: kernel"))
        object.__setattr__(self, "stride", positive_pair(self.stride, "MaxPool2d: stride"))
        object.__setattr__(self, "dilation", positive_pair(self.dilation, "MaxPool2d: dilation"))
        padding = check_padding(self.padding, self.kernel, self.dilation, "MaxPool2d: padding")
        object.__setattr__(self, "padding", padding)

    def _infer(self, shapes: tuple[Shape, ...]) -> Shape:
        shape = _image(shapes, "MaxPool2d")
        return _pooled(shape, self.kernel, self.stride, self.padding, self.dilation, "MaxPool2d")


@dataclass(frozen=True, slots=True, eq=False)
class AvgPool2d(Op):
    """Mean of each window of [C, H, W].

    With `count_include_pad` the zeros of the padding count as elements, otherwise the mean is
    over the elements of the input that the window sees.
    """

    kernel: Pair
    stride: Pair
    padding: Padding = (0, 0, 0, 0)
    count_include_pad: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "kernel", positive_pair(self.kernel, "AvgPool2d: kernel"))
        object.__setattr__(self, "stride", positive_pair(self.stride, "AvgPool2d: stride"))
        padding = check_padding(self.padding, self.kernel, (1, 1), "AvgPool2d: padding")
        object.__setattr__(self, "padding", padding)
        if not isinstance(self.count_include_pad, bool):
            raise InputError("AvgPool2d: count_include_pad must be true or false")

    def _infer(self, shapes: tuple[Shape, ...]) -> Shape:
        shape = _image(shapes, "AvgPool2d")
        return _pooled(shape, self.kernel, self.stride, self.padding, (1, 1), "AvgPool2d")


@dataclass(frozen=True, slots=True, eq=False)
class GlobalAvgPool(Op):
    """Mean over height and width: [C, H, W] -> [C, 1, 1]."""

    def _infer(self, shapes: tuple[Shape, ...]) -> Shape:
        return (_image(shapes, "GlobalAvgPool")[0], 1, 1)

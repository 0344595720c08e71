"""Geometry of sliding windows over [C, H, W]: what convolutions and pools share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from runtime.errors import InputError
from runtime.graph.ops.base import int_tuple, shape_text

__all__ = [
    "Padding",
    "Pair",
    "check_padding",
    "output_extents",
    "positive_pair",
    "tap_positions",
]

Pair = tuple[int, int]
Padding = tuple[int, int, int, int]
"""(top, left, bottom, right), the order of ONNX `pads` for two spatial axes."""


def positive_pair(values: Sequence[int], what: str) -> Pair:
    """Two integers, each at least 1; raises InputError."""
    first, second = int_tuple(values, what, length=2)
    if first < 1 or second < 1:
        raise InputError(f"{what}: {shape_text((first, second))} has an entry below 1")
    return first, second


def check_padding(values: Sequence[int], kernel: Pair, dilation: Pair, what: str) -> Padding:
    """Four integers, each at least 0 and below the dilated kernel's extent; raises InputError."""
    top, left, bottom, right = int_tuple(values, what, length=4)
    for axis, pads in enumerate(((top, bottom), (left, right))):
        extent = (kernel[axis] - 1) * dilation[axis] + 1
        if min(pads) < 0 or max(pads) >= extent:
            raise InputError(
                f"{what}: {shape_text((top, left, bottom, right))} must lie in 0 to "
                f"{extent - 1} on axis {axis}, insert a Pad for more"
            )
    return top, left, bottom, right


def output_extents(
    size: Sequence[int], kernel: Pair, stride: Pair, padding: Padding, dilation: Pair, what: str
) -> Pair:
    """Output height and width of a window over an input of height and width `size`."""
    extents = []
    for axis in range(2):
        extent = (kernel[axis] - 1) * dilation[axis] + 1
        room = size[axis] + padding[axis] + padding[axis + 2] - extent
        if room < 0:
            raise InputError(
                f"{what}: the kernel's extent {extent} is larger than the padded input on axis "
                f"{axis} of {shape_text(size)}"
            )
        extents.append(room // stride[axis] + 1)
    return extents[0], extents[1]


def tap_positions(
    count: int, kernel: int, stride: int, padding: int, dilation: int
) -> NDArray[np.intp]:
    """Input positions [count, kernel] that the windows of one axis read; negative ones are pads."""
    starts = np.arange(count, dtype=np.intp) * stride - padding
    return starts[:, None] + np.arange(kernel, dtype=np.intp)[None, :] * dilation

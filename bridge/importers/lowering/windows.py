"""Convolutions, pools and batch norm on [1, C, H, W] or [1, C, L]."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bridge.importers.lowering.step import Step
from bridge.importers.lowering.values import Tensor
from runtime.errors import InputError, UnsupportedError
from runtime.graph import (
    Affine,
    AvgPool2d,
    Conv2d,
    FloatArray,
    GlobalAvgPool,
    MaxPool2d,
    Op,
    Pad,
    Shape,
)

__all__ = [
    "Window",
    "average_pool",
    "batch_norm",
    "ceil_growth",
    "convolution",
    "global_average_pool",
    "image_shape",
    "max_pool",
]


@dataclass(frozen=True, slots=True)
class Window:
    """Geometry over the one or two spatial axes of the source; lengths agree with their number.

    Attributes:
        kernel, stride, dilation: one entry a spatial axis.
        begins, ends: padding before and after, one entry a spatial axis.
        grown: whether rounding up made the padding at the end larger.
    """

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    begins: tuple[int, ...]
    ends: tuple[int, ...]
    grown: bool = False

    def pads(self) -> tuple[int, int, int, int]:
        """(top, left, bottom, right)."""
        return (*_pair(self.begins, 0), *_pair(self.ends, 0))


def _pair(values: tuple[int, ...], missing: int) -> tuple[int, int]:
    """Two entries; a single spatial axis is the width."""
    return (values[0], values[1]) if len(values) == 2 else (missing, values[0])


def image_shape(step: Step, x: Tensor) -> Shape:
    """[C, H, W] of an input of one sample; [1, C, L] is read as [C, 1, L]."""
    if len(x.shape) not in (3, 4):
        raise UnsupportedError(
            f"{step.where}: an input of {len(x.shape)} axes is not supported, only "
            f"[1, channels, height, width] and [1, channels, length]"
        )
    if x.shape[0] != 1:
        raise UnsupportedError(f"{step.where}: a batch of {x.shape[0]} is not supported, only 1")
    return x.shape[1:] if len(x.shape) == 4 else (x.shape[1], 1, x.shape[2])


def ceil_growth(length: int, extent: int, stride: int, begin: int, end: int) -> int:
    """How much padding at the end turns rounding up of the output's size into rounding down.

    A last window that would start in the padding at the end is dropped, as ONNX and PyTorch do.
    """
    room = length + begin + end - extent
    if room < 0:
        return 0
    count = -(-room // stride) + 1
    if (count - 1) * stride >= length + begin:
        count -= 1
    return max(0, (count - 1) * stride - room)


def _emit(step: Step, op: Op, name: str, x: Tensor) -> Tensor:
    """Emit on an image; the result has as many axes as the source x."""
    made = step.emit(op, name)
    channels, height, width = made.shape
    shape = (1, channels, height, width) if len(x.shape) == 4 else (1, channels, width)
    return replace(made, shape=shape)


def convolution(
    step: Step,
    x: Tensor,
    weight: FloatArray,
    bias: FloatArray | None,
    window: Window,
    groups: int,
) -> Tensor:
    """Cross-correlation; weight [O, C / groups, *kernel], bias [O]."""
    image = image_shape(step, x)
    kernel = _pair(window.kernel, 1)
    dilation = _pair(window.dilation, 1)
    given = np.zeros(weight.shape[0], dtype=np.float32) if bias is None else bias
    name, pads = step.view(x, image), window.pads()
    extents = [(kernel[i] - 1) * dilation[i] + 1 for i in range(2)]
    if any(amount >= extents[index % 2] for index, amount in enumerate(pads)):
        # Conv2d holds its padding below the kernel's extent; more than that is a Pad of zeros.
        op = Pad((0, pads[0], pads[1]), (0, pads[2], pads[3]), np.float32(0))
        name, pads = replace(step, hint=f"{step.hint}_pad").emit(op, name).name, (0, 0, 0, 0)
    stride = _pair(window.stride, 1)
    shaped = weight.reshape(*weight.shape[:2], *kernel)
    conv = step.checked(lambda: Conv2d(shaped, given, stride, pads, dilation, groups))
    made = _emit(step, conv, name, x)
    return replace(made, unbiased=(conv, name)) if bias is None else made


def max_pool(step: Step, x: Tensor, window: Window) -> Tensor:
    """Largest element of each window; padding takes no part."""
    image = image_shape(step, x)
    op = step.checked(
        lambda: MaxPool2d(
            _pair(window.kernel, 1),
            _pair(window.stride, 1),
            window.pads(),
            _pair(window.dilation, 1),
        )
    )
    return _emit(step, op, step.view(x, image), x)


def average_pool(step: Step, x: Tensor, window: Window, count_include_pad: bool) -> Tensor:
    """Mean of each window."""
    image = image_shape(step, x)
    if any(entry != 1 for entry in window.dilation):
        raise UnsupportedError(f"{step.where}: dilations other than 1 are not supported")
    if count_include_pad and window.grown:
        raise UnsupportedError(
            f"{step.where}: ceil_mode with count_include_pad is not supported where windows reach "
            f"over the padding"
        )
    op = step.checked(
        lambda: AvgPool2d(
            _pair(window.kernel, 1), _pair(window.stride, 1), window.pads(), count_include_pad
        )
    )
    return _emit(step, op, step.view(x, image), x)


def global_average_pool(step: Step, x: Tensor) -> Tensor:
    """Mean over all spatial axes, which stay as axes of one."""
    return _emit(step, GlobalAvgPool(), step.view(x, image_shape(step, x)), x)


def batch_norm(
    step: Step,
    x: Tensor,
    gamma: FloatArray,
    beta: FloatArray,
    mean: FloatArray,
    variance: FloatArray,
    epsilon: float,
) -> Tensor:
    """Batch norm in inference as a per-channel Affine of x [1, C, ...]; the vectors are [C].

    scale = gamma / sqrt(variance + epsilon) and shift = beta - mean * scale are computed in
    float64 (the shift with the unrounded scale) and rounded once to float32. The note
    `batch_norm_folded` says so. Raises InputError when a coefficient is not finite.
    """
    if len(x.shape) < 2 or x.shape[0] != 1:
        raise UnsupportedError(f"{step.where}: an input {list(x.shape)} is not a batch of one")
    if any(values.shape != x.shape[1:2] for values in (gamma, beta, mean, variance)):
        raise InputError(f"{step.where}: its parameters do not have {x.shape[1]} entries")
    with np.errstate(all="ignore"):
        root = np.sqrt(variance.astype(np.float64) + np.float64(epsilon))
        scale = gamma.astype(np.float64) / root
        shift = beta.astype(np.float64) - mean.astype(np.float64) * scale
        scales, shifts = scale.astype(np.float32), shift.astype(np.float32)
    if not (bool(np.isfinite(scales).all()) and bool(np.isfinite(shifts).all())):
        raise InputError(f"{step.where}: its statistics give a coefficient that is not finite")
    step.session.note("batch_norm_folded")
    return step.emit(Affine(scales, shifts), step.view(x, x.shape[1:]), shape=x.shape)

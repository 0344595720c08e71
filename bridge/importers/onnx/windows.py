"""Conv and the pools: attributes of sliding windows read strictly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from bridge.importers.onnx.context import Handler, NodeContext
from bridge.importers.onnx.values import Tensor, Value
from runtime.errors import InputError, UnsupportedError
from runtime.graph import AvgPool2d, Conv2d, GlobalAvgPool, MaxPool2d, Op, Pad, Shape

__all__ = ["HANDLERS"]


@dataclass(frozen=True, slots=True)
class _Window:
    """Geometry over two spatial axes, padding resolved; pads are (top, left, bottom, right)."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    pads: tuple[int, int, int, int]
    grown: bool
    """Whether `ceil_mode` made the padding at the end larger."""


def _image(ctx: NodeContext) -> tuple[Tensor, Shape]:
    """Input 1 and its IR shape [C, H, W]; [1, C, L] is read as [C, 1, L]."""
    x = ctx.tensor(0)
    if len(x.shape) not in (3, 4):
        raise UnsupportedError(
            f"{ctx.where}: an input of {len(x.shape)} axes is not supported, only "
            f"[1, channels, height, width] and [1, channels, length]"
        )
    if x.shape[0] != 1:
        raise UnsupportedError(f"{ctx.where}: a batch of {x.shape[0]} is not supported, only 1")
    image = x.shape[1:] if len(x.shape) == 4 else (x.shape[1], 1, x.shape[2])
    return x, image


def _window(
    ctx: NodeContext, spatial: int, size: Shape, kernel: tuple[int, ...] | None, ceil: bool
) -> _Window:
    """Read kernel_shape, strides, dilations, pads, auto_pad; `kernel` is the weight's, if any."""

    def read(name: str, default: tuple[int, ...], least: int) -> tuple[int, ...]:
        values = ctx.attributes.integers(name)
        values = default if values is None else values
        if len(values) != len(default) or min(values) < least:
            raise InputError(f"{ctx.where}: {name} {list(values)[:8]} is not usable")
        return values

    if kernel is None and not ctx.attributes.has("kernel_shape"):
        raise InputError(f"{ctx.where}: kernel_shape is missing")
    shape = read("kernel_shape", kernel or (1,) * spatial, 1)
    if kernel is not None and shape != kernel:
        raise InputError(f"{ctx.where}: kernel_shape {list(shape)} is not the weight's")
    stride, dilation = read("strides", (1,) * spatial, 1), read("dilations", (1,) * spatial, 1)
    explicit = read("pads", (0,) * (2 * spatial), 0)
    mode = ctx.attributes.text("auto_pad", "NOTSET")
    if mode not in ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"):
        raise UnsupportedError(f"{ctx.where}: auto_pad {mode[:40]!r} is not supported")
    if mode != "NOTSET" and any(explicit):
        raise InputError(f"{ctx.where}: pads and auto_pad cannot both be given")
    begins, ends, grown = [], [], False
    for axis in range(spatial):
        length = size[2 - spatial + axis]
        extent = (shape[axis] - 1) * dilation[axis] + 1
        if mode.startswith("SAME"):
            total = max(0, (-(-length // stride[axis]) - 1) * stride[axis] + extent - length)
            small, large = total // 2, total - total // 2
            begin, end = (small, large) if mode == "SAME_UPPER" else (large, small)
        else:
            begin, end = explicit[axis], explicit[axis + spatial]
        if ceil and mode != "SAME_UPPER" and mode != "SAME_LOWER":
            more = _ceil_growth(length, extent, stride[axis], begin, end)
            grown, end = grown or more > 0, end + more
        begins.append(begin)
        ends.append(end)
    lead = (1,) if spatial == 1 else ()
    zero = (0,) if spatial == 1 else ()
    return _Window(
        kernel=_pair(lead + shape),
        stride=_pair(lead + stride),
        dilation=_pair(lead + dilation),
        pads=(*_pair(zero + tuple(begins)), *_pair(zero + tuple(ends))),
        grown=grown,
    )


def _pair(values: tuple[int, ...]) -> tuple[int, int]:
    return values[0], values[1]


def _ceil_growth(length: int, extent: int, stride: int, begin: int, end: int) -> int:
    """How much padding at the end turns rounding up of the output's size into rounding down.

    A last window that would start in the padding at the end is dropped, as ONNX says.
    """
    room = length + begin + end - extent
    if room < 0:
        return 0
    count = -(-room // stride) + 1
    if (count - 1) * stride >= length + begin:
        count -= 1
    return max(0, (count - 1) * stride - room)


def _result(ctx: NodeContext, op: Op, name: str, spatial: int) -> Tensor:
    made = ctx.emit(op, name)
    channels, height, width = made.shape
    shape = (1, channels, height, width) if spatial == 2 else (1, channels, width)
    return replace(made, shape=shape)


def _conv(ctx: NodeContext) -> Value:
    ctx.arity(2, 3)
    x, image = _image(ctx)
    spatial = len(x.shape) - 2
    weight = ctx.float_array(1)
    if weight.ndim != spatial + 2:
        raise InputError(f"{ctx.where}: a weight of {weight.ndim} axes does not fit the input")
    window = _window(ctx, spatial, image[1:], weight.shape[2:], False)
    outputs = weight.shape[0]
    kernel = weight.reshape(outputs, weight.shape[1], *window.kernel)
    has_bias = ctx.inputs[2] is not None
    bias = ctx.float_array(2) if has_bias else np.zeros(outputs, dtype=np.float32)
    name, pads = ctx.view(x, image), window.pads
    extents = [(window.kernel[i] - 1) * window.dilation[i] + 1 for i in range(2)]
    if any(pad >= extents[index % 2] for index, pad in enumerate(pads)):
        # Conv2d holds its padding below the kernel's extent; more than that is a Pad of zeros.
        op = Pad((0, pads[0], pads[1]), (0, pads[2], pads[3]), np.float32(0))
        name, pads = ctx.emit(op, name).name, (0, 0, 0, 0)
    groups = ctx.attributes.integer("group", 1)
    try:
        conv = Conv2d(kernel, bias, window.stride, pads, window.dilation, groups)
    except InputError as error:
        raise InputError(f"{ctx.where}: {error}") from error
    made = _result(ctx, conv, name, spatial)
    return made if has_bias else replace(made, unbiased=(conv, name))


def _max_pool(ctx: NodeContext) -> Value:
    ctx.arity(1, 1)
    x, image = _image(ctx)
    spatial = len(x.shape) - 2
    ctx.attributes.require("storage_order", 0, 0)
    ceil = ctx.attributes.flag("ceil_mode", False)
    window = _window(ctx, spatial, image[1:], None, ceil)
    return _pool(
        ctx, x, image, lambda: MaxPool2d(window.kernel, window.stride, window.pads, window.dilation)
    )


def _average_pool(ctx: NodeContext) -> Value:
    ctx.arity(1, 1)
    x, image = _image(ctx)
    spatial = len(x.shape) - 2
    ceil = ctx.attributes.flag("ceil_mode", False)
    include = ctx.attributes.flag("count_include_pad", False)
    window = _window(ctx, spatial, image[1:], None, ceil)
    if window.dilation != (1, 1):
        raise UnsupportedError(f"{ctx.where}: dilations other than 1 are not supported")
    if include and window.grown:
        raise UnsupportedError(
            f"{ctx.where}: ceil_mode with count_include_pad is not supported where windows reach "
            f"over the padding"
        )
    return _pool(
        ctx, x, image, lambda: AvgPool2d(window.kernel, window.stride, window.pads, include)
    )


def _pool(ctx: NodeContext, x: Tensor, image: Shape, make: Callable[[], Op]) -> Tensor:
    try:
        op = make()
    except InputError as error:
        raise InputError(f"{ctx.where}: {error}") from error
    return _result(ctx, op, ctx.view(x, image), len(x.shape) - 2)


def _global_average_pool(ctx: NodeContext) -> Value:
    ctx.arity(1, 1)
    x, image = _image(ctx)
    return _result(ctx, GlobalAvgPool(), ctx.view(x, image), len(x.shape) - 2)


HANDLERS: dict[str, Handler] = {
    "AveragePool": _average_pool,
    "Conv": _conv,
    "GlobalAveragePool": _global_average_pool,
    "MaxPool": _max_pool,
}

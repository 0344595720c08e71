"""Conv and the pools: attributes of sliding windows read strictly."""

from __future__ import annotations

from bridge.importers.lowering import (
    Tensor,
    Value,
    Window,
    average_pool,
    ceil_growth,
    convolution,
    global_average_pool,
    image_shape,
    max_pool,
)
from bridge.importers.onnx.context import Handler, NodeContext
from runtime.errors import InputError, UnsupportedError
from runtime.graph import Shape

__all__ = ["HANDLERS"]


def _window(
    ctx: NodeContext, spatial: int, size: Shape, kernel: tuple[int, ...] | None, ceil: bool
) -> Window:
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
    if mode.startswith("SAME") and any(entry != 1 for entry in dilation):
        # Runtimes disagree about what is the same then.
        raise UnsupportedError(f"{ctx.where}: auto_pad {mode} with dilations is not supported")
    if mode != "NOTSET" and ceil:
        raise UnsupportedError(f"{ctx.where}: auto_pad {mode} with ceil_mode is not supported")
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
            more = ceil_growth(length, extent, stride[axis], begin, end) if ceil else 0
            grown, end = grown or more > 0, end + more
        begins.append(begin)
        ends.append(end)
    return Window(shape, stride, dilation, tuple(begins), tuple(ends), grown)


def _conv(ctx: NodeContext) -> Value:
    ctx.arity(2, 3)
    x, weight = ctx.tensor(0), ctx.float_array(1)
    size = image_shape(ctx, x)[1:]
    spatial = len(x.shape) - 2
    if weight.ndim != spatial + 2:
        raise InputError(f"{ctx.where}: a weight of {weight.ndim} axes does not fit the input")
    window = _window(ctx, spatial, size, weight.shape[2:], False)
    bias = None if ctx.inputs[2] is None else ctx.float_array(2)
    return convolution(ctx, x, weight, bias, window, ctx.attributes.integer("group", 1))


def _pool_window(ctx: NodeContext, x: Tensor) -> Window:
    size = image_shape(ctx, x)[1:]
    ceil = ctx.attributes.flag("ceil_mode", False)
    return _window(ctx, len(x.shape) - 2, size, None, ceil)


def _max_pool(ctx: NodeContext) -> Value:
    ctx.arity(1, 1)
    x = ctx.tensor(0)
    ctx.attributes.require("storage_order", 0, 0)
    return max_pool(ctx, x, _pool_window(ctx, x))


def _average_pool(ctx: NodeContext) -> Value:
    ctx.arity(1, 1)
    x = ctx.tensor(0)
    include = ctx.attributes.flag("count_include_pad", False)
    return average_pool(ctx, x, _pool_window(ctx, x), include)


def _global_average_pool(ctx: NodeContext) -> Value:
    ctx.arity(1, 1)
    return global_average_pool(ctx, ctx.tensor(0))


HANDLERS: dict[str, Handler] = {
    "AveragePool": _average_pool,
    "Conv": _conv,
    "GlobalAveragePool": _global_average_pool,
    "MaxPool": _max_pool,
}

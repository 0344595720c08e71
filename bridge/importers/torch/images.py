"""Convolutions and pools of PyTorch, with and without the batch axis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bridge.importers.lowering import (
    Tensor,
    Window,
    average_pool,
    ceil_growth,
    convolution,
    global_average_pool,
    max_pool,
)
from bridge.importers.torch.call import Call
from runtime.errors import UnsupportedError

__all__ = ["IMAGE_HANDLERS"]


def _batched(call: Call, name: str, spatial: int) -> Tensor:
    """The argument with a batch axis of one: PyTorch lets it be left out."""
    x = call.tensor(name)
    return replace(x, shape=(1, *x.shape)) if len(x.shape) == spatial + 1 else x


def _shaped(call: Call, made: Tensor) -> Tensor:
    return replace(made, shape=call.shape)


def _convolution(spatial: int) -> Callable[[Call], Tensor]:
    def handler(call: Call) -> Tensor:
        x = _batched(call, "input", spatial)
        weight, bias = call.array("weight"), call.optional_array("bias")
        kernel = tuple(weight.shape[2:])
        stride = call.integers("stride", spatial)
        dilation = call.integers("dilation", spatial)
        begins, ends = _padding(call, kernel, dilation)
        window = Window(kernel, stride, dilation, begins, ends)
        return _shaped(call, convolution(call, x, weight, bias, window, call.integer("groups")))

    return handler


def _padding(
    call: Call, kernel: tuple[int, ...], dilation: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    mode = call.arguments["padding"]
    if mode == "same":
        call.ignore("padding")
        totals = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        return tuple(t // 2 for t in totals), tuple(t - t // 2 for t in totals)
    if mode == "valid":
        call.ignore("padding")
        return (0,) * len(kernel), (0,) * len(kernel)
    pads = call.integers("padding", len(kernel))
    return pads, pads


def _pool_window(call: Call, x: Tensor, spatial: int, dilation: tuple[int, ...]) -> Window:
    kernel = call.integers("kernel_size", spatial)
    # An empty stride means the kernel's own size.
    stride = call.integers("stride", spatial) if call.value("stride") else kernel
    pads = call.integers("padding", spatial)
    ends, grown = list(pads), False
    if call.value("ceil_mode"):
        for axis, length in enumerate(x.shape[2:]):
            extent = (kernel[axis] - 1) * dilation[axis] + 1
            more = ceil_growth(length, extent, stride[axis], pads[axis], pads[axis])
            ends[axis] += more
            grown = grown or more > 0
    return Window(kernel, stride, dilation, pads, tuple(ends), grown)


def _max_pool(spatial: int) -> Callable[[Call], Tensor]:
    def handler(call: Call) -> Tensor:
        x = _batched(call, "self", spatial)
        dilation = call.integers("dilation", spatial)
        return _shaped(call, max_pool(call, x, _pool_window(call, x, spatial, dilation)))

    return handler


def _average_pool(spatial: int) -> Callable[[Call], Tensor]:
    def handler(call: Call) -> Tensor:
        x = _batched(call, "self", spatial)
        window = _pool_window(call, x, spatial, (1,) * spatial)
        include = bool(call.value("count_include_pad")) and any(window.begins)
        return _shaped(call, average_pool(call, x, window, include))

    return handler


def _adaptive_average_pool(spatial: int) -> Callable[[Call], Tensor]:
    def handler(call: Call) -> Tensor:
        x = _batched(call, "self", spatial)
        call.ignore("output_size")
        sizes, wanted = x.shape[2:], call.shape[-spatial:]
        if set(wanted) == {1}:
            return _shaped(call, global_average_pool(call, x))
        if any(size % count for size, count in zip(sizes, wanted, strict=True)):
            raise UnsupportedError(
                f"{call.where}: the output {list(wanted)} does not divide the input {list(sizes)}"
            )
        kernel = tuple(size // count for size, count in zip(sizes, wanted, strict=True))
        zeros = (0,) * spatial
        window = Window(kernel, kernel, (1,) * spatial, zeros, zeros)
        return _shaped(call, average_pool(call, x, window, False))

    return handler


IMAGE_HANDLERS: dict[str, Callable[[Call], Tensor]] = {
    "aten.adaptive_avg_pool1d.default": _adaptive_average_pool(1),
    "aten.adaptive_avg_pool2d.default": _adaptive_average_pool(2),
    "aten.avg_pool1d.default": _average_pool(1),
    "aten.avg_pool2d.default": _average_pool(2),
    "aten.conv1d.default": _convolution(1),
    "aten.conv1d.padding": _convolution(1),
    "aten.conv2d.default": _convolution(2),
    "aten.conv2d.padding": _convolution(2),
    "aten.max_pool1d.default": _max_pool(1),
    "aten.max_pool2d.default": _max_pool(2),
}

"""Max and average pooling over images [B, C, H, W]."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runtime.autograd.windows import Pair, Windows, pair
from runtime.devices import Array, array_module
from runtime.errors import InputError

if TYPE_CHECKING:
    from runtime.tensor import Tensor

__all__ = ["avg_pool2d", "max_pool2d"]


def _windows(
    operation: str, x: Tensor, kernel: Pair, stride: Pair | None, padding: Pair, dilation: Pair
) -> Windows:
    if x.data.ndim != 4:
        raise InputError(f"{operation}: input {x.shape} must have four axes [B, C, H, W]")
    size = pair(kernel, f"{operation}: kernel", 1)
    windows = Windows(
        size,
        size if stride is None else pair(stride, f"{operation}: stride", 1),
        pair(padding, f"{operation}: padding", 0),
        pair(dilation, f"{operation}: dilation", 1),
    )
    if any(2 * p > k for p, k in zip(windows.padding, size, strict=True)):
        raise InputError(f"{operation}: padding {windows.padding} exceeds half the kernel {size}")
    return windows


def max_pool2d(
    x: Tensor,
    kernel: Pair,
    *,
    stride: Pair | None = None,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> Tensor:
    """The greatest pixel of each window; padding never wins; stride defaults to the kernel.

    The gradient of a tie goes to the first pixel in row-major order, as in PyTorch.
    """
    xp = array_module(x.data)
    windows = _windows("max_pool2d", x, kernel, stride, padding, dilation)
    gathered = windows.gather(x.data, -xp.inf)
    winner = gathered.argmax(axis=2)
    out = gathered.max(axis=2)
    positions = xp.arange(gathered.shape[2])[:, None, None]

    def pullback(g: Array) -> tuple[Array | None, ...]:
        chosen = (winner[:, :, None] == positions) * g[:, :, None]
        return (windows.scatter(chosen, *x.shape[2:]),)

    return x.derive("max_pool2d", out, (x,), pullback, windows=windows)


def avg_pool2d(
    x: Tensor,
    kernel: Pair,
    *,
    stride: Pair | None = None,
    padding: Pair = 0,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of each window; stride defaults to the kernel.

    With ``count_include_pad`` padding counts as zeros, else the mean is over real pixels only.
    """
    xp = array_module(x.data)
    windows = _windows("avg_pool2d", x, kernel, stride, padding, 1)
    gathered = windows.gather(x.data, 0.0)
    if count_include_pad or windows.padding == (0, 0):
        count: Array = xp.asarray(gathered.shape[2], dtype=x.data.dtype)
    else:
        ones = xp.ones((1, 1, *x.shape[2:]), dtype=x.data.dtype)
        count = windows.gather(ones, 0.0).sum(axis=2)

    def pullback(g: Array) -> tuple[Array | None, ...]:
        share = xp.broadcast_to((g / count)[:, :, None], gathered.shape)
        return (windows.scatter(share, *x.shape[2:]),)

    return x.derive(
        "avg_pool2d",
        gathered.sum(axis=2) / count,
        (x,),
        pullback,
        windows=windows,
        count_include_pad=count_include_pad,
    )

"""Two-dimensional convolution (cross-correlation, as everywhere in deep learning)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runtime.autograd.windows import Pair, Windows, pair
from runtime.devices import Array
from runtime.errors import InputError

if TYPE_CHECKING:
    from runtime.tensor import Tensor

__all__ = ["conv2d"]


def conv2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Tensor:
    """Images [B, C, H, W] with kernels [O, C/groups, kh, kw] and bias [O] -> [B, O, oh, ow].

    Windows are unfolded into columns, so that each group is one matrix product per image.
    Raises InputError where the shapes do not fit.
    """
    if x.data.ndim != 4 or weight.data.ndim != 4:
        raise InputError(
            f"conv2d: input {x.shape} and weight {weight.shape} must both have four axes"
        )
    outs, inner, *kernel = weight.shape
    batch, channels, height, width = x.shape
    if groups < 1 or channels != inner * groups or outs % groups:
        raise InputError(
            f"conv2d: {channels} channels do not fit weight {weight.shape} in {groups} groups"
        )
    if bias is not None and bias.shape != (outs,):
        raise InputError(f"conv2d: bias {bias.shape} does not fit {outs} output channels")
    windows = Windows(
        (kernel[0], kernel[1]),
        pair(stride, "conv2d: stride", 1),
        pair(padding, "conv2d: padding", 0),
        pair(dilation, "conv2d: dilation", 1),
    )
    rows, columns = windows.output_size(height, width)
    unfolded = windows.gather(x.data, 0.0).reshape(batch, groups, -1, rows * columns)
    kernels = weight.data.reshape(groups, outs // groups, -1)
    out = (kernels @ unfolded).reshape(batch, outs, rows, columns)
    if bias is not None:
        out += bias.data[:, None, None]

    def pullback(g: Array) -> tuple[Array | None, ...]:
        grouped = g.reshape(batch, groups, outs // groups, rows * columns)
        dx = dw = None
        if x.requires_grad:
            spread = kernels.swapaxes(-1, -2) @ grouped
            folded = spread.reshape(batch, channels, -1, rows, columns)
            dx = windows.scatter(folded, height, width)
        if weight.requires_grad:
            dw = (grouped @ unfolded.swapaxes(-1, -2)).sum(axis=0).reshape(weight.shape)
        return (dx, dw) if bias is None else (dx, dw, g.sum(axis=(0, 2, 3)))

    parents = (x, weight) if bias is None else (x, weight, bias)
    return x.derive("conv2d", out, parents, pullback, windows=windows, groups=groups)

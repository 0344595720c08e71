"""Batched array operations that are the same for float32 and for object (integer) arrays.

Every array has a batch axis in front: [B, *shape]. Nothing here rounds.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.errors import InputError
from runtime.graph.ops import AvgPool2d, Flatten, Op, Reshape, Slice, Transpose
from runtime.graph.ops.window import Padding, Pair, output_extents, tap_positions

__all__ = [
    "Batch",
    "concatenate",
    "max_windows",
    "move",
    "pad",
    "per_channel",
    "window_counts",
    "windows",
]

Batch = NDArray[Any]


@singledispatch
def move(op: Op, x: Batch) -> Batch:
    """Apply an operator that only moves elements: Flatten, Reshape, Transpose, Slice."""
    raise InputError(f"{op.kind} does not merely move elements")


@move.register
def _(op: Flatten, x: Batch) -> Batch:
    return x.reshape(x.shape[0], -1)


@move.register
def _(op: Reshape, x: Batch) -> Batch:
    return x.reshape(x.shape[0], *op.shape)


@move.register
def _(op: Transpose, x: Batch) -> Batch:
    return x.transpose(0, *(axis + 1 for axis in op.perm))


@move.register
def _(op: Slice, x: Batch) -> Batch:
    index: list[slice] = [slice(None)]
    for start, step, count in zip(op.starts, op.steps, op.counts, strict=True):
        stop = start + step * count
        # A negative stop would count from the end; None is "past the first element".
        index.append(slice(start, stop if stop >= 0 else None, step))
    return x[tuple(index)]


def concatenate(first: Batch, second: Batch, axis: int) -> Batch:
    """Concat along `axis` of the shape without batch axis."""
    return np.concatenate([first, second], axis=axis + 1)


def pad(x: Batch, before: tuple[int, ...], after: tuple[int, ...], value: object) -> Batch:
    """Surround with copies of `value`, one pair of counts for each axis but the batch."""
    extents = [lo + size + hi for lo, size, hi in zip(before, x.shape[1:], after, strict=True)]
    result = np.full((x.shape[0], *extents), value, dtype=x.dtype)
    inside = tuple(slice(lo, lo + size) for lo, size in zip(before, x.shape[1:], strict=True))
    result[(slice(None), *inside)] = x
    return result


def per_channel(x: Batch, coefficients: int) -> Batch:
    """View [B, *shape] as [B, c, n // c], so that c coefficients broadcast as [c, 1]."""
    return x.reshape(x.shape[0], coefficients, -1)


def windows(x: Batch, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair) -> Batch:
    """All windows of [B, C, H, W] with zero padding: [B, C, oh, ow, kh, kw]."""
    top, left, bottom, right = padding
    oh, ow = output_extents(x.shape[2:], kernel, stride, padding, dilation, "window")
    padded = pad(x, (0, top, left), (0, bottom, right), 0) if any(padding) else x
    rows = tap_positions(oh, kernel[0], stride[0], 0, dilation[0])
    columns = tap_positions(ow, kernel[1], stride[1], 0, dilation[1])
    return padded[:, :, rows[:, None, :, None], columns[None, :, None, :]]


def max_windows(x: Batch, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair) -> Batch:
    """Largest element of each window of [B, C, H, W] without the padding: [B, C, oh, ow].

    A tap on the padding is moved onto a tap of the same window inside: the maximum stays the same.
    """
    extents = output_extents(x.shape[2:], kernel, stride, padding, dilation, "window")
    taps = []
    for axis in range(2):
        at = tap_positions(extents[axis], kernel[axis], stride[axis], padding[axis], dilation[axis])
        inside = (at >= 0) & (at < x.shape[2 + axis])
        first = np.take_along_axis(at, inside.argmax(axis=1)[:, None], axis=1)
        taps.append(np.where(inside, at, first))
    gathered = x[:, :, taps[0][:, None, :, None], taps[1][None, :, None, :]]
    return np.asarray(gathered.max(axis=(4, 5)))


def window_counts(op: AvgPool2d, size: tuple[int, ...]) -> NDArray[np.int64]:
    """What each window's sum is divided by, [oh, ow], for an input of height and width `size`."""
    extents = output_extents(size, op.kernel, op.stride, op.padding, (1, 1), "AvgPool2d")
    counts = []
    for axis in range(2):
        at = tap_positions(extents[axis], op.kernel[axis], op.stride[axis], op.padding[axis], 1)
        inside = (at >= 0) & (at < size[axis])
        counted = np.ones_like(inside) if op.count_include_pad else inside
        counts.append(counted.sum(axis=1, dtype=np.int64))
    return np.asarray(counts[0][:, None] * counts[1][None, :], dtype=np.int64)

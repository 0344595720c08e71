"""Sliding windows over [N, C, H, W] by slices: the same code for NumPy and CuPy arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from runtime.devices import Array
from runtime.graph.ops.window import Padding, Pair, output_extents

__all__ = ["Windows"]


@dataclass(frozen=True, slots=True)
class Windows:
    """Which elements of an image each output position reads; ONNX's conventions."""

    size: Pair
    kernel: Pair
    stride: Pair
    padding: Padding
    dilation: Pair

    @property
    def extents(self) -> Pair:
        """Height and width of the output."""
        return output_extents(
            self.size, self.kernel, self.stride, self.padding, self.dilation, "window"
        )

    def _taps(self) -> Iterator[tuple[int, slice, slice]]:
        """Each tap's number, and where the elements that it reads lie in the padded image."""
        oh, ow = self.extents
        for tap in range(self.kernel[0] * self.kernel[1]):
            i, j = divmod(tap, self.kernel[1])
            top, left = i * self.dilation[0], j * self.dilation[1]
            rows = slice(top, top + (oh - 1) * self.stride[0] + 1, self.stride[0])
            columns = slice(left, left + (ow - 1) * self.stride[1] + 1, self.stride[1])
            yield tap, rows, columns

    def _padded(self) -> Pair:
        top, left, bottom, right = self.padding
        return self.size[0] + top + bottom, self.size[1] + left + right

    def _inside(self) -> tuple[slice, slice]:
        top, left = self.padding[:2]
        return slice(top, top + self.size[0]), slice(left, left + self.size[1])

    def gather(self, xp: Any, x: Array, fill: float = 0.0) -> Array:
        """All windows of x [N, C, H, W]: [N, C, taps, oh, ow], with `fill` for the padding."""
        if any(self.padding):
            padded = xp.full((*x.shape[:2], *self._padded()), fill, dtype=x.dtype)
            rows, columns = self._inside()
            padded[:, :, rows, columns] = x
        else:
            padded = x
        taps = self.kernel[0] * self.kernel[1]
        seen: Array = xp.empty((*x.shape[:2], taps, *self.extents), dtype=x.dtype)
        for tap, rows, columns in self._taps():
            seen[:, :, tap] = padded[:, :, rows, columns]
        return seen

    def placed(self, xp: Any, patches: Array, first: Array, place: Array, channels: int) -> Array:
        """Images [N, channels, H, W] that are zero but for a window each.

        Row n of `patches` [N, c·taps] has the window's values, for c channels from first[n] on;
        place[n] is the number of the output position whose window it is.
        """
        height, width = self._padded()
        taps = self.kernel[0] * self.kernel[1]
        i, j = xp.arange(self.kernel[0]), xp.arange(self.kernel[1])
        tap = i[:, None] * (self.dilation[0] * width) + j[None] * self.dilation[1]
        channel = xp.arange(patches.shape[1] // taps) * (height * width)
        offsets = (channel[:, None] + tap.reshape(1, taps)).reshape(-1)
        row, column = place // self.extents[1], place % self.extents[1]
        base = (first * height + row * self.stride[0]) * width + column * self.stride[1]
        result: Array = xp.zeros((len(patches), channels * height * width), dtype=patches.dtype)
        result[xp.arange(len(patches))[:, None], base[:, None] + offsets[None]] = patches
        rows, columns = self._inside()
        return result.reshape(-1, channels, height, width)[:, :, rows, columns]

    def scatter(self, xp: Any, seen: Array) -> Array:
        """The transpose of `gather`: adds [N, C, taps, oh, ow] back onto [N, C, H, W]."""
        return self.scatter_last(xp, xp.ascontiguousarray(xp.moveaxis(seen, 0, 4)))

    def scatter_last(self, xp: Any, seen: Array) -> Array:
        """`scatter` with the images as the last axis of `seen`, [C, taps, oh, ow, N].

        All images are then added in one run of memory, which is several times as fast.
        """
        shape = (seen.shape[0], *self._padded(), seen.shape[4])
        result: Array = xp.zeros(shape, dtype=seen.dtype)
        for tap, rows, columns in self._taps():
            result[:, rows, columns] += seen[:, tap]
        rows, columns = self._inside()
        images: Array = xp.ascontiguousarray(xp.moveaxis(result[:, rows, columns], 3, 0))
        return images

"""Sliding windows over images: the shared ground of convolution and pooling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from runtime.devices import Array, array_module
from runtime.errors import InputError

__all__ = ["Pair", "Windows", "pair"]

Pair: TypeAlias = int | tuple[int, int]


def pair(value: Pair, what: str, least: int) -> tuple[int, int]:
    """``value`` for rows and columns; raises InputError below ``least``."""
    both = (value, value) if isinstance(value, int) else value
    if len(both) != 2 or min(both) < least:
        raise InputError(f"{what} must be one or two integers of at least {least}, not {value}")
    return both


@dataclass(frozen=True, slots=True)
class Windows:
    """Which pixels each output position sees: PyTorch's stride, padding and dilation."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """(rows, columns) of the output; raises InputError where no window fits."""
        rows, columns = (
            (n + 2 * p - d * (k - 1) - 1) // s + 1
            for n, k, s, p, d in zip(
                (height, width), self.kernel, self.stride, self.padding, self.dilation, strict=True
            )
        )
        if rows < 1 or columns < 1:
            raise InputError(
                f"kernel {self.kernel} with padding {self.padding} and dilation {self.dilation} "
                f"does not fit an image of {height} by {width}"
            )
        return rows, columns

    def pad(self, images: Array, value: float) -> Array:
        """``images`` [B, C, H, W] with ``value`` around each."""
        if self.padding == (0, 0):
            return images
        (p, q) = self.padding
        padded: Array = array_module(images).pad(
            images, ((0, 0), (0, 0), (p, p), (q, q)), constant_values=value
        )
        return padded

    def offsets(self, rows: int, columns: int) -> Iterator[tuple[int, slice, slice]]:
        """For each kernel position: its index, and where its pixels lie in the padded image."""
        for index in range(self.kernel[0] * self.kernel[1]):
            i, j = divmod(index, self.kernel[1])
            top, left = i * self.dilation[0], j * self.dilation[1]
            yield (
                index,
                slice(top, top + self.stride[0] * (rows - 1) + 1, self.stride[0]),
                slice(left, left + self.stride[1] * (columns - 1) + 1, self.stride[1]),
            )

    def gather(self, images: Array, value: float) -> Array:
        """The pixels of every window: [B, C, H, W] -> [B, C, kh·kw, oh, ow]."""
        batch, channels, height, width = images.shape
        rows, columns = self.output_size(height, width)
        padded = self.pad(images, value)
        area = self.kernel[0] * self.kernel[1]
        out: Array = array_module(images).empty(
            (batch, channels, area, rows, columns), dtype=images.dtype
        )
        for index, down, across in self.offsets(rows, columns):
            out[:, :, index] = padded[:, :, down, across]
        return out

    def scatter(self, windows: Array, height: int, width: int) -> Array:
        """The transpose of ``gather``: adds every window's values back onto its pixels."""
        batch, channels, _, rows, columns = windows.shape
        p, q = self.padding
        padded: Array = array_module(windows).zeros(
            (batch, channels, height + 2 * p, width + 2 * q), dtype=windows.dtype
        )
        for index, down, across in self.offsets(rows, columns):
            padded[:, :, down, across] += windows[:, :, index]
        return padded[:, :, p : p + height, q : q + width]

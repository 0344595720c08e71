"""Where the elements of a result come from, as flat row-major indices; plain Python."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["places", "strides", "taps", "window_counts"]

Shape = tuple[int, ...]


def strides(shape: Shape) -> list[int]:
    """Row-major strides: the distance in the flat order between neighbors on each axis."""
    result: list[int] = []
    step = 1
    for extent in reversed(shape):
        result.append(step)
        step *= extent
    return result[::-1]


def places(offsets: Sequence[Sequence[int | None]]) -> list[int | None]:
    """Sums of one offset an axis, in row-major order; None where any offset is None."""
    result: list[int | None] = [0]
    for axis in offsets:
        result = [
            None if base is None or offset is None else base + offset
            for base in result
            for offset in axis
        ]
    return result


def _line(
    count: int, size: int, kernel: int, stride: int, pad: int, dilation: int
) -> list[list[int | None]]:
    """For each window of one axis the positions that it reads; None on the padding."""
    lines: list[list[int | None]] = []
    for window in range(count):
        at = [window * stride - pad + tap * dilation for tap in range(kernel)]
        lines.append([position if 0 <= position < size else None for position in at])
    return lines


def taps(
    image: Shape,
    out: Shape,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: Sequence[int],
    dilation: tuple[int, int],
) -> list[list[int | None]]:
    """For each window over an image [C, H, W] with the result [O, oh, ow], what it reads.

    Windows in row-major order; for each one flat index into a channel for every tap of the kernel,
    row-major, None on the padding. `padding` is (top, left, …).
    """
    size, count = image[1:], out[1:]
    rows = _line(count[0], size[0], kernel[0], stride[0], padding[0], dilation[0])
    columns = _line(count[1], size[1], kernel[1], stride[1], padding[1], dilation[1])
    scaled = [[None if r is None else r * size[1] for r in row] for row in rows]
    return [places([row, column]) for row in scaled for column in columns]


def window_counts(windows: list[list[int | None]], include_pad: bool) -> list[int]:
    """By how much each window's sum is divided."""
    if include_pad:
        return [len(window) for window in windows]
    return [sum(place is not None for place in window) for window in windows]

"""Inputs that look like images, as small PNG pictures in a data URI.

PNG (W3C Portable Network Graphics, third edition) is written directly: 8-bit gray or RGB, no
filtering, zlib-compressed.
"""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Picture", "picture"]

_SMALLEST_SIDE = 5
_LARGEST_SIDE = 256


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as data URI with its size in pixels."""

    uri: str
    width: int
    height: int


def picture(values: Sequence[float], shape: tuple[int, ...]) -> Picture | None:
    """Draw flat `values` of `shape` (C×H×W with 1 or 3 channels, H×W, or a square vector).

    Values are stretched so that the smallest is black and the largest white. Returns None when
    the shape is no image, or does not fit the values.
    """
    dimensions = _dimensions(shape)
    if dimensions is None or len(values) != math.prod(dimensions):
        return None
    channels, height, width = dimensions
    lowest, highest = min(values), max(values)
    scale = 255 / (highest - lowest) if highest > lowest else 0.0
    plane = height * width
    rows = bytearray()
    for y in range(height):
        rows.append(0)  # filter type of the scan line: none
        for x in range(width):
            for c in range(channels):
                rows.append(round((values[c * plane + y * width + x] - lowest) * scale))
    return Picture(_png(bytes(rows), width, height, channels), width, height)


def _dimensions(shape: tuple[int, ...]) -> tuple[int, int, int] | None:
    if len(shape) == 1:
        side = math.isqrt(shape[0])
        candidate = (1, side, side) if side * side == shape[0] else None
    elif len(shape) == 2:
        candidate = (1, shape[0], shape[1])
    elif len(shape) == 3 and shape[0] in (1, 3):
        candidate = (shape[0], shape[1], shape[2])
    else:
        candidate = None
    if candidate and all(_SMALLEST_SIDE <= side <= _LARGEST_SIDE for side in candidate[1:]):
        return candidate
    return None


def _png(rows: bytes, width: int, height: int, channels: int) -> str:
    color_type = 2 if channels == 3 else 0
    header = struct.pack(">IIBBBBB", width, height, 8, color_type, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n"
    for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")):
        data += struct.pack(">I", len(body)) + kind + body
        data += struct.pack(">I", zlib.crc32(kind + body))
    return "data:image/png;base64," + base64.b64encode(data).decode()

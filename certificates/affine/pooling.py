"""Literal coefficients of a maximum over windows, one for each tap.

A source gives one number for each entry of the image; where windows overlap, it is spread over
them. The lines are the usual ones of CROWN: for a > 0 each entry that can exceed the window's
largest lower end has the slope of its chord, for a ≤ 0 one entry stands for the window.
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from certificates.affine.boxes import Interval
from certificates.affine.costs import Candidate
from certificates.affine.plan import Floats
from certificates.crown.windows import Windows
from runtime.graph import MaxPool2d, Shape

__all__ = ["PoolTaps"]


class PoolTaps:
    """The taps of a MaxPool2d over an image [C, H, W]; lines are numbered output·taps + tap."""

    def __init__(self, op: MaxPool2d, image: Shape) -> None:
        self._size = math.prod(image)
        windows = Windows((image[1], image[2]), op.kernel, op.stride, op.padding, op.dilation)
        numbers = np.arange(self._size, dtype=np.float64).reshape(1, *image)
        seen = windows.gather(np, numbers, -1.0)[0].transpose(0, 2, 3, 1)
        self.taps = math.prod(op.kernel)
        self._index: NDArray[np.intp] = seen.reshape(-1, self.taps).astype(np.intp)
        self._valid = self._index >= 0

    @cached_property
    def _first(self) -> NDArray[np.intp]:
        """For each entry of the image the first line that reads it; −1 where none does."""
        first = np.full(self._size, -1, dtype=np.intp)
        lines = np.flatnonzero(self._valid)[::-1]
        first[self._index.reshape(-1)[lines]] = lines
        return first

    def back(self, g: Floats) -> Floats:
        """Coefficients [R, lines] added up by entry of the image, [R, size]."""
        whole = np.zeros((len(g), self._size + 1))
        for tap in range(self.taps):
            # Outputs have different entries at one tap; the padding's go to the last column.
            whole[:, self._index[:, tap]] += g.reshape(len(g), -1, self.taps)[:, :, tap]
        return whole[:, : self._size]

    def lines(self, a: Floats, wanted: Floats, box: Interval) -> Floats:
        """Coefficients [R, lines] whose sums by entry are `wanted` [R, size]."""
        lo, hi = (self._gather(end, -np.inf) for end in box)
        floor = lo.max(axis=1, keepdims=True)
        stands = np.arange(self.taps) == lo.argmax(axis=1)[:, None]
        alone = np.where(stands, -np.inf, hi).max(axis=1, keepdims=True) <= floor
        exceeds = hi > floor
        width = np.where(exceeds, hi, 1) - np.where(exceeds, lo, 0)
        upper = np.where(exceeds, (np.where(exceeds, hi, 0) - floor) / width, 0)
        middle = np.arange(self.taps) == (lo + hi).argmax(axis=1)[:, None]
        upper = np.where(alone, stands, upper)
        lower = np.where(alone, stands, middle)
        each = a[:, :, None]
        g = np.where(each > 0, each * upper, each * lower).reshape(len(a), -1)
        rest = wanted - self.back(g)
        read = self._first >= 0
        g[:, self._first[read]] += rest[:, read]
        return g

    def candidates(self, g: Floats, box: Interval) -> list[Candidate]:
        """The taps as arguments of the maximum."""
        lo, hi = (self._gather(end, 0.0) for end in box)
        each = g.reshape(len(g), -1, self.taps)
        return [
            Candidate(each[:, :, tap], lo[:, tap], hi[:, tap], self._valid[:, tap])
            for tap in range(self.taps)
        ]

    def _gather(self, end: Floats, fill: float) -> Floats:
        return np.where(self._valid, end.reshape(-1)[self._index], fill)

"""Float32 points moved into a ball in the l1 or l2 norm: for the search, trusted in nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from certificates.properties import Ball

__all__ = ["FloatBall"]

Floats = NDArray[np.float32]

_INSIDE = 1 - 2.0**-18
"""Of the radius: room for what float32 rounds."""


class FloatBall:
    """The ball around `anchor`, a point of it, that lies inside of the given one."""

    def __init__(self, ball: Ball, anchor: Floats) -> None:
        self.norm = ball.norm
        self._center = np.array([float(v) for v in ball.center])
        self._anchor = anchor.astype(np.float64)
        self._radius = _INSIDE * float(ball.radius)

    def inside(self, points: Floats) -> Floats:
        """Points [..., size] of the ball: the nearest, for a center that is the anchor."""
        move = points.astype(np.float64) - self._center
        if self.norm == "l1":
            move = _shrunk(move, self._radius)
        moved = self._center + move
        # Where the center is not among the inputs, what lies outside goes towards the anchor.
        near, far = self._length(self._anchor), self._length(moved)
        room = np.maximum(self._radius - near, 0) / np.maximum(far - near, 1e-300)
        share = np.where(far > self._radius, np.minimum(room, 1), 1)[..., None]
        return np.asarray(self._anchor + share * (moved - self._anchor), np.float32)

    def direction(self, gradient: Floats) -> Floats:
        """Steps [..., size] with the largest entry 1, along the gradient."""
        largest = np.abs(gradient).max(axis=-1, keepdims=True)
        return np.asarray(gradient / np.maximum(largest, np.float32(1e-30)), np.float32)

    def _length(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        move = points - self._center
        if self.norm == "l1":
            return np.asarray(np.abs(move).sum(axis=-1))
        return np.asarray(np.sqrt((move * move).sum(axis=-1)))


def _shrunk(move: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
    """The Euclidean projection of rows onto the l1 ball around zero (Duchi et al., Efficient
    Projections onto the l1-Ball, ICML 2008): the same number is taken off every size."""
    sizes = np.abs(move)
    ordered = -np.sort(-sizes, axis=-1)
    excess = (np.cumsum(ordered, axis=-1) - radius) / np.arange(1, sizes.shape[-1] + 1)
    kept = np.maximum((ordered > excess).sum(axis=-1), 1)
    cut = np.maximum(np.take_along_axis(excess, kept[..., None] - 1, axis=-1), 0)
    return np.asarray(np.sign(move) * np.maximum(sizes - cut, 0))

"""Rows on a ball of inputs in the l1 or l2 norm: their largest values by the dual norm."""

# NumPy's types call the result of arithmetic on arrays of any dtype Any.
# mypy: disable-error-code=no-any-return

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from certificates.properties import Ball
from runtime.devices import Array
from runtime.graph import Shape

__all__ = ["InputBall"]


@dataclass(frozen=True, slots=True)
class InputBall:
    """A center [1, *input shape] and a radius, in floats and not rounded outward."""

    xp: Any
    norm: Literal["l1", "l2"]
    center: Array
    radius: float

    @classmethod
    def of(cls, ball: Ball, shape: Shape, xp: Any, dtype: Any) -> InputBall:
        """From an exact ball."""
        center = np.array([float(v) for v in ball.center]).reshape(1, *shape)
        return cls(xp, ball.norm, xp.asarray(center, dtype=dtype), float(ball.radius))

    def highest(self, a: Array) -> Array:
        """The largest values [N] of rows a [N, *input shape]."""
        flat = a.reshape(a.shape[0], -1)
        return flat @ self.center.reshape(-1) + self.radius * self._dual(flat)

    def top(self, a: Array) -> Array:
        """Where the rows are largest, [N, *input shape]."""
        xp, flat = self.xp, a.reshape(a.shape[0], -1)
        if self.norm == "l2":
            size = xp.maximum(self._dual(flat), 1e-30)[:, None]
            move = flat / size
        else:
            places = xp.abs(flat).argmax(axis=1)
            each = xp.arange(len(flat))
            move = xp.zeros_like(flat)
            move[each, places] = xp.sign(flat[each, places])
        return self.center + self.radius * move.reshape(a.shape)

    def _dual(self, flat: Array) -> Array:
        """The dual norms [N]."""
        if self.norm == "l1":
            return self.xp.abs(flat).max(axis=1)
        return self.xp.sqrt((flat * flat).sum(axis=1))

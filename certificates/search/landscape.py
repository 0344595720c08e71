"""A network seen from a box of inputs: float32 points, and how far each is from a violation."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from certificates.properties import Formula
from certificates.search.balls import FloatBall
from certificates.search.objective import Objective
from certificates.search.points import FloatBox
from runtime.graph import Graph

__all__ = ["Floats", "Landscape"]

Floats = NDArray[np.float32]

_ELEMENTS = 1 << 22
"""Most elements of one tensor over a whole batch."""
_EXACT_CHECKS = 8
_TOLERANCE = 1e-6


class Landscape:
    """The distance from violating `safe` over a box, and a ball; trusted in nothing.

    `capacity` is how many points fit into one batch.
    """

    def __init__(
        self, graph: Graph, safe: Formula, box: FloatBox, ball: FloatBall | None = None
    ) -> None:
        self.graph, self.box, self.ball = graph, box, ball
        self.objective = Objective(safe, math.prod(graph.shape_of(graph.output)))
        self.shape = graph.inputs[0].shape
        self.width = box.hi - box.lo
        names = [graph.inputs[0].name, *(node.name for node in graph.nodes)]
        self.capacity = _ELEMENTS // max(math.prod(graph.shape_of(name)) for name in names)

    def at(self, share: Floats) -> Floats:
        """Points of the box at shares from 0 (lo) to 1 (hi) of each coordinate's width."""
        return self.clip(self.box.lo + share * self.width)

    def clip(self, points: Floats) -> Floats:
        """The nearest points of the box, moved into the ball."""
        inside = np.clip(points, self.box.lo, self.box.hi)
        if self.ball is None:
            return inside
        return np.clip(self.ball.inside(inside), self.box.lo, self.box.hi)

    def direction(self, gradient: Floats) -> Floats:
        """The steps of a descent: by signs in a box, along the gradient in a ball."""
        return np.sign(gradient) if self.ball is None else self.ball.direction(gradient)

    def values(self, points: Floats) -> NDArray[np.float64]:
        """Distance from violation at flat points."""
        return self.objective.values(self._outputs(points))

    def promising(self, points: Floats) -> Floats:
        """The points that violate in float32, or nearly, best first, a few of them."""
        outputs = self._outputs(points)
        values = self.objective.values(outputs)
        order = np.argsort(values, kind="stable")
        room = tolerance(outputs)
        return points[[i for i in order if values[i] <= room[i]][:_EXACT_CHECKS]]

    def _outputs(self, points: Floats) -> NDArray[np.float64]:
        y = self.graph.evaluate_batch(points.reshape(-1, *self.shape))
        return y.reshape(len(points), -1).astype(np.float64)


def tolerance(outputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distances [B] that float32 outputs [B, size] of this size cannot tell from zero."""
    return np.asarray(_TOLERANCE * np.maximum(1.0, np.abs(outputs).max(axis=1)))

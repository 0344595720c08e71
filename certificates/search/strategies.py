"""Where to look for violations: random points, corners, projected gradients, climbers.

All of it runs in float32 and is trusted in nothing. Projected gradient descent follows Madry et
al., Towards Deep Learning Models Resistant to Adversarial Attacks (ICLR 2018), with momentum and
shrinking steps; the climbers are (1 + λ) evolution strategies with step sizes drawn at random.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from certificates.properties import Formula
from certificates.search.gradient import input_gradient, run
from certificates.search.objective import distance, targets
from certificates.search.points import FloatBox
from runtime.graph import Graph

__all__ = ["Search"]

Floats = NDArray[np.float32]

_ELEMENTS = 1 << 22
"""Most elements of one tensor over a whole batch."""
_EXACT_CHECKS = 8
_MOMENTUM = 0.75
_POPULATION, _CLIMBERS, _CHILDREN, _GENERATIONS = 20_000, 600, 4, 40


class Search:
    """Rounds of points, each round yielding those that look like violations, best first."""

    def __init__(
        self, graph: Graph, safe: Formula, box: FloatBox, generator: np.random.Generator
    ) -> None:
        self.graph, self.safe, self.box = graph, safe, box
        self.generator = generator
        self.shape = graph.inputs[0].shape
        self.width = box.hi - box.lo
        self.largest = max(math.prod(graph.shape_of(name)) for name in _tensors(graph))

    def rounds(self, restarts: int, steps: int, deadline: float) -> Iterator[Floats]:
        """Batches of promising flat points until the deadline, or one where the box is a point."""
        rows = max(4, min(restarts, _ELEMENTS // self.largest))
        goals = targets(self.safe)
        yield self._promising(np.stack([(self.box.lo + self.box.hi) / 2]))
        if not bool(self.width.any()):
            return
        number = 0
        while time.monotonic() < deadline:
            starts = self._starts(rows)
            yield self._promising(starts)
            # Each row attacks one part of a conjunction; the next round begins with another.
            aims = [(row + number) % len(goals) for row in range(rows)]
            yield from self._descend(starts, [goals[aim] for aim in aims], steps, deadline)
            number += rows
            if _ELEMENTS // self.largest >= _POPULATION:
                yield from self._climb(deadline)

    def _starts(self, rows: int) -> Floats:
        """Half uniform in the box, a quarter corners, a quarter the best of many random points."""
        share = self.generator.random((rows, self.width.size), dtype=np.float32)
        share[: rows // 4] = np.round(share[: rows // 4])
        sample = self.generator.random((4 * rows, self.width.size), dtype=np.float32)
        values, _ = self._values(self._at(sample))
        share[rows // 4 : rows // 2] = sample[np.argsort(values)[: rows // 2 - rows // 4]]
        return self._at(share)

    def _at(self, share: Floats) -> Floats:
        """Points of the box at shares from 0 (lo) to 1 (hi) of each coordinate's width."""
        return np.clip(self.box.lo + share * self.width, self.box.lo, self.box.hi)

    def _values(self, points: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Distance from violation at flat points, and the outputs."""
        y = self.graph.evaluate_batch(points.reshape(-1, *self.shape))
        outputs = y.reshape(len(points), -1).astype(np.float64)
        return distance(self.safe, outputs)[0], outputs

    def _promising(self, points: Floats) -> Floats:
        """The points that violate in float32, or nearly, best first, a few of them."""
        values, outputs = self._values(points)
        tolerance = 1e-6 * np.maximum(1.0, np.abs(outputs).max(axis=1))
        order = np.argsort(values)
        return points[[i for i in order if values[i] <= tolerance[i]][:_EXACT_CHECKS]]

    def _descend(
        self, points: Floats, goals: list[Formula], steps: int, deadline: float
    ) -> Iterator[Floats]:
        """Projected gradient steps in units of the box's width; yields as soon as one violates."""
        distinct = {id(goal): goal for goal in goals}
        members = {key: [i for i, g in enumerate(goals) if id(g) == key] for key in distinct}
        velocity = np.zeros(points.shape, np.float32)
        for step in range(steps):
            if time.monotonic() > deadline:
                return
            values = run(self.graph, points.reshape(-1, *self.shape))
            y = values[self.graph.output].reshape(len(points), -1).astype(np.float64)
            if bool((distance(self.safe, y)[0] < 0).any()):
                yield self._promising(points)
            slope = np.zeros(y.shape, np.float32)
            for key, rows in members.items():
                slope[rows] = distance(distinct[key], y[rows])[1]
            gradient = input_gradient(self.graph, values, slope).reshape(points.shape)
            velocity = _MOMENTUM * velocity + np.sign(gradient)
            rate = np.float32(0.3 * (1 - step / steps) ** 2 + 0.002)
            moved = points - rate * self.width * np.clip(velocity, -1, 1)
            points = np.clip(moved, self.box.lo, self.box.hi).astype(np.float32)
        yield self._promising(points)

    def _climb(self, deadline: float) -> Iterator[Floats]:
        """Many climbers, each to its own top: half from the best of many random points, half from
        any, since the best points alone may all lie around one top that is not high enough.

        Finds the small regions that gradients miss where the input has few dimensions.
        """
        dimensions = self.width.size
        points = self._at(self.generator.random((_POPULATION, dimensions), dtype=np.float32))
        values, _ = self._values(points)
        some = np.argsort(values)[: _CLIMBERS // 2]
        some = np.concatenate([some, np.arange(_CLIMBERS - len(some))])
        points, values = points[some], values[some]
        climbers = np.arange(_CLIMBERS)
        for _ in range(_GENERATIONS):
            if time.monotonic() > deadline:
                return
            if float(values.min()) < 0:
                yield self._promising(points)
            shape = (_CHILDREN, _CLIMBERS, dimensions)
            reach = 10.0 ** self.generator.uniform(-4, -0.5, (*shape[:2], 1))
            change = (reach * self.generator.standard_normal(shape)).astype(np.float32)
            children = np.clip(points + self.width * change, self.box.lo, self.box.hi)
            scores = self._values(children.reshape(-1, dimensions))[0].reshape(shape[:2])
            first = scores.argmin(axis=0)
            better = scores[first, climbers] < values
            points = np.where(better[:, None], children[first, climbers], points)
            values = np.where(better, scores[first, climbers], values)
        yield self._promising(points)


def _tensors(graph: Graph) -> list[str]:
    return [graph.inputs[0].name, *(node.name for node in graph.nodes)]

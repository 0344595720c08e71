"""Projected gradient descent on batches of points, with softened kinks.

Madry et al., Towards Deep Learning Models Resistant to Adversarial Attacks (ICLR 2018), with
momentum and shrinking steps. Where a network is flat, as behind units that are all off, its own
gradient leads nowhere; the softened one, whose units pass a part of the gradient while they are
off, leads out. The softness shrinks to zero with the steps.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from certificates.search.gradient import input_gradient, run
from certificates.search.landscape import Floats, Landscape, tolerance

__all__ = ["Start", "descend"]

_MOMENTUM = 0.75
_FIRST_STEP, _LAST_STEP = 0.3, 0.002
"""In units of the box's width."""


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """Flat points [B, size], the goal that each aims at, and its softness (0: the true gradient).

    Where a goal has several parts to violate, rows `together` lower all of them at a time.
    """

    points: Floats
    aims: NDArray[np.intp]
    softness: Floats
    together: NDArray[np.bool_]


def descend(
    landscape: Landscape, start: Start, steps: int, deadline: float
) -> tuple[Floats, NDArray[np.float64]]:
    """The best point of each row on its way, and its distance from violating the row's goal.

    Stops at the first clear violation, and at the deadline.
    """
    graph, points = landscape.graph, start.points
    best, lowest = points.copy(), np.full(len(points), np.inf)
    velocity = np.zeros(points.shape, np.float32)
    for step in range(steps):
        values = run(graph, points.reshape(-1, *landscape.shape))
        y = values[graph.output].reshape(len(points), -1).astype(np.float64)
        distances, slopes = landscape.objective.aimed(y, start.aims, start.together)
        better = distances < lowest
        best[better], lowest[better] = points[better], distances[better]
        if bool((distances < -tolerance(y)).any()) or time.monotonic() > deadline:
            break
        left = np.float32((1 - step / steps) ** 2)
        gradient = input_gradient(graph, values, slopes.astype(np.float32), left * start.softness)
        velocity = _MOMENTUM * velocity + landscape.direction(gradient.reshape(points.shape))
        rate = np.float32(_FIRST_STEP * left + _LAST_STEP)
        points = landscape.clip(points - rate * landscape.width * np.clip(velocity, -1, 1))
    return best, lowest

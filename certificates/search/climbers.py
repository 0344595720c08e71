"""Many (1 + λ) evolution strategies at a time, with step sizes drawn at random.

They find the small regions that gradients miss where the input has few dimensions.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from certificates.search.landscape import Floats, Landscape

__all__ = ["POPULATION", "climb"]

POPULATION = 20_000
_CLIMBERS, _CHILDREN, _GENERATIONS = 600, 4, 40


def climb(
    landscape: Landscape, generator: np.random.Generator, deadline: float
) -> Iterator[Floats]:
    """Promising points of climbers that each go to their own top, from random points.

    Half start at the best of many, half at any, since the best alone may all lie around one top
    that is not high enough.
    """
    dimensions = landscape.width.size
    points = landscape.at(generator.random((POPULATION, dimensions), dtype=np.float32))
    values = landscape.values(points)
    some = np.argsort(values, kind="stable")[: _CLIMBERS // 2]
    some = np.concatenate([some, np.arange(_CLIMBERS - len(some))])
    points, values = points[some], values[some]
    climbers = np.arange(_CLIMBERS)
    for _ in range(_GENERATIONS):
        if time.monotonic() > deadline:
            return
        if float(values.min()) < 0:
            yield landscape.promising(points)
        shape = (_CHILDREN, _CLIMBERS, dimensions)
        reach = 10.0 ** generator.uniform(-4, -0.5, (*shape[:2], 1))
        change = (reach * generator.standard_normal(shape)).astype(np.float32)
        children = landscape.clip(points + landscape.width * change)
        scores = landscape.values(children.reshape(-1, dimensions)).reshape(shape[:2])
        first = scores.argmin(axis=0)
        better = scores[first, climbers] < values
        points = np.where(better[:, None], children[first, climbers], points)
        values = np.where(better, scores[first, climbers], values)
    yield landscape.promising(points)

"""Where to look for violations: the middle, corners, gradients from many starts, climbers."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from certificates.search.climbers import POPULATION, climb
from certificates.search.descent import Start, descend
from certificates.search.landscape import Floats, Landscape

__all__ = ["Search"]

_KEPT, _KEPT_A_GOAL = 32, 4
_ROUNDS_A_CLIMB = 2
_ROUNDS_A_LENGTH, _LENGTHENINGS = 4, 5
"""After so many rounds the descents become longer by half, so many times."""


class Search:
    """Rounds of points, each round yielding those that look like violations, best first.

    A round is one descent from many starts. The first rounds spread over all goals. Later ones use
    half of their rows to go on near the best points so far, for the goals that came closest.
    """

    def __init__(self, landscape: Landscape, generator: np.random.Generator) -> None:
        self.landscape, self.generator = landscape, generator
        self.goals = len(landscape.objective.goals)
        self.kept: list[tuple[float, int, Floats]] = []

    def rounds(self, restarts: int, steps: int, deadline: float) -> Iterator[Floats]:
        """Batches of promising flat points until the deadline, or one where the box is a point."""
        landscape = self.landscape
        rows = max(4, min(restarts, landscape.capacity))
        middle = np.stack([(landscape.box.lo + landscape.box.hi) / np.float32(2)])
        yield landscape.promising(landscape.clip(middle))
        if not bool(landscape.width.any()):
            return
        number = 0
        while time.monotonic() < deadline:
            start = self._start(rows, number)
            yield landscape.promising(start.points)
            longer = 1.5 ** min(number // _ROUNDS_A_LENGTH, _LENGTHENINGS)
            points, values = descend(landscape, start, int(steps * longer), deadline)
            yield landscape.promising(points)
            self._keep(points, values, start.aims)
            if number % _ROUNDS_A_CLIMB == 0 and landscape.capacity >= POPULATION:
                yield from climb(landscape, self.generator, deadline)
            number += 1

    def _start(self, rows: int, number: int) -> Start:
        """A quarter corners, a quarter the best of many random points, the others uniform.

        From the second round on, the second half is near kept points.
        """
        random = self.generator.random
        share = random((rows, self.landscape.width.size), dtype=np.float32)
        share[: rows // 4] = np.round(share[: rows // 4])
        sample = random((4 * rows, self.landscape.width.size), dtype=np.float32)
        order = np.argsort(self.landscape.values(self.landscape.at(sample)), kind="stable")
        share[rows // 4 : rows // 2] = sample[order[: rows // 2 - rows // 4]]
        points = self.landscape.at(share)
        # Each row aims at one goal; the next round begins with another.
        aims = (np.arange(rows) + number * rows) % self.goals
        softness = (10.0 ** self.generator.uniform(-1.7, 0, rows)).astype(np.float32)
        softness[random(rows) < 0.2] = 0
        if self.kept:
            self._near_kept(slice(rows // 2, rows), points, aims, softness)
        return Start(points, aims, softness, random(rows) < 0.9)

    def _near_kept(
        self, where: slice, points: Floats, aims: NDArray[np.intp], softness: Floats
    ) -> None:
        """Replace the rows by kept points with a random part of their coordinates renewed.

        The better a kept point, the more often it is taken.
        """
        for row in range(*where.indices(len(points))):
            rank = min(int(self.generator.geometric(0.2)), len(self.kept)) - 1
            _, aim, point = self.kept[rank]
            renewed = self.generator.random(point.size) < 10 ** self.generator.uniform(-1.5, -0.2)
            points[row] = np.where(renewed, points[row], point)
            aims[row] = aim
            softness[row] *= 0.3

    def _keep(self, points: Floats, values: NDArray[np.float64], aims: NDArray[np.intp]) -> None:
        """Merge copies of the points into the kept ones: the best overall, a few a goal."""
        new = [
            (float(value), int(aim), point.copy())
            for value, aim, point in zip(values, aims, points, strict=True)
        ]
        merged = sorted([*self.kept, *new], key=lambda entry: entry[0])
        counts = [0] * self.goals
        self.kept = []
        for entry in merged:
            if counts[entry[1]] < _KEPT_A_GOAL and len(self.kept) < _KEPT:
                counts[entry[1]] += 1
                self.kept.append(entry)

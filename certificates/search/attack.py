"""Search for an input that violates a property: random points, corners, projected gradients.

The search runs in float32 and trusts nothing: a point counts only after exact evaluation.
Projected gradient descent follows Madry et al., Towards Deep Learning Models Resistant to
Adversarial Attacks (ICLR 2018), with momentum and shrinking steps.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from certificates.properties import Box, Formula, Property
from certificates.search.gradient import input_gradient, run
from certificates.search.objective import distance, targets
from certificates.search.points import FloatBox
from runtime.errors import InputError
from runtime.graph import Graph

__all__ = ["Counterexample", "find_counterexample"]

Floats = NDArray[np.float32]

_EXACT_CHECKS = 8
_MOMENTUM = 0.75


@dataclass(frozen=True, slots=True)
class Counterexample:
    """An exact input in the box of `case` whose exact output makes the case's formula false.

    `input` and `output` are flat. `float32` says whether every coordinate of the input is a
    binary32 number, so that a program can be run on it as it is.
    """

    case: int
    input: tuple[Fraction, ...]
    output: tuple[Fraction, ...]
    float32: bool


def find_counterexample(
    graph: Graph,
    prop: Property,
    case: int,
    *,
    seconds: float = 10.0,
    restarts: int = 128,
    steps: int = 40,
    seed: int = 0,
) -> Counterexample | None:
    """An exactly verified violation of one case, or None where none was found.

    Args:
        graph: the model.
        prop: the property; bound to the graph here where it was not.
        case: which of `prop.cases`.
        seconds: wall-clock budget; a single step on a large network can exceed it a little.
        restarts: starting points a round, fewer where the network's tensors are large.
        steps: gradient steps a round.
        seed: of the random numbers; the same seed, budget aside, searches the same points.

    None says nothing about whether the property holds.
    Raises InputError for a property that does not fit or a case out of range.
    """
    prop = prop.bind(graph)
    if not 0 <= case < len(prop.cases):
        raise InputError(f"Case {case} does not exist; the property has {len(prop.cases)} cases.")
    box, safe = prop.cases[case].box, prop.cases[case].safe
    search = _Search(graph, safe, FloatBox.of(box), np.random.default_rng(seed))
    deadline = time.monotonic() + seconds
    largest = max(int(np.prod(graph.shape_of(n.name))) for n in graph.nodes) if graph.nodes else 1
    rows = max(4, min(restarts, (1 << 22) // largest))
    for points in search.rounds(rows, steps, deadline):
        for point in points:
            found = _verify(graph, box, safe, search.box.exact(point))
            if found is not None:
                fits = bool(search.box.representable.all())
                return Counterexample(case, *found, float32=fits)
    return None


def _verify(
    graph: Graph, box: Box, safe: Formula, x: tuple[Fraction, ...]
) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]] | None:
    """The input and its exact output where the formula is false there."""
    numerators, den = graph.evaluate_exact(x)[graph.output]
    y = tuple(Fraction(n, den) for n in numerators)
    return (x, y) if box.contains(x) and not safe.holds(y) else None


class _Search:
    """Rounds of points, each round yielding those that look like violations, best first."""

    def __init__(
        self, graph: Graph, safe: Formula, box: FloatBox, generator: np.random.Generator
    ) -> None:
        self.graph, self.safe, self.box = graph, safe, box
        self.generator = generator
        self.shape = graph.inputs[0].shape
        self.width = box.hi - box.lo

    def rounds(self, rows: int, steps: int, deadline: float) -> Iterator[Floats]:
        """Batches of promising flat points until the deadline, or one where the box is a point."""
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

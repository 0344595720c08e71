"""Search for an input that violates a property; a point counts only after exact evaluation."""

from __future__ import annotations

import time
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from certificates.properties import Case, Property
from certificates.search.balls import FloatBall
from certificates.search.landscape import Landscape
from certificates.search.points import FloatBox
from certificates.search.strategies import Search
from runtime.errors import InputError
from runtime.graph import Graph

__all__ = ["Counterexample", "find_counterexample"]


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
    restarts: int = 512,
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
    chosen = prop.cases[case]
    inside = FloatBox.of(chosen.box)
    ball = None
    if chosen.ball is not None:
        anchor = chosen.box.clipped(chosen.ball.center)
        ball = FloatBall(chosen.ball, np.array([float(v) for v in anchor], np.float32))
    landscape = Landscape(graph, chosen.safe, inside, ball)
    search = Search(landscape, np.random.default_rng(seed))
    deadline = time.monotonic() + seconds
    for points in search.rounds(restarts, steps, deadline):
        for point in points:
            start = inside.exact(point)
            exact = chosen.nearest(start)
            found = _verify(graph, chosen, exact)
            if found is not None:
                fits = exact == start and bool(inside.representable.all())
                return Counterexample(case, *found, float32=fits)
    return None


def _verify(
    graph: Graph, case: Case, x: tuple[Fraction, ...]
) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]] | None:
    """The input and its exact output where the formula is false there."""
    numerators, den = graph.evaluate_exact(x)[graph.output]
    y = tuple(Fraction(n, den) for n in numerators)
    return (x, y) if case.contains(x) and not case.safe.holds(y) else None

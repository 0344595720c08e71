"""Running an imported graph and the program it came from on the same random inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.errors import InputError
from runtime.graph import FloatArray, Graph, Shape

__all__ = ["TOLERANCE", "CrossCheck", "agreement"]

TOLERANCE = 1e-4
"""Largest difference, relative to the largest magnitude of any tensor in the run (at least 1)."""

_SPREADS = (1.0, 0.1, 10.0)


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """How far the graph and the other runtime were apart.

    Attributes:
        runs: number of random inputs.
        max_abs_difference: largest difference of an output element.
        max_rel: the same relative to the largest output magnitude of its run (at least 1e-30).
    """

    runs: int
    max_abs_difference: float
    max_rel: float


def agreement(
    graph: Graph,
    other: Callable[[list[FloatArray]], NDArray[Any]],
    shapes: Sequence[Shape],
    *,
    name: str,
    runs: int,
    seed: int,
) -> CrossCheck:
    """Compare `graph.evaluate` with another program on normal numbers of three spreads.

    Args:
        graph: the imported graph.
        other: the program: inputs of the full shapes to its one output.
        shapes: the program's input shapes, batch axis included, in the graph's order.
        name: who the other is, for messages.
        runs: number of random inputs, at least 1.
        seed: seed of the random inputs.

    Differences of rounding are expected; more than `TOLERANCE` of the run's largest magnitude
    raises InputError.
    """
    if runs < 1:
        raise InputError(f"cross check: at least one run is needed, not {runs}")
    generator = np.random.default_rng(seed)
    largest, largest_relative = 0.0, 0.0
    for run in range(runs):
        spread = _SPREADS[run % len(_SPREADS)]
        inputs = [
            (spread * generator.standard_normal(shape)).astype(np.float32) for shape in shapes
        ]
        theirs = np.asarray(other(inputs), dtype=np.float64).reshape(-1)
        shaped = tuple(
            value.reshape(entry.shape) for value, entry in zip(inputs, graph.inputs, strict=True)
        )
        values = graph.trace(shaped if len(shaped) > 1 else shaped[0])
        ours = values[graph.output].reshape(-1).astype(np.float64)
        if ours.shape != theirs.shape:
            raise InputError(
                f"the importer gives {ours.size} outputs and {name} {theirs.size}, so the model is "
                f"not used"
            )
        difference = float(np.abs(ours - theirs).max())
        scale = max(1.0, *(float(np.abs(value).max()) for value in values.values()))
        if not difference <= TOLERANCE * scale:
            raise InputError(
                f"the importer and {name} disagree by {difference:.3g} on a random input "
                f"(seed {seed}, run {run}), so the model is not used"
            )
        largest = max(largest, difference)
        magnitude = max(1e-30, float(np.abs(theirs).max()))
        largest_relative = max(largest_relative, difference / magnitude)
    return CrossCheck(runs, largest, largest_relative)

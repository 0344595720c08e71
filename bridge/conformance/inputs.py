"""Inputs that a float32 budget is tried on: random, boundary and adversarial points of boxes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from certificates.properties import Box
from certificates.search.gradient import input_gradient, run
from certificates.search.points import FloatBox
from runtime.errors import InputError, UnsupportedError
from runtime.graph import FloatArray, Graph

__all__ = ["sample"]


def sample(graph: Graph, boxes: Sequence[Box], count: int, seed: int) -> FloatArray:
    """About `count` binary32 inputs [N, *shape], spread over the boxes.

    A third are random inside, a third have every coordinate at an end of the box, and a third are
    corners to which the derivatives of the largest output, or of its lead, point.
    Raises InputError for a box without binary32 numbers at some coordinate.
    """
    rng = np.random.default_rng(seed)
    shape = graph.inputs[0].shape
    each = max(1, round(count / 3 / len(boxes)))
    found: list[FloatArray] = []
    for box in boxes[: max(1, count // 3)]:
        ends = FloatBox.of(box)
        if not bool(ends.representable.all()):
            index = int(np.argmin(ends.representable))
            raise InputError(
                f"The input box has no float32 number at coordinate {index}, so that no float32 "
                "run starts in it; widen the box."
            )
        lo, hi = ends.lo.reshape(shape), ends.hi.reshape(shape)
        inside = [_between(lo, hi, rng) for _ in range(each)]
        corners = [np.where(rng.random(shape) < 0.5, lo, hi) for _ in range(max(0, each - 2))]
        found += [*inside, *[lo, hi][:each], *corners]
        found += _steepest(graph, np.stack(inside), lo, hi)
    return np.stack(found)


def _between(lo: FloatArray, hi: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Uniform in [lo, hi], with full significands."""
    part = rng.random(lo.shape)
    values = (lo.astype(np.float64) * (1 - part) + hi.astype(np.float64) * part).astype(np.float32)
    return np.clip(values, lo, hi)


def _steepest(graph: Graph, inside: FloatArray, lo: FloatArray, hi: FloatArray) -> list[FloatArray]:
    """For each point the corner at which the largest output leads least, by its derivative."""
    values = run(graph, inside)
    flat = values[graph.output].reshape(len(inside), -1)
    order = np.argsort(flat, axis=1)
    wanted = np.zeros_like(flat)
    np.put_along_axis(wanted, order[:, -1:], -1, axis=1)
    if flat.shape[1] > 1:
        np.put_along_axis(wanted, order[:, -2:-1], 1, axis=1)
    try:
        gradient = input_gradient(graph, values, wanted)
    except UnsupportedError:
        return []
    return list(np.where(gradient < 0, lo, hi))

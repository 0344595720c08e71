"""Interval bounds of every node of a graph, for one box or a batch of boxes."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from certificates.interval.rounding import Floats
from certificates.interval.rules import Interval, propagate
from runtime.errors import InputError
from runtime.graph import Graph

__all__ = ["bounds", "outward"]


def bounds(graph: Graph, box_lo: ArrayLike, box_hi: ArrayLike) -> dict[str, Interval]:
    """Float64 bounds lo ≤ value ≤ hi, rounded outward, of the input and every node.

    Args:
        graph: a graph with one input.
        box_lo, box_hi: float64 ends of the input box: of the input's shape, flat, or with a batch
            axis in front; use `outward` for rationals.

    Returns, by name, arrays [*shape], or [B, *shape] where a batch was given. They contain the
    exact value at every real input of the box, not only what a float32 run gives.
    Raises InputError for a graph with several inputs, a wrong shape, NaN, or an empty box;
    UnsupportedError for an operator without an interval rule.
    """
    if len(graph.inputs) != 1:
        raise InputError(f"The graph has {len(graph.inputs)} inputs; bounds need exactly one.")
    shape = graph.inputs[0].shape
    lo, hi = np.asarray(box_lo, np.float64), np.asarray(box_hi, np.float64)
    flat = int(np.prod(shape))
    batched = lo.shape not in (shape, (flat,))
    rows = lo.shape[0] if batched and lo.ndim else 1
    if lo.shape != hi.shape or lo.size != rows * flat:
        raise InputError(
            f"The box ends have the shapes {list(lo.shape)} and {list(hi.shape)}; the input has "
            f"{list(shape)}, with a batch axis in front or without."
        )
    if not bool(np.all(lo <= hi)):
        raise InputError("The input box is empty or has NaN; every lower end must be ≤ the upper.")
    lo, hi = lo.reshape(rows, *shape), hi.reshape(rows, *shape)
    values: dict[str, Interval] = {graph.inputs[0].name: (lo, hi)}
    for node in graph.nodes:
        values[node.name] = propagate(node.op, [values[name] for name in node.inputs], rows)
    if batched:
        return values
    return {name: (value[0][0], value[1][0]) for name, value in values.items()}


def outward(lo: Sequence[Fraction], hi: Sequence[Fraction]) -> tuple[Floats, Floats]:
    """Float64 ends that contain the exact ones: equal where these are floats, else the next."""
    return np.array([_below(v) for v in lo]), np.array([-_below(-v) for v in hi])


def _below(value: Fraction) -> float:
    """The largest float that is at most `value`."""
    try:
        nearest = float(value)
    except OverflowError:
        return -math.inf if value < 0 else sys.float_info.max
    return nearest if Fraction(nearest) <= value else math.nextafter(nearest, -math.inf)

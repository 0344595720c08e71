"""Random graphs that float32 budgets can be about, boxes, and inputs that try to break them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from certificates.properties import Box
from runtime.graph import Affine, Graph, GraphBuilder, LeakyRelu
from tests.runtime.graph.random_graphs import random_graph


def made_fit(graph: Graph) -> Graph:
    """The graph without divisions by constants, and with slopes of LeakyRelu from 0 to 1."""
    builder = GraphBuilder(graph.name)
    names = {graph.inputs[0].name: builder.input(graph.inputs[0].shape)}
    for node in graph.nodes:
        op = node.op
        if isinstance(op, Affine) and op.divisor is not None:
            op = Affine(op.scale, op.shift)
        if isinstance(op, LeakyRelu):
            op = LeakyRelu(np.float32(min(1, abs(op.alpha))))
        names[node.name] = builder.add(op, *(names[name] for name in node.inputs), hint=node.name)
    return builder.build(names[graph.output], graph.source)


def admitted(seed: int, *, nodes: int = 8) -> Graph:
    """A random graph over all operators that a budget can be about."""
    length = int(np.random.default_rng(seed).integers(1, nodes + 1))
    return made_fit(random_graph(seed, length, uneven=True, head=True))


def box_around(center: np.ndarray, radius: float) -> Box:
    """The exact box |x − center| ≤ radius."""
    middle = [Fraction(float(value)) for value in center.reshape(-1)]
    reach = Fraction(radius)
    return Box(tuple(v - reach for v in middle), tuple(v + reach for v in middle))


def points(center: np.ndarray, radius: float, rng: np.random.Generator) -> np.ndarray:
    """Binary32 inputs of the box, [B, *shape]: corners, inside, on its faces, near zero."""
    lo, hi = (center.astype(np.float64) + sign * radius for sign in (-1, 1))
    ends = np.stack([lo, hi])
    found = [lo, hi, center]
    for _ in range(3):
        found.append(np.where(rng.random(center.shape) < 0.5, *ends))
        found.append(rng.uniform(lo, hi))
        inside = rng.uniform(lo, hi)
        found.append(np.where(rng.random(center.shape) < 0.5, inside, np.where(inside > 0, hi, lo)))
    subnormal = rng.standard_normal(center.shape) * 2.0**-130
    found.append(np.where((lo <= 0) & (hi >= 0), subnormal, center))
    with np.errstate(under="ignore"):
        rounded = np.stack(found).astype(np.float32)
    # Rounding may leave the box by half a unit; step back inside.
    rounded = np.where(rounded > hi, np.nextafter(rounded, np.float32(-np.inf)), rounded)
    return np.where(rounded < lo, np.nextafter(rounded, np.float32(np.inf)), rounded)

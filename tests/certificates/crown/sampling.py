"""Networks and a sampling check for the tests of linear bounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from certificates.crown import Program
from runtime.graph import Add, Graph, GraphBuilder, Linear, Provenance, Relu, Sub

Floats = np.ndarray


def mlp(sizes: Sequence[int], seed: int) -> Graph:
    """A random ReLU network."""
    rng = np.random.default_rng(seed)
    builder = GraphBuilder("mlp")
    last = builder.input((sizes[0],))
    for number, (inputs, outputs) in enumerate(pairwise(sizes)):
        weight = (rng.standard_normal((outputs, inputs)) / np.sqrt(inputs)).astype(np.float32)
        bias = (rng.standard_normal(outputs) / 4).astype(np.float32)
        last = builder.add(Linear(weight, bias), last)
        if number < len(sizes) - 2:
            last = builder.add(Relu(), last)
    return builder.build(last, Provenance("runtime"))


def tangled(seed: int) -> Graph:
    """Two linear layers added, skips over several blocks, nodes read many times."""
    rng = np.random.default_rng(seed)

    def dense() -> Linear:
        weight = (rng.standard_normal((6, 6)) / 2).astype(np.float32)
        return Linear(weight, rng.standard_normal(6).astype(np.float32))

    builder = GraphBuilder("tangled")
    x = builder.input((6,))
    both = builder.add(Add(), builder.add(dense(), x), builder.add(dense(), x))
    first = builder.add(Relu(), both)
    second = builder.add(Relu(), builder.add(dense(), first))
    third = builder.add(Relu(), builder.add(Add(), builder.add(dense(), second), first))
    fourth = builder.add(Sub(), builder.add(Add(), third, third), builder.add(dense(), first))
    last = builder.add(Add(), builder.add(dense(), fourth), builder.add(Add(), both, x))
    return builder.build(last, Provenance("runtime"))


def points(lo: Floats, hi: Floats, count: int, seed: int) -> Floats:
    """Points of the box: half uniform, a quarter corners, a quarter on faces."""
    share = np.random.default_rng(seed).random((count, *lo.shape))
    share[: count // 4] = np.round(share[: count // 4])
    faces = share[count // 4 : count // 2]
    faces[...] = np.clip(2 * faces - 0.5, 0, 1)
    return lo + share * (hi - lo)


def violations(
    graph: Graph,
    lo: Floats,
    hi: Floats,
    rows: Floats,
    upper: Floats,
    keep: Callable[[Floats], Floats] | None = None,
) -> int:
    """At how many (point, row) pairs a bound [R] of the rows [R, outputs] on one box is wrong.

    `keep` says which of the points [N, *shape] count.
    """
    x = points(lo, hi, 400, seed=1)
    if keep is not None:
        x = x[keep(x)]
    if not len(x):
        return 0
    y = Program(graph).run(x).reshape(len(x), -1)
    values = y @ rows.T
    room = 1e-9 * (1 + np.abs(values).max(initial=0.0) + np.abs(upper).max())
    return int((values > upper + room).sum())


def random_box(graph: Graph, seed: int, radius: float, batch: int = 0) -> tuple[Floats, Floats]:
    """A box around a random point, of random radii up to `radius`; a batch of them where asked."""
    rng = np.random.default_rng(seed)
    shape = (batch, *graph.inputs[0].shape) if batch else graph.inputs[0].shape
    center, spread = rng.standard_normal(shape), rng.random(shape) * radius
    return center - spread, center + spread

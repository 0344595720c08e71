"""Small networks for the tests of certificates."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from runtime.graph import Graph, GraphBuilder, Linear, Provenance, Relu

__all__ = ["mlp"]


def mlp(sizes: Sequence[int], *, seed: int = 0, tie: bool = False) -> Graph:
    """A random ReLU network; with `tie` the last layer's first two rows are equal."""
    generator = np.random.default_rng(seed)
    builder = GraphBuilder("mlp")
    last = builder.input((sizes[0],))
    for number, (inputs, outputs) in enumerate(itertools.pairwise(sizes)):
        weight = generator.standard_normal((outputs, inputs)) / np.sqrt(inputs)
        bias = generator.standard_normal(outputs) / 4
        if tie and number == len(sizes) - 2:
            weight[1], bias[1] = weight[0], bias[0]
        layer = Linear(weight.astype(np.float32), bias.astype(np.float32))
        last = builder.add(layer, last)
        if number < len(sizes) - 2:
            last = builder.add(Relu(), last)
    return builder.build(last, Provenance("runtime"))

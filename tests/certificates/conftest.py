"""Networks for the tests of certificates: small ReLU networks, random graphs of all operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest

from runtime.graph import Graph, GraphBuilder, Linear, Provenance, Relu
from tests.runtime.graph import random_graphs


def _mlp(sizes: Sequence[int], *, seed: int = 0, tie: bool = False) -> Graph:
    """A random ReLU network; with `tie` the last layer's first two rows are equal."""
    generator = np.random.default_rng(seed)
    builder = GraphBuilder("mlp")
    last = builder.input((sizes[0],))
    for number, (inputs, outputs) in enumerate(pairwise(sizes)):
        weight = generator.standard_normal((outputs, inputs)) / np.sqrt(inputs)
        bias = generator.standard_normal(outputs) / 4
        if tie and number == len(sizes) - 2:
            weight[1], bias[1] = weight[0], bias[0]
        layer = Linear(weight.astype(np.float32), bias.astype(np.float32))
        last = builder.add(layer, last)
        if number < len(sizes) - 2:
            last = builder.add(Relu(), last)
    return builder.build(last, Provenance("runtime"))


def _random_graph(seed: int, nodes: int = 8) -> Graph:
    length = int(np.random.default_rng(seed).integers(1, nodes + 1))
    return random_graphs.random_graph(seed, length, uneven=True, head=True)


@pytest.fixture(scope="session")
def mlp() -> Callable[..., Graph]:
    """`mlp(sizes, seed=0, tie=False)`: a random ReLU network."""
    return _mlp


@pytest.fixture(scope="session")
def random_graph() -> Callable[..., Graph]:
    """`random_graph(seed)`: a random graph over all operators."""
    return _random_graph

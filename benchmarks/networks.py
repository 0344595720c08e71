"""Random networks of a given size, with new weights for each seed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from runtime.graph import Graph, GraphBuilder, Linear, Provenance, Relu

__all__ = ["fresh_mlp"]


def fresh_mlp(sizes: tuple[int, ...], seed: int) -> Graph:
    """A dense ReLU network with the weights that fresh PyTorch layers of these sizes have."""
    rng = np.random.default_rng(seed)
    builder = GraphBuilder("mlp-" + "-".join(map(str, sizes)))
    name = builder.input((sizes[0],))
    for layer, (n, m) in enumerate(pairwise(sizes)):
        bound = n**-0.5
        weight = rng.uniform(-bound, bound, (m, n)).astype(np.float32)
        bias = rng.uniform(-bound, bound, m).astype(np.float32)
        name = builder.add(Linear(weight, bias), name, hint=f"fc{layer + 1}")
        if layer + 2 < len(sizes):
            name = builder.add(Relu(), name, hint=f"relu{layer + 1}")
    return builder.build(name, Provenance("runtime"))

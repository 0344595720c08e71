"""Trained digits and small networks for the tests that go all the way through Lean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from runtime.capture import capture
from runtime.digits import train_digits
from runtime.graph import Graph, GraphBuilder, Linear, Provenance, Relu


@dataclass(frozen=True)
class Digits:
    """The demonstration network with its test images [n, 64] and labels [n]."""

    graph: Graph
    images: np.ndarray
    labels: np.ndarray


@pytest.fixture(scope="session")
def digits() -> Digits:
    module, data = train_digits()
    return Digits(capture(module, (64,), name="digits"), data.test.inputs, data.test.labels)


@pytest.fixture(scope="session")
def small() -> Graph:
    """4-5-3 with fixed random weights."""
    random = np.random.default_rng(0)
    builder = GraphBuilder("small")
    last = builder.input((4,))
    for size, inputs in ((5, 4), (3, 5)):
        weight = random.standard_normal((size, inputs)).astype(np.float32)
        last = builder.add(Linear(weight, random.standard_normal(size).astype(np.float32)), last)
        if size == 5:
            last = builder.add(Relu(), last)
    return builder.build(last, Provenance("runtime"))

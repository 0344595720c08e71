"""Small models and claims about them."""

from __future__ import annotations

import numpy as np
import pytest

import certificates
from bridge.export import Claim, lower
from runtime.graph import Graph, GraphBuilder, Linear, Provenance, Relu


@pytest.fixture
def graph() -> Graph:
    """Two inputs, three hidden units, two outputs; output 1 wins near (1, 1)."""
    builder = GraphBuilder("tiny")
    x = builder.input((2,))
    first = Linear(
        np.array([[1, 0.5], [-0.25, 1], [1, -1]], np.float32), np.array([0.125, 0, 0], np.float32)
    )
    second = Linear(
        np.array([[-1, 0.5, 1], [1, 1, -0.5]], np.float32), np.array([0, 0.25], np.float32)
    )
    h = builder.add(Relu(), builder.add(first, x, hint="fc1"), hint="end")
    return lower(builder.build(builder.add(second, h, hint="fc2"), Provenance("runtime")))


@pytest.fixture
def holds(graph: Graph) -> Claim:
    """Robustness that interval bounds show."""
    prop = certificates.Robust([1, 1], "0.05", label=1, clip=None, name="near (1, 1)").bind(graph)
    certificate = certificates.produce(graph, prop, 0)
    assert isinstance(certificate, certificates.Certificate)
    return Claim("near_one", prop, "holds", (certificate,))


@pytest.fixture
def violated(graph: Graph) -> Claim:
    """The same with the wrong label, and the center as counterexample."""
    prop = certificates.Robust([1, 1], "0.05", label=0, clip=None, name="wrong").bind(graph)
    point = prop.cases[0].box.lo
    certificate = certificates.produce(graph, prop, 0, claim="violated", point=point)
    assert isinstance(certificate, certificates.Certificate)
    return Claim("wrong_label", prop, "violated", (certificate,))

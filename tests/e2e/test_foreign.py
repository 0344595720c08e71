"""From another tool's leaves to a theorem of Lean."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lemmanet as ln
from bridge.export import lower
from bridge.pipeline.foreign import foreign_decisions
from bridge.pipeline.sources import LoadedModel
from bridge.pipeline.verify import prove
from certificates.foreign import examine
from certificates.foreign.abcrown import leaf_dump
from runtime.graph import GraphBuilder, Linear, Provenance, Relu

pytestmark = [pytest.mark.lean, pytest.mark.slow]


def test_leaves_with_signs_of_neurons_are_proved(tmp_path: Path) -> None:
    """y = relu(x) − relu(x − 1) stays below 9/8, which takes splits of both neurons."""
    builder = GraphBuilder("ramp")
    first = Linear(np.ones((2, 1), np.float32), np.array([0, -1], np.float32))
    last = Linear(np.array([[1, -1]], np.float32), np.zeros(1, np.float32))
    hidden = builder.add(Relu(), builder.add(first, builder.input((1,))))
    graph = lower(builder.build(builder.add(last, hidden), Provenance("runtime")))
    prop = ln.LinearConstraints([-2], [2], ln.LinearAtom.of({0: 1}, "9/8"), name="ramp")
    domains = [
        {"lower_bounds": [0.5], "rhs": [0], "history": {"/relu": [[0, 1], [a, b]]}}
        for a in (-1, 1)
        for b in (-1, 1)
    ]
    examination = examine(leaf_dump({"domains": domains}, "dump"), graph, prop=prop)
    assert examination.accepted, examination.message
    decisions = foreign_decisions(LoadedModel(graph), examination)
    report = prove(decisions, tmp_path / "proof")
    assert [claim.verdict.value for claim in report.claims] == ["proved"], report.claims[0].message

"""Networks that float32 budgets cannot be about are refused, with the reason."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from certificates.checker.float32 import check_budget
from certificates.float32 import budget
from certificates.properties import Box
from runtime.errors import InputError, UnsupportedError
from runtime.graph import Affine, Graph, GraphBuilder, LeakyRelu, Linear, Op, Provenance

ONE = np.ones(1, np.float32)


def _one(op: Op, size: int = 1) -> Graph:
    builder = GraphBuilder("one")
    return builder.build(builder.add(op, builder.input((size,))), Provenance("onnx"))


def _box(lo: object, hi: object, size: int = 1) -> Box:
    return Box((Fraction(lo),) * size, (Fraction(hi),) * size)


@pytest.mark.parametrize(
    ("note", "message"),
    [("batch_norm_folded", "BatchNormalization"), ("gemm_factor_moved", "Gemm")],
)
def test_what_a_device_computes_otherwise_is_refused(note, message):
    graph = _one(Affine(ONE * 3, ONE))
    made = budget(graph, _box(0, 1))
    assert check_budget(made, graph, _box(0, 1)).ok
    noted = replace(graph, source=replace(graph.source, notes=(note,)))
    with pytest.raises(UnsupportedError, match=message):
        budget(noted, _box(0, 1))
    result = check_budget(made, noted, _box(0, 1))
    assert not result.ok
    assert message in result.message


@pytest.mark.parametrize(
    ("op", "message"),
    [
        (Affine(ONE, ONE, ONE * 3), "divides by constants"),
        (LeakyRelu(np.float32(-0.5)), "slopes from 0 to 1"),
        (LeakyRelu(np.float32(1.5)), "slopes from 0 to 1"),
    ],
)
def test_operators_without_a_theorem_are_refused(op, message):
    with pytest.raises(UnsupportedError, match=message):
        budget(_one(op), _box(0, 1))


def test_two_inputs_are_refused():
    builder = GraphBuilder("two")
    first = builder.input((1,))
    builder.input((1,), "z")
    with pytest.raises(UnsupportedError, match="2 inputs"):
        budget(builder.build(first, Provenance("runtime")), _box(0, 1))


def test_what_may_overflow_is_refused():
    graph = _one(Linear(np.full((1, 1), 1e30, np.float32), ONE))
    with pytest.raises(InputError, match="overflow"):
        budget(graph, _box(0, 10**9))


def test_what_may_underflow_is_refused():
    graph = _one(Linear(ONE[None], np.array([1.1e-36], np.float32)))
    with pytest.raises(InputError, match="underflow"):
        budget(graph, _box(0, 1))


def test_a_box_of_another_size_is_refused():
    with pytest.raises(InputError, match="2 coordinates"):
        budget(_one(LeakyRelu(np.float32(0.5))), _box(0, 1, 2))

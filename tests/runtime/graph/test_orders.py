"""Evaluation in chosen orders: single operations, exact sums, choices that take effect."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from runtime.errors import InputError
from runtime.graph import (
    Add,
    GraphBuilder,
    Linear,
    Provenance,
    ReduceMean,
    ReduceSum,
)
from runtime.graph.orders import ORDERS, Order, _fused, evaluate_in_order


def _row(weights, bias=0.0):
    builder = GraphBuilder("row")
    weight = np.array([weights], np.float32)
    x = builder.input((weight.shape[1],))
    linear = Linear(weight, np.array([bias], np.float32))
    return builder.build(builder.add(linear, x), Provenance("runtime"))


def _result(graph, x, order):
    return evaluate_in_order(graph, np.array([x], np.float32), order)[graph.output][0]


def _nearest(value: Fraction) -> np.float32:
    """The binary32 number next to a rational, ties to even, by comparing neighbors."""
    start = np.float32(float(value))
    found = [
        start,
        np.nextafter(start, np.float32(-np.inf)),
        np.nextafter(start, np.float32(np.inf)),
    ]
    found.sort(key=lambda f: (abs(Fraction(float(f)) - value), int(f.view(np.uint32)) & 1))
    return found[0]


def test_fused_operations_round_once():
    rng = np.random.default_rng(0)
    x, y, z = (
        (rng.standard_normal(4000) * 2.0 ** rng.integers(-30, 30, 4000)).astype(np.float32)
        for _ in range(3)
    )
    z[:1000] = -(x[:1000] * y[:1000])  # what is left is the product's own rounding error
    z[1000:1500] = np.float32(2.0**-60)
    tie = np.float32(1 + 2.0**-12)
    x[1500:2000], y[1500:2000] = tie, tie  # the product's last bit is half a unit of the result
    z[1500:2000] = rng.choice([2.0**-80, -(2.0**-80), 0.0], 500).astype(np.float32)
    found = _fused(x, y, z)
    for a, b, c, r in zip(x, y, z, found, strict=True):
        exact = Fraction(float(a)) * Fraction(float(b)) + Fraction(float(c))
        assert r == _nearest(exact)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.name)
def test_sums_without_rounding_are_exact_in_every_order(order):
    rng = np.random.default_rng(1)
    weights, x = rng.integers(-9, 10, 37), rng.integers(-9, 10, 37)
    assert _result(_row(weights, 5), x, order) == np.dot(weights, x) + 5
    for size in (1, 2, 3):
        assert _result(_row(weights[:size]), x[:size], order) == np.dot(weights[:size], x[:size])


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.name)
def test_the_same_order_gives_the_same_bits(order):
    rng = np.random.default_rng(2)
    graph = _row(rng.standard_normal(50))
    x = rng.standard_normal((4, 50)).astype(np.float32)
    first, second = (evaluate_in_order(graph, x, order)[graph.output] for _ in range(2))
    assert first.tobytes() == second.tobytes()
    alone = [evaluate_in_order(graph, row[None], order)[graph.output][0] for row in x]
    assert np.stack(alone).tobytes() == first.tobytes()


def test_orders_differ():
    rng = np.random.default_rng(3)
    graph = _row(rng.standard_normal(300))
    x = rng.standard_normal(300)
    assert len({float(_result(graph, x, order)[0]) for order in ORDERS}) >= 6
    assert _result(_row([2**24, 1, -(2**24)]), [1, 1, 1], Order("sequential")) == 0
    assert _result(_row([2**24, -(2**24), 1]), [1, 1, 1], Order("sequential")) == 1


def test_pushed_sums_err_in_the_wanted_direction():
    rng = np.random.default_rng(4)
    graph = _row(rng.standard_normal(300))
    x = rng.standard_normal((1, 300)).astype(np.float32)
    exact = x[0].astype(np.float64) @ graph.nodes[0].op.weight[0].astype(np.float64)
    up, down = (
        evaluate_in_order(graph, x, Order("pushed"), {graph.output: np.full((1, 1), sign)})
        for sign in (1, -1)
    )
    errors = [float(run[graph.output][0, 0]) - exact for run in (down, up)]
    plain = abs(float(_result(graph, x[0], Order("sequential"))[0]) - exact)
    assert errors[0] < -plain < plain < errors[1]


def test_subnormal_numbers_are_flushed():
    graph = _row([1, 1])
    tiny = 2.0**-127
    assert _result(graph, [tiny, tiny], Order()) == np.float32(2.0**-126)
    assert _result(graph, [tiny, tiny], Order(flushed=True)) == 0
    assert _result(_row([2.0**-100, 0]), [2.0**-27, 0], Order(flushed=True)) == 0


def test_means_divide_in_three_ways():
    builder = GraphBuilder("mean")
    builder_output = builder.add(ReduceMean((0,), False), builder.input((3,)))
    graph = builder.build(builder_output, Provenance("runtime"))
    x = [1.1, 2.3, 7.7]
    found = {
        mean: float(_result(graph, x, Order(mean=mean)))
        for mean in ("divided", "reciprocal", "weighted")
    }
    exact = sum(Fraction(float(np.float32(v))) for v in x) / 3
    assert all(abs(Fraction(value) - exact) < Fraction(1, 10**6) for value in found.values())
    assert found["divided"] != found["weighted"] or found["divided"] != found["reciprocal"]


def test_reductions_over_several_axes_and_of_two_inputs():
    builder = GraphBuilder("reduce")
    x = builder.input((2, 3, 4))
    total = builder.add(ReduceSum((0, 2), True), builder.add(Add(), x, x))
    graph = builder.build(total, Provenance("runtime"))
    values = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)
    for order in ORDERS:
        found = evaluate_in_order(graph, values, order)[graph.output]
        assert np.array_equal(found, 2 * values.sum(axis=(1, 3), keepdims=True))


def test_wrong_inputs_are_refused():
    with pytest.raises(InputError, match="no batch of inputs"):
        evaluate_in_order(_row([1, 2]), np.zeros(2, np.float32), ORDERS[0])
    builder = GraphBuilder("two")
    first, second = builder.input((1,)), builder.input((1,), "z")
    graph = builder.build(builder.add(Add(), first, second), Provenance("runtime"))
    with pytest.raises(InputError, match="exactly one input"):
        evaluate_in_order(graph, np.zeros((1, 1), np.float32), ORDERS[0])

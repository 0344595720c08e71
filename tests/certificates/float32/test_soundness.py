"""No run leaves the budget: random networks of all operators, many orders, inputs of all kinds."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from certificates.checker.float32 import check_budget
from certificates.float32 import Meter, budget
from runtime.graph import OPERATORS
from runtime.graph.orders import ORDERS, evaluate_in_order
from tests.certificates.float32.networks import admitted, box_around, points

SEEDS = range(60)


def _case(seed):
    rng = np.random.default_rng(seed)
    graph = admitted(seed)
    radius = float(rng.choice([0.0, 2.0**-10, 0.25, 3.0]))
    center = rng.standard_normal(graph.inputs[0].shape).astype(np.float32)
    center = np.where(rng.random(center.shape) < 0.3, np.float32(0), center)
    return graph, box_around(center, radius), points(center, radius, rng)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_order_stays_within_the_budget(seed):
    graph, box, inputs = _case(seed)
    made = budget(graph, box)
    result = check_budget(made, graph, box)
    assert result.ok, result.message
    meter = Meter(graph, made, inputs)
    runs = [evaluate_in_order(graph, inputs, order) for order in ORDERS]
    runs.append(_traces(graph, inputs))
    for run in runs:
        for name, deviation in meter.measure(run).items():
            assert deviation.within, (name, deviation)


def _traces(graph, inputs):
    traces = [graph.trace(x) for x in inputs]
    return {name: np.stack([trace[name] for trace in traces]) for name in traces[0]}


def test_the_random_networks_have_every_operator():
    seen = {node.op.kind for seed in SEEDS for node in admitted(seed).nodes}
    assert seen == set(OPERATORS)


def test_the_boxes_hold_the_exact_values():
    for seed in range(40):
        graph, box, inputs = _case(seed)
        made = budget(graph, box)
        flat = [Fraction(float(value)) for value in inputs[3].reshape(-1)]
        for name, (numerators, den) in graph.evaluate_exact(flat).items():
            bounds = made.box_of(name)
            for value, lo, hi in zip(numerators, bounds.lo, bounds.hi, strict=True):
                assert lo * den <= value * bounds.den <= hi * den


def test_a_meter_sees_a_run_that_is_off():
    graph, box, inputs = _case(7)
    made = budget(graph, box)
    run = evaluate_in_order(graph, inputs, ORDERS[0])
    largest = max(made.error_of(graph.output).values())
    moved = run[graph.output] + np.float32(4 * largest + Fraction(1, 1000))
    found = Meter(graph, made, inputs).measure({graph.output: moved})[graph.output]
    assert not found.within
    run[graph.output][0] = np.nan
    assert not Meter(graph, made, inputs).measure(run)[graph.output].within

"""A network whose float32 answer depends on the order of a sum (after Szász et al., ICML 2025).

Over the reals it is robust, and that is shown. Two orders give two labels, so that no theorem about
all float32 runs can be true; the tightened property must not be provable.
"""

from __future__ import annotations

import numpy as np
import pytest

from certificates import Certificate, Robust, Undecided, check, produce
from certificates.checker.float32 import check_budget
from certificates.float32 import budget, tighten
from certificates.properties import atoms
from runtime.graph import Graph, GraphBuilder, Linear, Provenance, Relu
from runtime.graph.orders import Order, evaluate_in_order

CENTER = np.ones(3, np.float32)


@pytest.fixture
def graph() -> Graph:
    """y_0 = relu(2²⁴·x_0 + x_1 − 2²⁴·x_2), which is 1 at the center, against y_1 = 1/2."""
    builder = GraphBuilder("order_matters")
    x = builder.input((3,))
    big = np.array([[2**24, 1, -(2**24)]], np.float32)
    hidden = builder.add(Relu(), builder.add(Linear(big, np.zeros(1, np.float32)), x))
    last = Linear(np.array([[1], [0]], np.float32), np.array([0, 0.5], np.float32))
    return builder.build(builder.add(last, hidden), Provenance("runtime"))


@pytest.fixture
def prop(graph):
    return Robust(CENTER, "1/1000000000", label=0, clip=None).bind(graph)


def test_real_arithmetic_accepts_it(graph, prop):
    certificate = produce(graph, prop, 0, bits=48)
    assert isinstance(certificate, Certificate)
    result = check(certificate, graph, prop)
    assert result.ok
    assert result.margins[0].exact > 0.4


def test_two_orders_give_two_labels(graph):
    answers = {}
    for order in (Order("sequential"), Order("ascending"), Order("reversed"), Order("signed")):
        y = evaluate_in_order(graph, CENTER[None], order)[graph.output][0]
        answers[order.name] = int(y.argmax())
    assert set(answers.values()) == {0, 1}, answers


def test_the_tightened_property_is_not_provable(graph, prop):
    (case,) = prop.cases
    made = budget(graph, case.box)
    assert check_budget(made, graph, case.box).ok
    tight = tighten(prop, made.error_of(graph.output))
    assert isinstance(produce(graph, tight, 0, bits=48), Undecided)
    # No other bounds would help: it is false at the center itself.
    numerators, den = graph.evaluate_exact([1, 1, 1])[graph.output]
    assert numerators[0] / den == 1
    (atom,) = atoms(tight.cases[0].safe)
    assert atom.bound < (numerators[1] - numerators[0]) / den

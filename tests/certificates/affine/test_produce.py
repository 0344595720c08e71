"""Produced affine certificates pass the checker, are as tight as CROWN, and are true of runs."""

from __future__ import annotations

import math
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates import (
    AffineCertificate,
    And,
    LinearAtom,
    LinearConstraints,
    Or,
    OutputBox,
    Property,
    Robust,
    Undecided,
    check,
)
from certificates.affine.format import Leaf, Region, RegionSplit, TreeSplit
from certificates.affine.plan import Plan, PlanSplit, RegionPlan, crown_plan
from certificates.affine.produce import Precision, produce_affine
from certificates.crown import Program, Relaxation, crown
from runtime.errors import InputError, UnsupportedError
from runtime.graph import Graph, GraphBuilder, Linear, MaxPool2d, Provenance, Relu
from tests.certificates.affine.support import convolutional, empty_leaf, made, tree_plan
from tests.certificates.crown.sampling import tangled
from tests.runtime.graph.random_graphs import random_graph

HUGE = 10**15


def wide(graph: Graph, lo: float, hi: float) -> Property:
    """A property that any bounds show, so that its margins tell the bounds."""
    inputs, outputs = math.prod(graph.inputs[0].shape), math.prod(graph.output_shape)
    return OutputBox([lo] * inputs, [hi] * inputs, [-HUGE] * outputs, [HUGE] * outputs)


def shown_upper(certificate: AffineCertificate, graph: Graph, prop: Property) -> np.ndarray:
    """The bounds of y_0, −y_0, y_1, ... that the checker found."""
    margins = check(certificate, graph, prop).margins
    bounds = np.array([float(HUGE - margin.exact) for margin in margins])
    return bounds.reshape(-1, 2)[:, ::-1].reshape(-1)


def as_tight_as_crown(graph: Graph, lo: float, hi: float) -> None:
    prop = wide(graph, lo, hi)
    certificate = made(graph, prop)
    found = shown_upper(certificate, graph, prop)
    size = math.prod(graph.inputs[0].shape)
    reference = crown(graph, np.full(size, lo), np.full(size, hi)).upper[0]
    count = len(reference) // 2
    expected = np.stack([reference[:count], reference[count:]], axis=1).reshape(-1)
    assert (np.abs(found - expected) <= 1e-3 * (1 + np.abs(expected))).all()


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_random_graphs(seed: int) -> None:
    as_tight_as_crown(random_graph(seed, 10), -0.25, 0.5)


@pytest.mark.parametrize("seed", range(6))
def test_residual_and_tangled_graphs(seed: int) -> None:
    as_tight_as_crown(tangled(seed), -0.5, 0.5)
    as_tight_as_crown(convolutional(seed), -0.1, 0.1)


def test_graphs_over_all_operators(random_graph) -> None:
    for seed in range(20):
        as_tight_as_crown(random_graph(seed), -0.25, 0.5)


def test_overlapping_windows() -> None:
    builder = GraphBuilder("pool")
    x = builder.input((2, 6, 6))
    pooled = builder.add(MaxPool2d((3, 3), (2, 2), (1, 1, 1, 1)), x)
    again = builder.add(MaxPool2d((2, 2), (1, 1)), pooled)
    flat = builder.add(Relu(), again)
    graph = builder.build(flat, Provenance("runtime"))
    as_tight_as_crown(graph, -1, 1)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_bounds_hold_at_exact_samples(seed: int) -> None:
    graph, random = random_graph(seed, 8), Random(seed)
    prop = wide(graph, -0.25, 0.5)
    margins = check(made(graph, prop), graph, prop).margins
    size = math.prod(graph.inputs[0].shape)
    for _ in range(10):
        x = [Fraction(random.choice([-1, 0, 1, 2]), 4) for _ in range(size)]
        numbers, den = graph.evaluate_exact(x)[graph.output]
        for k, number in enumerate(numbers):
            low, high = margins[2 * k], margins[2 * k + 1]
            assert -(HUGE - low.exact) <= Fraction(number, den) <= HUGE - high.exact


def test_robustness_beyond_intervals(mlp) -> None:
    graph = mlp([12, 16, 16, 4])
    x = np.linspace(0, 1, 12, dtype=np.float32)
    prop = Robust(x, "1/5", label=int(graph.evaluate(x).argmax()))
    certificate = made(graph, prop)
    region = certificate.root
    assert isinstance(region, Region)
    assert [box.node for box in region.boxes] == ["x", "linear", "relu", "linear_2", "linear_2"]
    assert [batch.target for batch in region.batches] == ["linear_2", "linear_3"]
    assert [margin.other for margin in check(certificate, graph, prop).margins] == [1, 2, 3]
    open_ = produce_affine(graph, Robust(x, 2, label=prop.robust.label), 0)
    assert isinstance(open_, Undecided)
    assert len(open_.margins) == 3
    assert any(not margin.shown for margin in open_.margins)


@pytest.mark.parametrize("bits", [2, 8, 24, 48])
def test_fewer_bits_are_looser_and_still_right(mlp, bits: int) -> None:
    graph = mlp([5, 8, 8, 2], seed=2)
    prop = wide(graph, -0.25, 0.25)
    precision = Precision(bits, bits, bits)
    found = shown_upper(made(graph, prop, precision=precision), graph, prop)
    fine = shown_upper(made(graph, prop, precision=Precision(48, 48, 48)), graph, prop)
    assert (found >= fine - 1e-9).all()
    assert bits < 24 or (found <= fine + 1e-4).all()


def test_formulas_keep_the_rows_that_they_need(mlp) -> None:
    graph = mlp([3, 5, 2], seed=2)
    atoms = LinearAtom.of({0: 1}, -1000), LinearAtom.of({0: "2/3", 1: "-1/2"}, 1000)
    prop = LinearConstraints([0] * 3, [1] * 3, Or((atoms[0], And((atoms[1],)))))
    certificate = made(graph, prop)
    assert [row.form for row in certificate.root.batches[-1].rows] == [[(0, 4), (1, -3)]]
    (margin,) = check(certificate, graph, prop).margins
    assert 900 < margin.margin < 1100


def absolute() -> tuple[Graph, Property]:
    """y = relu(x) + relu(−x) − relu(x − 1) lies in [0, 1] on [−1, 2]; the property leaves room."""
    builder = GraphBuilder("absolute")
    x = builder.input((1,), "x")
    first = Linear(np.array([[1], [-1], [1]], np.float32), np.array([0, 0, -1], np.float32))
    hidden = builder.add(first, x, hint="hidden")
    relu = builder.add(Relu(), hidden, hint="relu")
    last = Linear(np.array([[1, 1, -1]], np.float32), np.zeros(1, np.float32))
    graph = builder.build(builder.add(last, relu, hint="output"), Provenance("runtime"))
    return graph, OutputBox([-1], [2], ["-1/1000"], ["1001/1000"])


def test_phases_with_multipliers_and_an_empty_leaf() -> None:
    graph, _, model = empty_leaf()
    prop = LinearConstraints([-2], [2], LinearAtom.of({0: 1}, "1001/1000"))
    (goal,) = model.root.batches
    lines = np.array(goal.relax[0].coefficients, np.float64).T
    forms = np.array([[1.0], [0], [1], [1]])

    def planner(lo: np.ndarray, hi: np.ndarray) -> RegionPlan:
        relaxation = Relaxation("y", np.zeros(4, np.intp), forms, lo, {"relu": (lines,)})
        return RegionPlan((), relaxation, goal.rows, model.root.tree)

    region = made(graph, prop, planner).root
    assert [row.leaf for row in region.batches[0].rows] == [0, 1, 2, 3]
    lines[1] *= -1  # the wrong sign in the combination says nothing
    assert isinstance(produce_affine(graph, prop, 0, planner), Undecided)


def test_regions() -> None:
    graph, prop = absolute()
    whole = crown_plan(Program(graph), prop.cases[0].safe)
    plan: Plan = PlanSplit(0, Fraction(0), whole, PlanSplit(0, Fraction(1), whole, whole))
    certificate = made(graph, prop, plan)
    root = certificate.root
    assert isinstance(root, RegionSplit)
    assert root.low.boxes[0].lo == [-1]
    assert root.low.boxes[0].hi == [0]
    assert 0.0009 < min(m.margin for m in check(certificate, graph, prop).margins) < 0.0011
    open_ = produce_affine(graph, prop, 0, PlanSplit(0, Fraction(1, 2), whole, whole))
    assert isinstance(open_, Undecided)
    assert "of 2 regions" in open_.reason
    outside = PlanSplit(0, Fraction(-9), whole, plan)  # a part without inputs
    made(graph, prop, outside)


def test_a_tree_of_phases_in_a_deeper_network(mlp) -> None:
    graph = mlp([4, 6, 6, 3], seed=11)
    x = np.full(4, 0.5, dtype=np.float32)
    prop = Robust(x, 0.5, label=int(graph.evaluate(x).argmax()))
    program, bound = Program(graph), prop.bind(graph)
    found = crown(graph, *(np.array([float(v) for v in s]) for s in _ends(bound)))
    bent = (found.bounds.lower["linear"] < 0) & (found.bounds.upper["linear"] > 0)
    first, second, *_ = np.flatnonzero(bent.reshape(-1)).tolist()
    tree = TreeSplit(
        "linear",
        first,
        (0, 1),
        TreeSplit("linear", second, (0, 1), Leaf(0), Leaf(1)),
        Leaf(2),
    )
    safe = _loose(bound)
    loose = LinearConstraints(*_ends(bound), safe)
    certificate = made(graph, loose, lambda lo, hi: tree_plan(program, safe, tree, lo, hi))
    assert len(certificate.root.batches[-1].rows) == 3 * len(safe.parts)


def _ends(prop: Property) -> tuple[list[Fraction], list[Fraction]]:
    return list(prop.cases[0].box.lo), list(prop.cases[0].box.hi)


def _loose(prop: Property) -> And:
    parts = prop.cases[0].safe.parts
    return And(tuple(LinearAtom(part.coefficients, Fraction(1000)) for part in parts))


def test_an_empty_leaf_needs_no_atoms() -> None:
    graph, prop, certificate = empty_leaf()
    result = check(certificate, graph, prop)
    assert result.ok, result.message
    assert [margin.exact for margin in result.margins] == [0]


def test_what_does_not_fit_is_refused(mlp) -> None:
    graph = mlp([3, 4, 2])
    prop = wide(graph, 0, 1)
    with pytest.raises(InputError, match="Case 1 does not exist"):
        produce_affine(graph, prop, 1)
    with pytest.raises(InputError, match="out of range"):
        produce_affine(graph, prop, 0, precision=Precision(1))
    whole = crown_plan(Program(graph), prop.cases[0].safe)
    with pytest.raises(InputError, match="entry 3"):
        produce_affine(graph, prop, 0, PlanSplit(3, Fraction(0), whole, whole))
    fine = LinearConstraints([0] * 3, [1] * 3, LinearAtom.of({0: 1, 1: "1e-20"}, 0))
    with pytest.raises(UnsupportedError, match="53 bits"):
        produce_affine(graph, fine, 0)
    with pytest.raises(InputError, match="a planner or a split"):
        produce_affine(graph, prop, 0, 3)

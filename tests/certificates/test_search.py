"""Counterexamples: gradients, exactness of what is found, and honest silence."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.importers.onnx import from_onnx
from bridge.importers.vnnlib import from_vnnlib
from certificates import (
    And,
    Certificate,
    LinearAtom,
    LinearConstraints,
    Or,
    OutputBox,
    Robust,
    check,
    find_counterexample,
    produce,
)
from certificates.search.gradient import input_gradient, run
from certificates.search.objective import Objective
from certificates.search.points import FloatBox
from runtime.errors import InputError
from runtime.graph import GraphBuilder, Linear, Provenance, Relu

SEEDS = st.integers(0, 1 << 40)
KINKS = ("Relu", "LeakyRelu", "Abs")


@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_gradients_match_exact_differences(random_graph, seed: int) -> None:
    """Piecewise linear: a small enough exact step follows the gradient exactly, off the kinks."""
    graph = random_graph(seed)
    generator = np.random.default_rng(seed)
    shape = graph.inputs[0].shape
    x = generator.uniform(-1, 1, (1, *shape)).astype(np.float32)
    size = int(np.prod(graph.output_shape))
    slope = generator.integers(-3, 4, (1, size)).astype(np.float32)
    gradient = input_gradient(graph, run(graph, x), slope).reshape(-1)
    direction = generator.integers(-3, 4, x.size)

    def value(step: Fraction) -> Fraction:
        point = [
            Fraction(float(v)) + step * int(d) for v, d in zip(x.ravel(), direction, strict=True)
        ]
        numerators, den = graph.evaluate_exact(point)[graph.output]
        total = sum(int(s) * n for s, n in zip(slope.ravel(), numerators, strict=True))
        return Fraction(total, den)

    step = Fraction(1, 1 << 60)
    middle = value(Fraction(0))
    right, left = (value(step) - middle) / step, (middle - value(-step)) / step
    if left == right:
        expected = float(gradient.astype(np.float64) @ direction)
        scale = max(1.0, float(np.abs(gradient).max()) * x.size)
        assert abs(expected - float(right)) <= 1e-4 * scale


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_a_hardly_softened_gradient_is_the_gradient(random_graph, seed: int) -> None:
    """Rows are independent: one with softness zero is not changed by a soft neighbor."""
    graph = random_graph(seed)
    generator = np.random.default_rng(seed)
    x = generator.uniform(-1, 1, (2, *graph.inputs[0].shape)).astype(np.float32)
    values = run(graph, x)
    kinks = [node.inputs[0] for node in graph.nodes if node.op.kind in KINKS]
    if any(bool((values[name] == 0).any()) for name in kinks):
        return
    slope = generator.integers(-3, 4, (2, int(np.prod(graph.output_shape)))).astype(np.float32)
    true = input_gradient(graph, values, slope)
    soft = input_gradient(graph, values, slope, np.array([0, 1], np.float32))
    assert soft.dtype == np.float32
    assert np.isfinite(soft).all()
    scale = max(1.0, float(np.abs(true).max()))
    assert np.allclose(true[0], soft[0], rtol=1e-5, atol=1e-5 * scale)


def test_a_soft_gradient_leads_out_of_a_flat_region() -> None:
    """relu(x − 2) is flat on the left of 2, so that only the softened gradient says where to go."""
    builder = GraphBuilder("flat")
    one = np.ones((1, 1), np.float32)
    hidden = builder.add(Linear(one, np.float32([-2])), builder.input((1,)))
    last = builder.add(Linear(one, np.zeros(1, np.float32)), builder.add(Relu(), hidden))
    graph = builder.build(last, Provenance("runtime"))
    values = run(graph, np.ones((1, 1), np.float32))
    slope = np.ones((1, 1), np.float32)
    assert input_gradient(graph, values, slope) == 0
    assert 0 < input_gradient(graph, values, slope, np.ones(1, np.float32)) < 0.5


FORMULA = And((Or((LinearAtom.of({0: 1}, 1), LinearAtom.of({1: 1}, 1))), LinearAtom.of({0: -1}, 2)))


def test_distance_has_the_sign_of_the_formula() -> None:
    objective = Objective(FORMULA, 2)
    y = np.random.default_rng(0).uniform(-4, 4, (400, 2))
    values = objective.values(y)
    for row, value in zip(y, values, strict=True):
        assert (value >= 0) == FORMULA.holds([Fraction(float(v)) for v in row])
    parts = [objective.aimed(y, np.full(400, k), np.zeros(400, bool)) for k in (0, 1)]
    assert (np.minimum(parts[0][0], parts[1][0]) == values).all()
    assert set(map(tuple, parts[0][1].tolist())) == {(-1.0, 0.0), (0.0, -1.0)}
    assert set(map(tuple, parts[1][1].tolist())) == {(1.0, 0.0)}


def test_both_parts_of_a_disjunction_are_lowered_together() -> None:
    y = np.array([[0.0, 0.5], [0.0, 3.0], [2.0, 3.0]])
    aims = np.zeros(3, np.intp)
    values, slopes = Objective(FORMULA, 2).aimed(y, aims, np.ones(3, bool))
    assert values.tolist() == [1.0, 1.0, -1.0]
    assert slopes.tolist() == [[-0.5, -0.5], [-1.0, 0.0], [-1.0, 0.0]]


def test_a_wrong_label_is_refuted_with_proof(mlp) -> None:
    graph = mlp([20, 16, 5], seed=4)
    x = np.random.default_rng(4).random(20).astype(np.float32)
    prop = Robust(x, "1/100", label=int(graph.evaluate(x).argmin())).bind(graph)
    found = find_counterexample(graph, prop, 0, seconds=5)
    assert found is not None
    assert found.float32
    assert all(Fraction(float(np.float32(float(v)))) == v for v in found.input)
    numerators, den = graph.evaluate_exact(found.input)[graph.output]
    assert found.output == tuple(Fraction(n, den) for n in numerators)
    assert not prop.cases[0].safe.holds(found.output)
    certificate = produce(graph, prop, 0, claim="violated", point=found.input)
    assert isinstance(certificate, Certificate)
    assert check(certificate, graph, prop).ok


def test_the_only_violation_is_at_one_corner(mlp) -> None:
    """A bound just below the maximum, which interval bounds know exactly for one layer."""
    graph = mlp([6, 2], seed=8)
    weight, bias = graph.nodes[0].op.weight, graph.nodes[0].op.bias
    top = sum(max(Fraction(float(w)), 0) for w in weight[0]) + Fraction(float(bias[0]))
    low = LinearConstraints([0] * 6, [1] * 6, LinearAtom.of({0: 1}, top - Fraction(1, 1000)))
    assert find_counterexample(graph, low, 0, seconds=5) is not None
    exact = LinearConstraints([0] * 6, [1] * 6, LinearAtom.of({0: 1}, top))
    assert find_counterexample(graph, exact, 0, seconds=0.3) is None
    assert isinstance(produce(graph, exact, 0), Certificate)


def test_boxes_without_float32_points(mlp) -> None:
    graph = mlp([3, 4, 2], seed=1)
    prop = OutputBox(["1/10"] * 3, ["1/10"] * 3, [1000, None], [None, None])
    found = find_counterexample(graph, prop, 0, seconds=1)
    assert found is not None
    assert not found.float32
    assert found.input == (Fraction(1, 10),) * 3
    box = FloatBox.of(prop.cases[0].box)
    assert not box.representable.any()


def test_the_same_seed_finds_the_same(mlp) -> None:
    graph = mlp([8, 12, 3], seed=6)
    x = np.full(8, 0.5, np.float32)
    prop = Robust(x, 4, label=int(graph.evaluate(x).argmax()), clip=None)
    first = find_counterexample(graph, prop, 0, seconds=5, seed=3)
    assert first is not None
    assert first == find_counterexample(graph, prop, 0, seconds=5, seed=3)


def test_a_case_that_does_not_exist(mlp) -> None:
    with pytest.raises(InputError, match="Case 1"):
        find_counterexample(mlp([2, 2]), Robust([0.5] * 2, 0, label=0), 1)


def _violated(vnncomp: Path, start: str, tools: int) -> list[tuple[str, str]]:
    """The instances that at least so many of the competition's tools violated, and none proved."""
    with (vnncomp / "expected.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["onnx"].startswith(start)]
    sat = [row for row in rows if row["consensus"] == "sat" and int(row["tools_sat"]) >= tools]
    return [(row["onnx"], row["vnnlib"]) for row in sat]


def _missed(vnncomp: Path, instances: list[tuple[str, str]], seconds: float) -> list[str]:
    missed = []
    for network, specification in instances:
        graph = from_onnx(vnncomp / network)
        prop = from_vnnlib(vnncomp / specification, graph)
        if find_counterexample(graph, prop, 0, seconds=seconds) is None:
            missed.append(f"{network} {specification}")
    return missed


@pytest.mark.slow
def test_all_violated_acas_instances_are_found(vnncomp: Path) -> None:
    violated = _violated(vnncomp, "acasxu", 1)
    assert len(violated) == 47
    assert _missed(vnncomp, violated, 20) == []


def test_violated_mnist_instances_are_found(vnncomp: Path) -> None:
    """Three more of the four-layer network are violated by a single tool's word; not found here."""
    violated = _violated(vnncomp, "mnistfc", 2)
    assert len(violated) == 8
    assert _missed(vnncomp, violated, 20) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_tiny_region_is_found_whatever_the_seed(vnncomp: Path, seed: int) -> None:
    graph = from_onnx(vnncomp / "acasxu" / "ACASXU_run2a_1_5_batch_2000.onnx")
    prop = from_vnnlib(vnncomp / "acasxu" / "prop_2.vnnlib", graph)
    assert find_counterexample(graph, prop, 0, seconds=30, seed=seed) is not None


@pytest.mark.parametrize("network", ["2_1", "3_4", "4_5", "5_6"])
def test_prop_2_violations_are_found_within_seconds(vnncomp: Path, network: str) -> None:
    graph = from_onnx(vnncomp / "acasxu" / f"ACASXU_run2a_{network}_batch_2000.onnx")
    prop = from_vnnlib(vnncomp / "acasxu" / "prop_2.vnnlib", graph)
    found = find_counterexample(graph, prop, 0, seconds=30)
    assert found is not None
    certificate = produce(graph, prop, 0, claim="violated", point=found.input)
    assert isinstance(certificate, Certificate)
    assert check(certificate, graph, prop).ok

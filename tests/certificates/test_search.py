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
from certificates.search.objective import distance
from certificates.search.points import FloatBox
from runtime.errors import InputError

SEEDS = st.integers(0, 1 << 40)


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


def test_distance_has_the_sign_of_the_formula() -> None:
    formula = And(
        (Or((LinearAtom.of({0: 1}, 1), LinearAtom.of({1: 1}, 1))), LinearAtom.of({0: -1}, 2))
    )
    y = np.random.default_rng(0).uniform(-4, 4, (400, 2))
    values, gradients = distance(formula, y)
    for row, value in zip(y, values, strict=True):
        assert (value >= 0) == formula.holds([Fraction(float(v)) for v in row])
    assert set(map(tuple, gradients.tolist())) <= {(-1.0, 0.0), (0.0, -1.0), (1.0, 0.0)}


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


@pytest.mark.slow
def test_nearly_all_violated_acas_instances_are_found(vnncomp: Path) -> None:
    with (vnncomp / "expected.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["onnx"].startswith("acasxu")]
    violated = [row for row in rows if row["consensus"] == "sat"]
    missed = []
    for row in violated:
        graph = from_onnx(vnncomp / row["onnx"])
        prop = from_vnnlib(vnncomp / row["vnnlib"], graph)
        if find_counterexample(graph, prop, 0, seconds=20) is None:
            missed.append(row["onnx"])
    assert len(violated) == 47
    # One region is so small that random numbers, not seconds, decide whether it is met.
    assert [name for name in missed if "_1_5_" not in name] == []


@pytest.mark.parametrize("network", ["2_1", "3_4", "4_5", "5_6"])
def test_prop_2_violations_are_found_within_seconds(vnncomp: Path, network: str) -> None:
    graph = from_onnx(vnncomp / "acasxu" / f"ACASXU_run2a_{network}_batch_2000.onnx")
    prop = from_vnnlib(vnncomp / "acasxu" / "prop_2.vnnlib", graph)
    found = find_counterexample(graph, prop, 0, seconds=30)
    assert found is not None
    certificate = produce(graph, prop, 0, claim="violated", point=found.input)
    assert isinstance(certificate, Certificate)
    assert check(certificate, graph, prop).ok

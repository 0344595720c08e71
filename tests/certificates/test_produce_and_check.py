"""Produced certificates pass the checker, and what they claim is true of runs."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from certificates import (
    Certificate,
    LinearAtom,
    LinearConstraints,
    Or,
    OutputBox,
    Robust,
    Undecided,
    check,
    produce,
)
from certificates.properties import And
from runtime.errors import InputError


def certified(graph, prop, case=0, **options) -> Certificate:
    certificate = produce(graph, prop, case, **options)
    assert isinstance(certificate, Certificate), certificate
    result = check(certificate, graph, prop)
    assert result.ok, result.message
    return certificate


def test_robustness_holds_at_a_small_radius_and_is_open_at_a_large_one(mlp) -> None:
    graph = mlp([12, 16, 16, 4])
    x = np.linspace(0, 1, 12, dtype=np.float32)
    label = int(graph.evaluate(x).argmax())
    certificate = certified(graph, Robust(x, "1/1000", label=label))
    assert next(box.node for box in certificate.boxes) == graph.inputs[0].name
    assert certificate.goal.all_of[0].atom.through == graph.output
    open_ = produce(graph, Robust(x, 1, label=label), 0)
    assert isinstance(open_, Undecided)
    assert len(open_.margins) == 3
    assert any(margin.margin < 0 and not margin.shown for margin in open_.margins)
    assert {margin.other for margin in open_.margins} == set(range(4)) - {label}


def test_the_checked_margins_bound_every_sampled_run(mlp) -> None:
    graph = mlp([6, 10, 3], seed=5)
    x = np.full(6, 0.5, dtype=np.float32)
    label = int(graph.evaluate(x).argmax())
    prop = Robust(x, "1/50", label=label)
    result = check(certified(graph, prop), graph, prop)
    samples = np.random.default_rng(0).uniform(0.48, 0.52, (500, 6)).astype(np.float32)
    outputs = graph.evaluate_batch(samples).astype(np.float64)
    for margin in result.margins:
        differences = outputs[:, label] - outputs[:, margin.other]
        assert margin.margin <= differences.min() + 1e-5


def test_output_boxes_and_disjunctions(mlp) -> None:
    graph = mlp([3, 5, 2], seed=2)
    bounds = OutputBox([0] * 3, [1] * 3, [-50, None], [50, 40])
    certified(graph, bounds)
    safe = Or((LinearAtom.of({0: 1}, -1000), And((LinearAtom.of({0: 1, 1: 1}, 1000),))))
    certificate = certified(graph, LinearConstraints([0] * 3, [1] * 3, safe))
    assert certificate.goal.one_of.index == 1


def test_a_violation_is_about_a_point(mlp) -> None:
    graph = mlp([4, 6, 3], seed=1)
    x = np.full(4, 0.25, dtype=np.float32)
    wrong = int(graph.evaluate(x).argmin())
    prop = Robust(x, "1/8", label=wrong)
    point = tuple(Fraction(float(v)) for v in x)
    certificate = certified(graph, prop, claim="violated", point=point)
    assert certificate.boxes[0].lo == certificate.boxes[0].hi
    with pytest.raises(InputError, match="among the inputs of its case"):
        produce(graph, prop, 0, claim="violated", point=(Fraction(2),) * 4)
    right = int(graph.evaluate(x).argmax())
    assert isinstance(
        produce(graph, Robust(x, "1/8", label=right), 0, claim="violated", point=point), Undecided
    )


def test_a_violation_by_equality_needs_exact_numbers(mlp) -> None:
    graph = mlp([3, 2], seed=7, tie=True)
    third = (Fraction(1, 3),) * 3
    prop = LinearConstraints([0] * 3, [1] * 3, LinearAtom.of({0: 1, 1: -1}, 0, strict=True))
    certified(graph, prop, claim="violated", point=third)

"""Optimized slopes and multipliers: derivatives, soundness, never worse than the start."""

from __future__ import annotations

import numpy as np
import pytest

from certificates.crown import Descent, Program, crown
from certificates.crown.backward import InputBox, Rows, backward
from certificates.crown.bounding import Bounder
from certificates.crown.intermediate import intermediate, lines_on
from certificates.crown.relaxation import Owner
from certificates.crown.slopes import _derivatives, optimize
from tests.certificates.crown.sampling import mlp, random_box, tangled, violations
from tests.runtime.graph.random_graphs import random_graph


def _units(size: int) -> np.ndarray:
    return np.concatenate([np.eye(size), -np.eye(size)])


@pytest.mark.parametrize("seed", range(12))
def test_derivatives_agree_with_differences(seed: int) -> None:
    graph = random_graph(seed, 12)
    program, rng = Program(graph), np.random.default_rng(seed)
    lo, hi = random_box(graph, seed, 0.5, batch=2)
    box = InputBox.of(lo, hi)
    _, lines = intermediate(program, lo, hi, bounding=Bounder(program, box))
    owner = Owner(np.array([0, 0, 1, 1]))
    forms = rng.standard_normal((4, *program.shapes[program.output]))
    rows = Rows(program.output, owner, coefficients=forms)
    first = backward(program, rows, lines, box, keep=True)
    slopes, extra = {}, {}
    for name, a in first.results.items():
        start = lines[name].start(a, owner)
        if start is not None:
            slopes[name] = rng.random(start.shape)
        argument = program.step[name].inputs[0]
        extra[name] = rng.standard_normal((4, *program.shapes[argument])) / 10
    now = backward(program, rows, lines, box, slopes, extra, keep=True)
    turned, pushed = _derivatives(program, rows, lines, box, now, slopes)
    step = 1e-7
    for kind, gradients in (("slope", turned), ("extra", pushed)):
        for name, gradient in gradients.items():
            entry = int(rng.integers(gradient[0].size))
            moved = np.zeros(gradient.shape)
            moved.reshape(4, -1)[:, entry] = step
            changed = [dict(slopes), dict(extra)]
            which = changed[kind == "extra"]
            which[name] = which[name] + moved
            upper = backward(program, rows, lines, box, changed[0], changed[1]).upper
            difference = (upper - now.upper) / step
            expected = gradient.reshape(4, -1)[:, entry]
            np.testing.assert_allclose(difference, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("seed", range(6))
def test_optimized_slopes_are_never_worse_and_hold(seed: int) -> None:
    graph = tangled(seed) if seed % 2 else mlp([5, 20, 20, 20, 3], seed)
    lo, hi = random_box(graph, seed, 1.5 if seed % 2 else 0.3)
    before = crown(graph, lo, hi).upper[0]
    after = crown(graph, lo, hi, descent=Descent(15)).upper[0]
    best = crown(graph, lo, hi, method="alpha", descent=Descent(15)).upper[0]
    assert bool((after <= before + 1e-12).all())
    assert after.sum() < before.sum() - 1e-6
    assert bool((best <= after + 1e-9).all())
    assert violations(graph, lo, hi, _units(len(before) // 2), best) == 0


@pytest.mark.parametrize("seed", range(4))
def test_multipliers_use_phases_and_hold_where_the_phases_do(seed: int) -> None:
    graph = mlp([4, 14, 14, 2], seed)
    program = Program(graph)
    lo, hi = random_box(graph, seed, 0.5, batch=1)
    box = InputBox.of(lo, hi)
    boxes, lines = intermediate(program, lo, hi, bounding=Bounder(program, box))
    name = "linear_2"
    low, high = boxes[name]
    neuron = int(np.argmax(np.minimum(-low, high)))
    assert low[0, neuron] < 0 < high[0, neuron]
    forms = _units(2)
    rows = Rows(program.output, Owner(None), coefficients=forms)
    free = optimize(program, rows, lines, box, Descent(30)).upper
    inner = Program(_until(graph, name))
    for sign in (1, -1):
        phase = np.zeros(low.shape, np.int8)
        phase[0, neuron] = sign
        within = dict(boxes)
        within[name] = np.where(phase > 0, 0, low), np.where(phase < 0, 0, high)
        split = lines_on(program, within, program.output)
        none = optimize(program, rows, split, box, Descent(30))
        with_phase = optimize(program, rows, split, box, Descent(30), phases={"relu_2": phase})
        assert bool((with_phase.upper <= none.upper + 1e-3).all())
        assert with_phase.upper.sum() < free.sum() - 1e-6
        assert any(bool((extra != 0).any()) for extra in with_phase.extra.values())

        def inside(x: np.ndarray, sign: int = sign) -> np.ndarray:
            return inner.run(x)[:, neuron] * sign >= 0

        assert violations(graph, lo[0], hi[0], forms, with_phase.upper, inside) == 0
        # The multipliers reach below what holds on the whole box.
        rebuilt = backward(program, rows, split, box, with_phase.slopes, with_phase.extra).upper
        np.testing.assert_allclose(rebuilt, with_phase.upper, atol=1e-12)


def _until(graph, name: str):
    from runtime.graph import Graph

    keep = [node.name for node in graph.nodes].index(name) + 1
    return Graph("part", graph.inputs, graph.nodes[:keep], name, graph.source)


def test_relaxations_hand_over_what_determines_the_bounds() -> None:
    graph = mlp([4, 10, 10, 3], seed=1)
    lo, hi = random_box(graph, 1, 0.4)
    result = crown(graph, lo, hi, method="alpha", descent=Descent(5), relaxations=True)
    assert [batch.target for batch in result.relaxations] == ["linear_2", "linear_3"]
    goal = result.relaxations[-1]
    weights = {node.name: node.op for node in graph.nodes if hasattr(node.op, "weight")}
    a, total = goal.forms, np.zeros(len(goal.forms))
    for layer, relu in (("linear_3", "relu_2"), ("linear_2", "relu"), ("linear", None)):
        total = total + a @ weights[layer].bias.astype(float)
        a = a @ weights[layer].weight.astype(float)
        if relu is None:
            break
        given = goal.coefficients[relu][0]
        argument = graph.node(relu).inputs[0]
        up = np.maximum(result.bounds.upper[argument][0], 0)
        down = np.maximum(-result.bounds.lower[argument][0], 0)
        height = np.maximum(0, np.maximum((a - given) * up, given * down))
        total, a = total + height.sum(axis=1), given
    total += np.maximum(a * lo, a * hi).sum(axis=1)
    np.testing.assert_allclose(total, goal.upper, atol=1e-9)

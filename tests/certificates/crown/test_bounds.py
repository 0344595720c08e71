"""Linear bounds hold at sampled points, on all operators, and are as tight as a naive reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.crown import Descent, Program, crown
from certificates.crown.intermediate import intermediate
from certificates.crown.linear import Convolution
from certificates.interval import bounds as interval_bounds
from runtime.errors import InputError
from runtime.graph import GraphBuilder, Provenance, Relu, ops
from tests.certificates.crown.sampling import mlp, points, random_box, tangled, violations
from tests.runtime.graph.random_graphs import random_graph

METHODS = ("interval", "forward", "crown", "alpha")


def _units(size: int) -> np.ndarray:
    return np.concatenate([np.eye(size), -np.eye(size)])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(METHODS), st.booleans())
def test_bounds_of_random_graphs_hold_at_samples(seed: int, method: str, batched: bool) -> None:
    graph = random_graph(seed, 12)
    lo, hi = random_box(graph, seed, 0.6, batch=3 if batched else 0)
    result = crown(graph, lo, hi, method=method, descent=Descent(4))
    rows = _units(Program(graph).size(graph.output))
    for upper, low, high in zip(
        result.upper, lo if batched else [lo], hi if batched else [hi], strict=True
    ):
        assert violations(graph, low, high, rows, upper) == 0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", range(4))
def test_tangled_graphs(method: str, seed: int) -> None:
    graph = tangled(seed)
    lo, hi = random_box(graph, seed, 0.5)
    upper = crown(graph, lo, hi, method=method).upper[0]
    assert violations(graph, lo, hi, _units(6), upper) == 0


@pytest.mark.parametrize("seed", range(10))
def test_boxes_of_all_nodes_hold_at_samples(seed: int) -> None:
    graph = random_graph(seed, 10)
    lo, hi = random_box(graph, seed, 0.4)
    result = crown(graph, lo, hi)
    for x in points(lo, hi, 60, seed):
        values = graph.trace(x.astype(np.float32))
        for name, value in values.items():
            room = 1e-3 * (1 + np.abs(value))
            assert bool((value >= result.bounds.lower[name][0] - room).all()), name
            assert bool((value <= result.bounds.upper[name][0] + room).all()), name


def test_the_sampling_check_finds_a_bound_that_is_a_little_too_low() -> None:
    graph = mlp([3, 8, 2], seed=0)
    lo, hi = np.zeros(3), np.full(3, 0.05)
    upper = crown(graph, lo, hi).upper[0]
    width = upper[:2] + upper[2:]
    wrong = upper.copy()
    wrong[0] -= 0.5 * width[0]
    assert violations(graph, lo, hi, _units(2), upper) == 0
    assert violations(graph, lo, hi, _units(2), wrong) > 0


def test_a_line_on_the_wrong_side_is_caught_by_sampling(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = mlp([3, 12, 12, 2], seed=3)
    lo, hi = random_box(graph, 3, 1.0)
    assert violations(graph, lo, hi, _units(2), crown(graph, lo, hi).upper[0]) == 0
    from certificates.crown import lines

    right = lines.two_piece_lines

    def swapped(*arguments):
        made = right(*arguments)
        return lines.LinesRelaxed(np, made.below, made.above)

    monkeypatch.setattr(lines, "two_piece_lines", swapped)
    assert violations(graph, lo, hi, _units(2), crown(graph, lo, hi).upper[0]) > 0


def _naive(graph, lo: np.ndarray, hi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """CROWN of a dense ReLU network, neuron by neuron, with interval boxes met in."""
    layers = [node.op for node in graph.nodes if isinstance(node.op, ops.Linear)]
    weights = [layer.weight.astype(float) for layer in layers]
    biases = [layer.bias.astype(float) for layer in layers]
    boxes: list[tuple[np.ndarray, np.ndarray]] = []

    def upper(form: np.ndarray, depth: int) -> float:
        total, a = 0.0, form
        for k in range(depth, -1, -1):
            total += a @ biases[k]
            a = a @ weights[k]
            if k == 0:
                return total + float(np.maximum(a * lo, a * hi).sum())
            new = np.zeros_like(a)
            for j, (low, high) in enumerate(zip(*boxes[k - 1], strict=True)):
                if low >= 0:
                    new[j] = a[j]
                elif high > 0 and a[j] > 0:
                    new[j] = a[j] * high / (high - low)
                    total -= new[j] * low
                elif high > 0:
                    new[j] = a[j] if high > -low else 0.0
            a = new
        return total

    before = lo, hi
    for depth, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        low = np.minimum(weight * before[0], weight * before[1]).sum(1) + bias
        high = np.maximum(weight * before[0], weight * before[1]).sum(1) + bias
        last = depth == len(weights) - 1
        for j in range(len(bias)):
            if depth and (last or low[j] < 0 < high[j]):
                unit = np.eye(len(bias))[j]
                high[j] = min(high[j], upper(unit, depth))
                low[j] = max(low[j], -upper(-unit, depth))
        boxes.append((low, high))
        before = np.maximum(low, 0), np.maximum(high, 0)
    return boxes[-1]


@pytest.mark.parametrize("seed", range(5))
def test_dense_networks_agree_with_a_naive_reference(seed: int) -> None:
    graph = mlp([4, 12, 10, 8, 3], seed)
    lo, hi = random_box(graph, seed, 0.3)
    result = crown(graph, lo, hi)
    low, high = _naive(graph, lo, hi)
    np.testing.assert_allclose(result.bounds.lower[graph.output][0], low, atol=1e-10)
    np.testing.assert_allclose(result.bounds.upper[graph.output][0], high, atol=1e-10)


@pytest.mark.parametrize("seed", range(5))
def test_boxes_are_no_looser_than_intervals(seed: int) -> None:
    graph = random_graph(seed, 12)
    lo, hi = random_box(graph, seed, 0.5)
    result = crown(graph, lo, hi).bounds
    for name, (low, high) in interval_bounds(graph, lo, hi).items():
        room = 1e-9 * (1 + np.abs(low) + np.abs(high))
        assert bool((result.lower[name][0] >= low - room).all())
        assert bool((result.upper[name][0] <= high + room).all())


@pytest.mark.parametrize("seed", range(5))
def test_a_part_of_a_box_is_no_looser_after_meeting_the_whole(seed: int) -> None:
    graph = mlp([4, 16, 16, 3], seed)
    lo, hi = random_box(graph, seed, 0.8)
    middle = (lo + hi) / 2
    program = Program(graph)
    whole, _ = intermediate(program, lo[None], hi[None])
    part, _ = intermediate(program, lo[None], middle[None], known=whole)
    for name, (low, high) in part.items():
        assert bool((low >= whole[name][0] - 1e-12).all())
        assert bool((high <= whole[name][1] + 1e-12).all())


def test_batches_agree_with_single_boxes() -> None:
    graph = tangled(1)
    lo, hi = random_box(graph, 1, 0.4, batch=5)
    together = crown(graph, lo, hi).upper
    alone = [crown(graph, low, high).upper[0] for low, high in zip(lo, hi, strict=True)]
    np.testing.assert_allclose(together, np.stack(alone), atol=1e-9)


def test_float32_is_close() -> None:
    graph = mlp([10, 30, 30, 4], seed=2)
    lo, hi = random_box(graph, 2, 0.1)
    single = crown(graph, lo, hi, dtype=np.float32).upper
    np.testing.assert_allclose(single, crown(graph, lo, hi).upper, atol=1e-4)


def test_rows_are_bounded_as_given() -> None:
    graph = mlp([4, 10, 3], seed=5)
    lo, hi = random_box(graph, 5, 0.3)
    rows = np.array([[1.0, -1.0, 0.0], [0.0, 2.0, -1.0]])
    upper = crown(graph, lo, hi, rows).upper
    assert upper.shape == (1, 2)
    assert violations(graph, lo, hi, rows, upper[0]) == 0
    boxwise = np.maximum(rows, 0) @ crown(graph, lo, hi).upper[0, :3]
    boxwise += np.maximum(-rows, 0) @ crown(graph, lo, hi).upper[0, 3:]
    assert bool((upper[0] < boxwise).all())


def test_wrong_boxes_and_rows_are_refused() -> None:
    graph = mlp([2, 3, 2], seed=0)
    with pytest.raises(InputError, match="empty"):
        crown(graph, [1.0, 1.0], [0.0, 2.0])
    with pytest.raises(InputError, match="shapes"):
        crown(graph, np.zeros(3), np.ones(3))
    with pytest.raises(InputError, match="one column an output"):
        crown(graph, np.zeros(2), np.ones(2), rows=[[1.0]])
    builder = GraphBuilder("two")
    one, other = builder.input((2,)), builder.input((2,))
    two = builder.build(builder.add(ops.Add(), builder.add(Relu(), one), other), Provenance("x"))
    with pytest.raises(InputError, match="exactly one"):
        crown(two, np.zeros(2), np.ones(2))


@pytest.mark.parametrize("groups", [1, 2])
def test_single_entries_pass_a_convolution_as_rows_of_it_do(groups: int) -> None:
    rng = np.random.default_rng(groups)
    kernel = rng.standard_normal((6, 4 // groups, 3, 2)).astype(np.float32)
    op = ops.Conv2d(
        kernel,
        rng.standard_normal(6).astype(np.float32),
        stride=(2, 1),
        padding=(1, 0, 2, 1),
        dilation=(1, 2),
        groups=groups,
    )
    rule = Convolution(op, (7, 8), np, np.float64)
    shape = rule.apply([np.zeros((1, 4, 7, 8))]).shape[1:]
    size = int(np.prod(shape))
    index, sign = rng.permutation(size), rng.choice([-1.0, 1.0], size)
    rows = np.zeros((size, size))
    rows[np.arange(size), index] = sign
    dense = rows.reshape(size, *shape)
    placed, constant = rule.pull_units(index, sign)
    np.testing.assert_allclose(placed[0], rule.pull(dense)[0], atol=1e-12)
    np.testing.assert_allclose(constant, rule.constant(dense), atol=1e-12)
    # Both are the transpose of what the operator does.
    x = rng.standard_normal((1, 4, 7, 8))
    forward = rule.multiply([x]).reshape(-1)[index] * sign
    np.testing.assert_allclose(placed[0].reshape(size, -1) @ x.reshape(-1), forward, atol=1e-12)

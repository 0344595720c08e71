"""Three independent sets of interval rules (float64, producer, checker) against each other.

And all of them against exact evaluation, on random graphs over all operators.
"""

from __future__ import annotations

import ast
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import certificates.checker
from certificates.checker.bounds import Bounds
from certificates.checker.integers import scaled
from certificates.checker.rules import apply
from certificates.interval import bounds, outward
from certificates.producer.boxes import ExactBox, from_box
from certificates.producer.rules import propagate
from certificates.properties import Box
from runtime.errors import InputError
from runtime.graph import OPERATORS, Graph, GraphBuilder, Linear, Provenance

SEEDS = st.integers(0, 1 << 40)


def random_box(graph: Graph, seed: int) -> Box:
    random = Random(seed)
    size = int(np.prod(graph.inputs[0].shape))
    lo = [Fraction(random.randint(-300, 300), random.choice([7, 100, 128])) for _ in range(size)]
    widths = [Fraction(random.choice([0, 1, 5, 200]), 100) for _ in range(size)]
    return Box(tuple(lo), tuple(a + w for a, w in zip(lo, widths, strict=True)))


def exact_boxes(graph: Graph, box: Box) -> dict[str, ExactBox]:
    boxes = {graph.inputs[0].name: from_box(box, graph.inputs[0].shape)}
    for node in graph.nodes:
        boxes[node.name] = propagate(node.op, [boxes[name] for name in node.inputs])
    return boxes


def ends(box: ExactBox) -> tuple[list[Fraction], list[Fraction]]:
    lo, hi = ([Fraction(int(v), box.den) for v in e.reshape(-1)] for e in (box.lo, box.hi))
    return lo, hi


@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_producer_and_checker_rules_agree_exactly(random_graph, seed: int) -> None:
    graph = random_graph(seed)
    boxes = exact_boxes(graph, random_box(graph, seed))
    theirs = {}
    for name, box in boxes.items():
        lo, hi = ([int(v) for v in e.reshape(-1)] for e in (box.lo, box.hi))
        theirs[name] = Bounds(lo, hi, box.den, graph.shape_of(name))
    for node in graph.nodes:
        rule = apply(node.op, [theirs[name] for name in node.inputs], node.shape)
        lo, hi = ends(boxes[node.name])
        assert [Fraction(v, rule.den) for v in rule.lo] == lo, node.op.kind
        assert [Fraction(v, rule.den) for v in rule.hi] == hi, node.op.kind


@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_exact_runs_lie_in_the_boxes(random_graph, seed: int) -> None:
    graph = random_graph(seed)
    box = random_box(graph, seed)
    boxes = exact_boxes(graph, box)
    random = Random(seed + 1)
    for kind in ("lo", "hi", "corner", "inside", "inside"):
        x = []
        for lo, hi in zip(box.lo, box.hi, strict=True):
            share = {"lo": 0, "hi": 1, "corner": random.randint(0, 1)}.get(kind)
            x.append(
                lo + (hi - lo) * Fraction(random.randint(0, 9) if share is None else 9 * share, 9)
            )
        for name, (numerators, den) in graph.evaluate_exact(x).items():
            low, high = ends(boxes[name])
            for n, a, b in zip(numerators, low, high, strict=True):
                assert a <= Fraction(n, den) <= b, name


@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_float_bounds_contain_the_exact_rule_and_are_tight(random_graph, seed: int) -> None:
    graph = random_graph(seed)
    box = random_box(graph, seed)
    lo, hi = outward(box.lo, box.hi)
    for name, (low, high) in bounds(graph, lo, hi).items():
        exact_lo, exact_hi = ends(exact_boxes(graph, box)[name])
        scale = max(1.0, float(np.abs(low).max()), float(np.abs(high).max()))
        for a, b, c, d in zip(low.reshape(-1), high.reshape(-1), exact_lo, exact_hi, strict=True):
            assert Fraction(float(a)) <= c
            assert d <= Fraction(float(b))
            assert float(c) - a <= 1e-7 * scale
            assert b - float(d) <= 1e-7 * scale


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(4, 40))
def test_rounding_is_outward(random_graph, seed: int, bits: int) -> None:
    graph = random_graph(seed)
    for box in exact_boxes(graph, random_box(graph, seed)).values():
        rounded = box.rounded(bits)
        (lo, hi), (low, high) = ends(box), ends(rounded)
        largest = max(map(abs, lo + hi))
        for a, b, c, d in zip(low, lo, hi, high, strict=True):
            assert a <= b <= c <= d
            assert max(b - a, d - c) <= max(largest, 1) / 2 ** (bits - 2)


@settings(deadline=None)
@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1))
def test_parameters_are_read_exactly_from_their_bits(values: list[float]) -> None:
    integers, den = scaled(np.array(values, dtype=np.float32))
    assert [Fraction(n, den) for n in integers] == [Fraction(v) for v in values]


def test_parameters_at_the_ends_of_the_range() -> None:
    ends_ = np.array([2.0**-149, -(2.0**-126), 3.4028234663852886e38, -0.0, 1.0], dtype=np.float32)
    integers, den = scaled(ends_)
    assert [Fraction(n, den) for n in integers] == [Fraction(float(v)) for v in ends_]
    with pytest.raises(ValueError, match="NaN"):
        scaled(np.array([np.inf], dtype=np.float32))


def test_the_checker_shares_no_code_with_the_producers() -> None:
    folder = Path(certificates.checker.__file__).parent
    allowed = ("certificates.checker", "certificates.format", "certificates.properties")
    allowed += ("certificates.results", "certificates.affine.format")
    allowed += ("certificates.float32.format", "certificates.float32.admit")
    allowed += ("runtime.graph", "runtime.errors")
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                if name.startswith(("certificates", "runtime", "bridge")):
                    assert name.startswith(allowed), (path.name, name)
                    assert not name.startswith(("runtime.graph.exact", "runtime.graph.arrays"))


def test_one_layer_matches_brute_force_over_the_corners() -> None:
    generator = np.random.default_rng(3)
    weight = generator.standard_normal((4, 5)).astype(np.float32)
    bias = generator.standard_normal(4).astype(np.float32)
    builder = GraphBuilder("m")
    y = builder.add(Linear(weight, bias), builder.input((5,)))
    graph = builder.build(y, Provenance("runtime"))
    box = random_box(graph, 11)
    lo, hi = ends(exact_boxes(graph, box)[y])
    corners = list(product(*zip(box.lo, box.hi, strict=True)))
    outputs = []
    for corner in corners:
        numerators, den = graph.evaluate_exact(corner)[y]
        outputs.append([Fraction(n, den) for n in numerators])
    assert lo == [min(column) for column in zip(*outputs, strict=True)]
    assert hi == [max(column) for column in zip(*outputs, strict=True)]


def test_the_random_graphs_reach_every_operator(random_graph) -> None:
    seen = {node.op.kind for seed in range(400) for node in random_graph(seed).nodes}
    assert seen == set(OPERATORS)


def test_batches_of_boxes(mlp) -> None:
    graph = mlp([4, 6, 3])
    lo = np.random.default_rng(0).uniform(-1, 1, (7, 4))
    hi = lo + 0.1
    together = bounds(graph, lo, hi)
    for row in range(7):
        alone = bounds(graph, lo[row], hi[row])
        for name, (low, high) in alone.items():
            np.testing.assert_allclose(together[name][0][row], low, rtol=1e-12)
            np.testing.assert_allclose(together[name][1][row], high, rtol=1e-12)


def test_float_bounds_stay_sound_after_an_overflow(mlp) -> None:
    graph = mlp([6, 3, 2])
    end = 1.7e308
    values = bounds(graph, [-end] * 6, [end] * 6)
    assert any(np.isinf(low).any() or np.isinf(high).any() for low, high in values.values())
    for corner in product([-end, end], repeat=6):
        exact = graph.evaluate_exact([Fraction(v) for v in corner])
        for name, (low, high) in values.items():
            numerators, den = exact[name]
            for n, a, b in zip(numerators, low, high, strict=True):
                assert a == -np.inf or Fraction(float(a)) <= Fraction(n, den)
                assert b == np.inf or Fraction(n, den) <= Fraction(float(b))


@pytest.mark.parametrize(
    ("lo", "hi", "message"),
    [
        ([1.0, 0.0], [0.0, 1.0], "empty"),
        ([np.nan, 0.0], [1.0, 1.0], "NaN"),
        ([0.0], [1.0], "shapes"),
        ([0.0, 0.0], [1.0], "shapes"),
    ],
)
def test_bad_boxes_are_refused(mlp, lo: list[float], hi: list[float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        bounds(mlp([2, 2]), lo, hi)


def test_outward_ends_contain_rationals_of_any_size() -> None:
    values = [Fraction(1, 3), Fraction(-1, 3), Fraction(1, 2), Fraction(10) ** 400, Fraction(0)]
    lo, hi = outward(values, values)
    for value, a, b in zip(values, lo, hi, strict=True):
        assert Fraction(float(a)) <= value
        assert b == np.inf or value <= Fraction(float(b))
    assert lo[2] == hi[2] == 0.5

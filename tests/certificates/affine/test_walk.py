"""The exact walk back: right for linear operators, sound for any literal coefficients."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import product as tuples
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.affine.format import Cut, Path
from certificates.checker.affine.bends import BENDS, lines
from certificates.checker.affine.linear import LinearSteps
from certificates.checker.bounds import Bounds
from certificates.checker.boxes import RejectedError
from certificates.checker.rules import apply
from runtime.graph import (
    Abs,
    Clip,
    Graph,
    GraphBuilder,
    LeakyRelu,
    Linear,
    Maximum,
    MaxPool2d,
    Minimum,
    Op,
    Provenance,
    Relu,
)
from tests.certificates.affine.support import Rationals, batch, bounds_of, satisfies
from tests.runtime.graph.random_graphs import random_graph

SEEDS = st.integers(0, 2**32 - 1)


def random_forms(random: Random, size: int, count: int) -> list[list[tuple[int, int]]]:
    forms = []
    for _ in range(count):
        entries = sorted(random.sample(range(size), random.randint(0, min(size, 3))))
        forms.append([(entry, random.randint(-9, 9)) for entry in entries])
    return forms


def value(form: list[tuple[int, int]], y: list[Fraction]) -> Fraction:
    return sum((c * y[entry] for entry, c in form), Fraction(0))


@settings(max_examples=120, deadline=None)
@given(SEEDS)
def test_linear_tensors_are_bounded_exactly(seed: int) -> None:
    """Without operators that bend the bound is the maximum, at a corner of the box."""
    random, graph = Random(seed), random_graph(seed, 8)
    straight = [graph.inputs[0].name]
    for node in graph.nodes:
        if not isinstance(node.op, BENDS) and all(name in straight for name in node.inputs):
            straight.append(node.name)
    target = straight[-1]
    space = Rationals.around(graph, random)
    size = len(space.lo)
    zero = space.values([Fraction(0)] * size)[target]
    columns = []
    for k in range(size):
        unit = space.values([Fraction(int(i == k)) for i in range(size)])[target]
        columns.append([a - b for a, b in zip(unit, zero, strict=True)])
    forms = random_forms(random, math.prod(graph.shape_of(target)), 5)
    found = bounds_of(space.walk(), batch(target, forms))
    for form, bound in zip(forms, found, strict=True):
        slopes = [value(form, column) for column in columns]
        ends = zip(slopes, space.lo, space.hi, strict=True)
        assert bound == value(form, zero) + sum(max(s * a, s * b) for s, a, b in ends)


def random_literals(
    random: Random, graph: Graph, target: str, count: int
) -> dict[str, tuple[int, list[list[int]]]]:
    """Coefficients at some of the nodes, of any size and sign; zero where padding is read."""
    names = [node.name for node in graph.nodes]
    before = graph.nodes[: names.index(target) + 1] if target in names else ()
    result = {}
    for node in reversed(before):
        if isinstance(node.op, BENDS) and random.random() < 0.8:
            shapes = [graph.shape_of(name) for name in node.inputs]
            size = random.choice([3, 30, 1 << 40])
            number = lines(node, shapes)
            rows = [[random.randint(-size, size) for _ in range(count)] for _ in range(number)]
            if isinstance(node.op, MaxPool2d):
                for line, tap in enumerate(flat_taps(node.op, shapes[0], node.shape)):
                    if tap is None:
                        rows[line] = [0] * count
            result[node.name] = (random.choice([1, 3, 16, 1 << 30]), rows)
    return result


def flat_taps(op: MaxPool2d, image: tuple[int, ...], out: tuple[int, ...]) -> list[int | None]:
    """What every line of a maximum over windows reads, in plain Python."""
    found: list[int | None] = []
    for channel, i, j in tuples(*map(range, out)):
        for a, b in tuples(*map(range, op.kernel)):
            row = i * op.stride[0] - op.padding[0] + a * op.dilation[0]
            column = j * op.stride[1] - op.padding[1] + b * op.dilation[1]
            inside = 0 <= row < image[1] and 0 <= column < image[2]
            found.append((channel * image[1] + row) * image[2] + column if inside else None)
    return found


@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_any_coefficients_give_bounds_that_hold(seed: int) -> None:
    random, graph = Random(seed), random_graph(seed, 8)
    space = Rationals.around(graph, random)
    target = random.choice([graph.output, *(node.name for node in graph.nodes)])
    forms = random_forms(random, math.prod(graph.shape_of(target)), 4)
    asked = batch(target, forms, random_literals(random, graph, target, 4))
    found = bounds_of(space.walk(), asked)
    for _ in range(12):
        values = space.values(space.point(random))
        for form, bound in zip(forms, found, strict=True):
            assert value(form, values[target]) <= bound


@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_leaves_bound_their_own_part(seed: int) -> None:
    """Rows of leaves with any phases and thresholds, at the points that lie in the leaf."""
    random, graph = Random(seed), random_graph(seed, 8)
    space = Rationals.around(graph, random)
    name = graph.inputs[0].name
    arguments = [n.inputs[0] for n in graph.nodes if isinstance(n.op, (Relu, LeakyRelu, Abs))]
    paths: list[Path] = []
    for _ in range(4):
        path = []
        for node in random.choices([name, *arguments], k=3):
            entry = random.randrange(math.prod(graph.shape_of(node)))
            at = Fraction(random.randint(-5, 5), 4) if node == name else Fraction(0)
            path.append(Cut(node, entry, at, random.random() < 0.5))
        paths.append(tuple(path))
    forms = random_forms(random, math.prod(graph.output_shape), 4)
    asked = batch(graph.output, forms, random_literals(random, graph, graph.output, 4))
    found = bounds_of(space.walk(), asked, paths)
    for _ in range(25):
        values = space.values(space.point(random))
        for form, bound, path in zip(forms, found, paths, strict=True):
            if satisfies(values, path):
                assert value(form, values[graph.output]) <= bound


def pieces(op: Op, z: Fraction) -> Fraction:
    """The operators of one number, by their definition."""
    match op:
        case Relu():
            return max(z, Fraction(0))
        case Abs():
            return abs(z)
        case LeakyRelu():
            return z if z >= 0 else Fraction(float(op.alpha)) * z
        case Clip():
            low = z if op.low is None else max(z, Fraction(float(op.low)))
            return low if op.high is None else min(low, Fraction(float(op.high)))
    raise TypeError(op.kind)


@pytest.mark.parametrize(
    "op",
    [
        Relu(),
        Abs(),
        LeakyRelu(np.float32(0.25)),
        LeakyRelu(np.float32(1.75)),
        LeakyRelu(np.float32(-0.5)),
        Clip(np.float32(-0.5), np.float32(0.25)),
        Clip(None, np.float32(0.5)),
        Clip(np.float32(0.25), None),
    ],
    ids=lambda op: str(op)[:30],
)
@pytest.mark.parametrize("seed", range(6))
def test_the_constant_is_the_least(op: Op, seed: int) -> None:
    """One entry: A·f(z) − A'·z is linear between its corners, so its maximum is known exactly."""
    random = Random(seed)
    builder = GraphBuilder("one")
    graph = builder.build(builder.add(op, builder.input((1,))), Provenance("runtime"))
    node = graph.nodes[0]
    for _ in range(40):
        ends = sorted(Fraction(random.randint(-9, 9), 4) for _ in range(2))
        space = Rationals(graph, [ends[0]], [ends[1]])
        a, literal, den = random.randint(-5, 5), random.randint(-20, 20), random.randint(1, 7)
        asked = batch(node.name, [[(0, a)]], {node.name: (den, [[literal]])})
        (bound,) = bounds_of(space.walk(), asked)
        given_ = Fraction(literal, den)
        corners = [Fraction(0), Fraction(-1, 2), Fraction(1, 4), Fraction(1, 2)]
        points = [*ends, *(c for c in corners if ends[0] <= c <= ends[1])]
        least = max(a * pieces(op, z) - given_ * z for z in points)
        if not isinstance(op, Clip):
            least = max(least, Fraction(0))  # the operators of two pieces count zero in any case
            if ends[0] > 0:
                least = max(Fraction(0), (a - given_) * ends[1])
            elif ends[1] < 0:
                least = max(Fraction(0), a * pieces(op, ends[0]) - given_ * ends[0])
        assert bound == least + max(given_ * end for end in ends)


def least_of_maximum(
    a: Fraction, given_: list[Fraction], boxes: list[tuple[Fraction, Fraction]]
) -> Fraction:
    """The rule for maxima entry by entry, in rationals."""

    def top(weights: list[Fraction]) -> Fraction:
        pairs = zip(weights, boxes, strict=True)
        return sum((max(w * lo, w * hi) for w, (lo, hi) in pairs), Fraction(0))

    on_one = [
        top([(a if i == j else 0) - g for i, g in enumerate(given_)]) for j in range(len(given_))
    ]
    if a >= 0:
        return max(on_one)
    for j in range(len(given_)):
        others = [g for i, g in enumerate(given_) if i != j]
        if all(g <= 0 for g in others) and sum(others) >= a:
            rest = a - sum(given_)
            on_one.append(max(rest * end for end in boxes[j]))
    return min(on_one)


@pytest.mark.parametrize("op", [Maximum(), Minimum()], ids=lambda op: op.kind)
@pytest.mark.parametrize("seed", range(4))
def test_maxima_of_two(op: Op, seed: int) -> None:
    random = Random(seed)
    builder = GraphBuilder("two")
    x = builder.input((2,))
    flipped = builder.add(Relu(), x)  # a second tensor; its box is what counts here
    graph = builder.build(builder.add(op, x, flipped), Provenance("runtime"))
    name = graph.output
    sign = 1 if isinstance(op, Maximum) else -1
    for _ in range(40):
        space = Rationals.around(graph, random)
        a = random.randint(-4, 4)
        literals = [random.randint(-30, 30) for _ in range(4)]
        asked = batch(name, [[(1, a)]], {name: (8, [[v] for v in literals])})
        (bound,) = bounds_of(space.walk(), asked)
        given_ = [Fraction(v, 8) for v in literals]
        expected = Fraction(0)
        box = list(zip(space.lo, space.hi, strict=True))
        upper = [(max(lo, Fraction(0)), max(hi, Fraction(0))) for lo, hi in box]
        for k in range(2):
            pair = [box[k], upper[k]]
            if sign < 0:
                pair = [(-hi, -lo) for lo, hi in pair]
            weights = [sign * given_[k], sign * given_[2 + k]]
            expected += least_of_maximum(Fraction(sign * a * k), weights, pair)
            # The Relu has no coefficients of its own: what it costs, and what the input gets.
            expected += max(Fraction(0), given_[2 + k] * upper[k][1])
            expected += max(given_[k] * end for end in box[k])
        assert bound == expected


@pytest.mark.parametrize("seed", range(12))
def test_maxima_over_windows(seed: int) -> None:
    random = Random(seed)
    kernel = (random.randint(1, 3), random.randint(1, 3))
    padding = tuple(random.randint(0, kernel[i % 2] - 1) for i in range(4))
    stride = (random.randint(1, 3), random.randint(1, 2))
    dilation = (random.randint(1, 2), 1) if padding[0] == padding[2] == 0 else (1, 1)
    op = MaxPool2d(kernel, stride, padding, dilation)
    builder = GraphBuilder("pool")
    x = builder.input((2, 5, 4))
    graph = builder.build(builder.add(op, x), Provenance("runtime"))
    (node,) = graph.nodes
    taps = flat_taps(op, (2, 5, 4), node.shape)
    per = math.prod(kernel)
    for _ in range(4):
        space = Rationals.around(graph, random)
        forms = random_forms(random, math.prod(node.shape), 3)
        literals = random_literals(Random(random.random()), graph, node.name, 3)
        den, given_ = literals.get(node.name, (1, [[0] * 3] * len(taps)))
        found = bounds_of(space.walk(), batch(node.name, forms, literals))
        box = list(zip(space.lo, space.hi, strict=True))
        for column, (form, bound) in enumerate(zip(forms, found, strict=True)):
            a = dict(form)
            whole = [Fraction(0)] * len(box)
            expected = Fraction(0)
            for entry in range(math.prod(node.shape)):
                here = [
                    (tap, Fraction(given_[entry * per + t][column], den))
                    for t in range(per)
                    if (tap := taps[entry * per + t]) is not None
                ]
                for tap, g in here:
                    whole[tap] += g
                expected += least_of_maximum(
                    Fraction(a.get(entry, 0)), [g for _, g in here], [box[tap] for tap, _ in here]
                )
            pairs = zip(whole, box, strict=True)
            assert bound == expected + sum(max(w * lo, w * hi) for w, (lo, hi) in pairs)


def relu_graph() -> Graph:
    builder = GraphBuilder("relus")
    x = builder.input((2,))
    first = builder.add(Relu(), x, hint="first")
    return builder.build(builder.add(Relu(), first, hint="second"), Provenance("runtime"))


LINES = (1, [[1], [1]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda: batch("nowhere", [[(0, 1)]]), "not in the graph"),
        (lambda: batch("second", [[(2, 1)]]), "stay below 2"),
        (lambda: batch("second", [[(-1, 1)]]), "stay below 2"),
        (lambda: batch("second", [[(1, 1), (0, 1)]]), "must ascend"),
        (lambda: batch("second", [[(1, 1), (1, 1)]]), "must ascend"),
        (lambda: batch("second", [[(0, 1 << 62)]]), "62 bits"),
        (lambda: batch("first", [[(0, 1)]], {"second": LINES}), "order"),
        (lambda: batch("second", [[(0, 1)]], {"first": LINES, "second": LINES}), "order"),
        (lambda: batch("second", [[(0, 1)]], {"x": LINES}), "order"),
        (lambda: batch("second", [[(0, 1)]], {"second": (0, LINES[1])}), "not positive"),
        (lambda: batch("second", [[(0, 1)]], {"second": (-4, LINES[1])}), "not positive"),
        (lambda: batch("second", [[(0, 1)]], {"second": (1 << 1024, LINES[1])}), "1024 bits"),
        (lambda: batch("second", [[(0, 1)]], {"second": (1, [[1]])}), "1 lines for 2"),
        (lambda: batch("second", [[(0, 1)]], {"second": (1, [[1], [1, 2]])}), "each of 1 rows"),
        (lambda: batch("second", [[(0, 1)]], {"second": (1, [[1], [1 << 63]])}), "2\\^62"),
        (lambda: batch("second", [[(0, 1)]], {"second": (1, [[1], [-(1 << 62) - 1]])}), "2\\^62"),
    ],
)
def test_batches_that_do_not_fit_are_refused(change: Callable[[], object], message: str) -> None:
    space = Rationals(relu_graph(), [Fraction(-1)] * 2, [Fraction(1)] * 2)
    with pytest.raises(RejectedError, match=message):
        bounds_of(space.walk(), change())


def test_coefficients_need_a_box_and_an_operator_that_bends() -> None:
    graph = relu_graph()
    walk = Rationals(graph, [Fraction(-1)] * 2, [Fraction(1)] * 2).walk()
    del walk.ends["first"]
    with pytest.raises(RejectedError, match="second needs the box of first"):
        bounds_of(walk, batch("second", [[(0, 1)]]))
    linear = random_graph(5, 3)
    names = [node.name for node in linear.nodes if not isinstance(node.op, BENDS)]
    space = Rationals.around(linear, Random(0))
    with pytest.raises(RejectedError, match="is linear and needs none"):
        bounds_of(space.walk(), batch(linear.output, [[(0, 1)]], {names[-1]: LINES}))


def test_a_coefficient_on_padding_is_refused() -> None:
    builder = GraphBuilder("pool")
    op = MaxPool2d((2, 2), (2, 2), (1, 1, 1, 1))
    graph = builder.build(builder.add(op, builder.input((1, 2, 2))), Provenance("runtime"))
    space = Rationals.around(graph, Random(1))
    lines_ = [[0] for _ in range(16)]
    lines_[0] = [1]  # the first tap of the first window lies outside
    with pytest.raises(RejectedError, match="padding"):
        bounds_of(space.walk(), batch(graph.output, [[(0, 1)]], {graph.output: (1, lines_)}))


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_the_interval_rule_of_linear_is_that_of_the_other_checker(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, columns = int(rng.integers(1, 9)), int(rng.integers(1, 9))
    exponents = rng.integers(-40, 20, (rows, columns + 1))
    values = rng.standard_normal((rows, columns + 1)) * 2.0**exponents
    values = np.where(rng.random(values.shape) < 0.2, 0, values).astype(np.float32)
    builder = GraphBuilder("linear")
    op = Linear(values[:, :-1], values[:, -1])
    graph = builder.build(builder.add(op, builder.input((columns,))), Provenance("runtime"))
    size = int(rng.choice([9, 1 << 40, 1 << 61]))
    ends = np.sort(rng.integers(-size, size, (2, columns)), axis=0).tolist()
    box = Bounds(ends[0], ends[1], int(rng.integers(1, 99)), (columns,))
    (found,) = LinearSteps().intervals(graph.nodes[0], [box])
    expected = apply(op, [box], (rows,))
    for side in ("lo", "hi"):
        ours, theirs = getattr(found, side), getattr(expected, side)
        assert [Fraction(v, found.den) for v in ours] == [Fraction(v, expected.den) for v in theirs]

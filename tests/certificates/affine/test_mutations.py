"""The checker says no, in one sentence: every field changed, every number made too good."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from certificates import AffineCertificate, LinearAtom, LinearConstraints, Property, Robust, check
from certificates.affine.format import (
    FORMAT,
    Batch,
    Leaf,
    Region,
    Regions,
    RegionSplit,
    Relax,
    Row,
    Tree,
    TreeSplit,
    from_json,
)
from certificates.affine.plan import PlanSplit, crown_plan
from certificates.affine.produce import Precision, produce_affine
from certificates.crown import Program
from runtime.errors import InputError
from runtime.graph import Graph, GraphBuilder, Linear, Provenance, Relu
from tests.certificates.affine.support import convolutional, empty_leaf, made

SEEDS = st.integers(0, 2**32 - 1)
replace = msgspec.structs.replace


def refused(certificate: AffineCertificate, graph: Graph, prop: Property, message: str) -> None:
    result = check(certificate, graph, prop)
    assert not result.ok
    assert message in result.message, result.message
    assert result.message.endswith(".")
    assert "\n" not in result.message
    assert len(result.message) < 300
    assert result.margins == ()


@pytest.fixture(scope="module")
def robust() -> tuple[Graph, Property, AffineCertificate]:
    """A network with a tightened layer, its certificate in one region."""
    rng = np.random.default_rng(3)
    builder = GraphBuilder("m")
    last = builder.input((6,), "x")
    for number, (rows, columns) in enumerate([(8, 6), (8, 8), (3, 8)]):
        weight = (rng.standard_normal((rows, columns)) / 2).astype(np.float32)
        bias = (rng.standard_normal(rows) / 4).astype(np.float32)
        last = builder.add(Linear(weight, bias), last, hint=f"z{number}")
        if number < 2:
            last = builder.add(Relu(), last, hint=f"h{number}")
    graph = builder.build(last, Provenance("runtime"))
    x = np.linspace(0.2, 0.8, 6, dtype=np.float32)
    prop = Robust(x, "1/30", label=int(graph.evaluate(x).argmax()))
    certificate = made(graph, prop)
    assert [box.node for box in certificate.root.boxes] == ["x", "z0", "h0", "z1", "z1"]
    return graph, prop, certificate


def region(certificate: AffineCertificate, **changes: Any) -> AffineCertificate:
    return replace(certificate, root=replace(certificate.root, **changes))


def swapped(items: list[Any], number: int, item: Any) -> list[Any]:
    return [*items[:number], item, *items[number + 1 :]]


def with_box(c: AffineCertificate, number: int, **changes: Any) -> AffineCertificate:
    box = replace(c.root.boxes[number], **changes)
    return region(c, boxes=swapped(c.root.boxes, number, box))


def with_batch(c: AffineCertificate, number: int, **changes: Any) -> AffineCertificate:
    batch = replace(c.root.batches[number], **changes)
    return region(c, batches=swapped(c.root.batches, number, batch))


def with_relax(c: AffineCertificate, number: int, at: int, **changes: Any) -> AffineCertificate:
    relax = c.root.batches[number].relax
    return with_batch(c, number, relax=swapped(relax, at, replace(relax[at], **changes)))


def with_upper(c: AffineCertificate, number: int, **changes: Any) -> AffineCertificate:
    return with_batch(c, number, upper=replace(c.root.batches[number].upper, **changes))


def lines_of(c: AffineCertificate, number: int, at: int) -> list[list[int]]:
    return c.root.batches[number].relax[at].coefficients


HUGE = 1 << 1024


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: replace(c, format="other/1"), "format"),
        (lambda c: replace(c, model_sha256="0" * 64), "another model"),
        (lambda c: replace(c, property_sha256="0" * 64), "another property"),
        (lambda c: replace(c, case=1), "Case 1"),
        (lambda c: replace(c, case=-1), "Case -1"),
        (lambda c: replace(c, claim="violated"), "claim"),
        (lambda c: replace(c, root=Regions()), "neither a region nor a split"),
        (lambda c: region(c, tree=Tree()), "neither a leaf nor a split"),
        (lambda c: region(c, tree=Leaf(1)), "from 0 on"),
        (lambda c: region(c, goal=0), "batch 0 is used where batch 1 of 2 belongs"),
        (lambda c: region(c, goal=2), "batch 2 is used where"),
        (lambda c: region(c, batches=c.root.batches[:1]), "belongs"),
        (lambda c: region(c, batches=c.root.batches[::-1]), "the target is"),
        (lambda c: region(c, batches=[*c.root.batches, c.root.batches[0]]), "is not used"),
        (lambda c: region(c, boxes=c.root.boxes[1:]), "first box"),
        (lambda c: region(c, boxes=c.root.boxes[::-1]), "first box"),
        (lambda c: region(c, boxes=c.root.boxes[:-1]), "used where batch 0"),
        (lambda c: region(c, boxes=[*c.root.boxes[:2], *c.root.boxes[3:]]), "needs that of h0"),
        (lambda c: region(c, boxes=[*c.root.boxes[:3], c.root.boxes[4]]), "does not follow"),
        (lambda c: region(c, boxes=[*c.root.boxes, c.root.boxes[-1]]), "batch 0 is used"),
        (lambda c: region(c, boxes=[*c.root.boxes, c.root.boxes[1]]), "order of the graph"),
        (lambda c: region(c, boxes=[c.root.boxes[0], *c.root.boxes]), "order of the graph"),
        (lambda c: with_box(c, 0, batch=0), "first box"),
        (lambda c: with_box(c, 0, lo=[v + 99 for v in c.root.boxes[0].lo]), "does not contain"),
        (lambda c: with_box(c, 0, hi=c.root.boxes[0].lo), "does not contain"),
        (lambda c: with_box(c, 1, node="h1"), "needs that of"),
        (lambda c: with_box(c, 1, node="nowhere"), "order of the graph"),
        (lambda c: with_box(c, 1, den=0), "not positive"),
        (lambda c: with_box(c, 1, den=-c.root.boxes[1].den), "not positive"),
        (lambda c: with_box(c, 1, den=2 * c.root.boxes[1].den), "rule of Linear"),
        (lambda c: with_box(c, 1, den=HUGE), "1024 bits"),
        (lambda c: with_box(c, 1, lo=c.root.boxes[1].lo[1:]), "7 lower"),
        (lambda c: with_box(c, 1, lo=[*c.root.boxes[1].lo, 0]), "9 lower"),
        (lambda c: with_box(c, 1, lo=[-HUGE] * 8), "1024 bits"),
        (lambda c: with_box(c, 1, hi=[HUGE] * 8), "1024 bits"),
        (lambda c: with_box(c, 1, lo=c.root.boxes[1].hi, hi=c.root.boxes[1].lo), "exceeds"),
        (lambda c: with_box(c, 4, node="h0"), "does not follow"),
        (lambda c: with_box(c, 4, node="z0"), "does not follow"),
        (lambda c: with_box(c, 4, batch=1), "batch 1 is used where batch 0"),
        (lambda c: with_box(c, 4, batch=9), "batch 9 is used where"),
        (lambda c: with_box(c, 4, batch=-1), "batch -1 is used where"),
        (lambda c: with_box(c, 4, batch=msgspec.UNSET), "order of the graph"),
        (lambda c: with_box(c, 4, den=2 * c.root.boxes[4].den), "tighter than before"),
        (lambda c: with_batch(c, 0, target="z0"), "the target is"),
        (lambda c: with_batch(c, 1, target="h1"), "the target is"),
        (lambda c: with_batch(c, 1, target="nowhere"), "the target is"),
        (lambda c: with_batch(c, 1, relax=c.root.batches[1].relax[::-1]), "order"),
        (lambda c: with_batch(c, 1, relax=c.root.batches[1].relax[:1] * 2), "order"),
        (lambda c: with_batch(c, 1, relax=[]), "walk back gives"),
        (lambda c: with_batch(c, 1, relax=c.root.batches[1].relax[1:]), "walk back gives"),
        (lambda c: with_batch(c, 1, relax=c.root.batches[1].relax[:1]), "walk back gives"),
        (lambda c: with_relax(c, 1, 0, node="z2"), "linear and needs none"),
        (lambda c: with_relax(c, 1, 0, node="h0"), "order"),
        (lambda c: with_relax(c, 1, 0, node="x"), "order"),
        (lambda c: with_relax(c, 1, 0, den=0), "not positive"),
        (lambda c: with_relax(c, 1, 0, den=-c.root.batches[1].relax[0].den), "not positive"),
        (lambda c: with_relax(c, 1, 0, den=2 * c.root.batches[1].relax[0].den), "walk back gives"),
        (lambda c: with_relax(c, 1, 0, den=HUGE), "1024 bits"),
        (lambda c: with_relax(c, 1, 0, coefficients=lines_of(c, 1, 0)[1:]), "7 lines for 8"),
        (lambda c: with_relax(c, 1, 0, coefficients=lines_of(c, 1, 0)[::-1]), "walk back gives"),
        (lambda c: with_relax(c, 1, 0, coefficients=[[1]] * 8), "each of 2 rows"),
        (lambda c: with_relax(c, 1, 0, coefficients=[[1 << 62, 0]] * 8), "walk back gives"),
        (lambda c: with_relax(c, 1, 0, coefficients=[[0, 1 << 63]] * 8), "2^62"),
        (lambda c: with_relax(c, 1, 0, coefficients=[[0, HUGE]] * 8), "2^62"),
        (lambda c: with_upper(c, 1, den=0), "not positive"),
        (lambda c: with_upper(c, 1, den=-1), "not positive"),
        (lambda c: with_upper(c, 1, den=HUGE), "1024 bits"),
        (lambda c: with_upper(c, 1, num=[HUGE] * 2), "1024 bits"),
        (lambda c: with_upper(c, 1, num=[0]), "1 bounds for 2 rows"),
        (lambda c: with_upper(c, 1, num=[0] * 3), "3 bounds for 2 rows"),
        (lambda c: with_upper(c, 1, num=[0, 0]), "is not below"),
        (lambda c: with_upper(c, 1, num=[-(1 << 900)] * 2), "walk back gives"),
        (lambda c: with_upper(c, 0, num=[-(1 << 900)] * 40), "bounds for"),
    ],
)
def test_every_field(
    robust: tuple[Graph, Property, AffineCertificate],
    change: Callable[[AffineCertificate], AffineCertificate],
    message: str,
) -> None:
    graph, prop, certificate = robust
    refused(change(certificate), graph, prop, message)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (lambda rows: rows[1:], "bounds for"),
        (lambda rows: rows[::-1], "walk back gives"),
        (lambda rows: [replace(row, leaf=0) for row in rows], ""),
        (lambda rows: [replace(row, leaf=1) for row in rows], "there is no leaf 1"),
        (lambda rows: [replace(row, leaf=-1) for row in rows], "there is no leaf -1"),
        (lambda rows: [replace(row, form=[(0, 1)]) for row in rows], ""),
        (lambda rows: [replace(row, form=[(3, 1)]) for row in rows], "stay below 3"),
        (lambda rows: [replace(row, form=[(-1, 1)]) for row in rows], "stay below 3"),
        (lambda rows: [replace(row, form=row.form[::-1]) for row in rows], "must ascend"),
        (lambda rows: [replace(row, form=[*row.form, *row.form]) for row in rows], "must ascend"),
        (lambda rows: [Row([(e, 2 * c) for e, c in r.form], None) for r in rows], "walk back"),
        (lambda rows: [Row([(e, -c) for e, c in r.form], None) for r in rows], "walk back"),
        (lambda rows: [Row([(e, c << 62) for e, c in r.form], None) for r in rows], "62 bits"),
    ],
)
def test_every_row(
    robust: tuple[Graph, Property, AffineCertificate],
    rows: Callable[[list[Row]], list[Row]],
    message: str,
) -> None:
    graph, prop, certificate = robust
    changed = with_batch(certificate, 1, rows=rows(certificate.root.batches[1].rows))
    if [row.leaf for row in changed.root.batches[1].rows] == [0, 0]:
        assert check(changed, graph, prop).ok  # the only leaf is the region
        return
    refused(changed, graph, prop, message)


def test_rows_that_tighten(robust: tuple[Graph, Property, AffineCertificate]) -> None:
    graph, prop, certificate = robust
    rows = certificate.root.batches[0].rows
    first = rows[0].form[0][0]
    for row, message in (
        (Row([(first, 1)], 0), "no leaf"),
        (Row([], None), "one entry"),
        (Row([(first, 0)], None), "one entry"),
        (Row([(0, 1), (1, 1)], None), "one entry"),
        (Row([((first + 1) % 8, 1)], None), "batch 0"),
        (Row([(first, 1 << 61)], None), "walk back gives"),
    ):
        refused(with_batch(certificate, 0, rows=[row, *rows[1:]]), graph, prop, message)


@pytest.mark.parametrize("side", ["lo", "hi"])
@pytest.mark.parametrize("number", [1, 2, 4])
def test_boxes_too_tight(
    robust: tuple[Graph, Property, AffineCertificate], number: int, side: str
) -> None:
    """Every end of every box, moved inward by a hundredth of the box, is refused."""
    graph, prop, certificate = robust
    box = certificate.root.boxes[number]
    for k in range(len(box.lo)):
        step = (box.hi[k] - box.lo[k]) // 100 + 2
        ends = list(getattr(box, side))
        ends[k] += step if side == "lo" else -step
        if box.lo[k] == box.hi[k]:
            continue
        changed = with_box(certificate, number, **{side: ends})
        refused(changed, graph, prop, "tighter than" if number == 4 else "rule of")


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_a_bound_below_the_exact_one(seed: int) -> None:
    """Produced with few bits to spare: any row's bound lowered by its slack and more is refused."""
    random = Random(seed)
    graph = convolutional(seed % 50)
    prop = LinearConstraints(
        [0] * 50, ["1/20"] * 50, LinearAtom.of({0: 1, 2: random.randint(1, 5)}, 10**6)
    )
    certificate = made(graph, prop, precision=Precision(24, 24, 48))
    number = random.randrange(len(certificate.root.batches))
    batch = certificate.root.batches[number]
    row = random.randrange(len(batch.rows))
    numbers = list(batch.upper.num)
    # The producer leaves about one unit of a box's 24 bits, and float64's errors.
    numbers[row] -= 2 + max(abs(v) for v in numbers) // (1 << 20)
    refused(with_upper(certificate, number, num=numbers), graph, prop, "walk back gives")


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_a_coefficient_that_cuts_the_activation(seed: int) -> None:
    """A large change of one coefficient costs more than the bound has to spare."""
    random = Random(seed)
    graph, prop, certificate = _small(seed % 40)
    region_ = certificate.root
    number = random.randrange(len(region_.batches))
    assume(region_.batches[number].relax)
    at = random.randrange(len(region_.batches[number].relax))
    relax = region_.batches[number].relax[at]
    box = [b for b in region_.boxes if b.node == graph.node(relax.node).inputs[0]][-1]
    line = random.randrange(len(relax.coefficients))
    row = random.randrange(len(relax.coefficients[0]))
    up = random.random() < 0.5
    # On an unstable entry either direction cuts: the line leaves the function at one end.
    assume(box.lo[line] < -box.den // 100 and box.hi[line] > box.den // 100)
    lines = [list(entry) for entry in relax.coefficients]
    lines[line][row] += (1 if up else -1) * 50 * relax.den
    changed = with_relax(certificate, number, at, coefficients=lines)
    refused(changed, graph, prop, f"row {row}: the upper bound")


def _small(seed: int) -> tuple[Graph, Property, AffineCertificate]:
    graph = convolutional(seed)
    prop = LinearConstraints([0] * 50, ["1/4"] * 50, LinearAtom.of({0: 1, 1: -1}, 10**6))
    return graph, prop, made(graph, prop)


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_a_changed_weight(seed: int) -> None:
    """With the hashes put right, the numbers of another network are refused."""
    random = Random(seed)
    weight = np.random.default_rng(seed).standard_normal((4, 3)).astype(np.float32)
    bias = np.zeros(4, np.float32)
    last = Linear(np.ones((1, 4), np.float32), np.zeros(1, np.float32))

    def network(first: np.ndarray) -> Graph:
        builder = GraphBuilder("m")
        hidden = builder.add(Linear(first, bias), builder.input((3,)))
        return builder.build(builder.add(last, builder.add(Relu(), hidden)), Provenance("runtime"))

    graph = network(weight)
    prop = LinearConstraints([1] * 3, [2] * 3, LinearAtom.of({0: 1}, 1000))
    certificate = made(graph, prop)
    changed = weight.copy()
    changed.reshape(-1)[random.randrange(12)] += np.float32(0.25)
    other = network(changed)
    refused(certificate, other, prop, "another model")
    forged = replace(certificate, model_sha256=other.sha256())
    refused(forged, other, prop, "rule of Linear")


def ramp(change: Callable[[Region], Region], message: str) -> None:
    graph, prop, certificate = empty_leaf()
    refused(replace(certificate, root=change(certificate.root)), graph, prop, message)


def z_split(low: Tree, high: Tree, entry: int = 0, at: tuple[int, int] = (0, 1)) -> TreeSplit:
    return TreeSplit("z", entry, at, low, high)


LOW, HIGH = z_split(Leaf(0), Leaf(1), 1), z_split(Leaf(2), Leaf(3), 1)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (Leaf(0), "there is no leaf 1"),
        (LOW, "there is no leaf 2"),
        (z_split(LOW, Leaf(2)), "there is no leaf 3"),
        (z_split(LOW, z_split(Leaf(2), Leaf(2), 1)), "the leaf 2 is there twice"),
        (z_split(LOW, z_split(Leaf(2), Leaf(4), 1)), "do not go from 0 on"),
        (z_split(LOW, z_split(HIGH, Leaf(4))), "leaf 4: no row bounds"),
        (z_split(HIGH, LOW), "walk back gives"),
        (z_split(LOW, HIGH, 1), "walk back gives"),
        (z_split(LOW, HIGH, 2), "splits entry 2 of z, which has 2"),
        (z_split(LOW, HIGH, -1), "splits entry -1 of z"),
        (z_split(LOW, HIGH, at=(1, 2)), "only the input's entries"),
        (z_split(LOW, HIGH, at=(-1, 1 << 1100)), "only the input's entries"),
        (z_split(LOW, HIGH, at=(0, 0)), "denominator is below 1"),
        (z_split(LOW, HIGH, at=(0, -1)), "denominator is below 1"),
        (TreeSplit("relu", 0, (0, 1), LOW, HIGH), "walk back gives"),
        (TreeSplit("x", 0, (-1, 1), LOW, HIGH), "walk back gives"),
        (TreeSplit("x", 0, (1, 1 << 1024), LOW, HIGH), "1024 bits"),
        (TreeSplit("nowhere", 0, (0, 1), LOW, HIGH), "which is no node"),
    ],
)
def test_trees(tree: Tree, message: str) -> None:
    ramp(lambda region_: replace(region_, tree=tree), message)


def test_a_threshold_on_the_input_is_a_phase_of_what_it_decides() -> None:
    """x ≤ 0 says of z = x what the phase says, but only the tensor itself is looked at."""
    tree = TreeSplit("x", 0, (0, 1), LOW, HIGH)
    ramp(lambda region_: replace(region_, tree=tree), "walk back gives")


@pytest.mark.parametrize(
    ("lines", "row"),
    [
        ([[0, 1, 1, 1], [0, 1, -1, -1]], 1),  # the wrong sign in the combination of an empty leaf
        ([[0, -1, 1, 1], [0, -1, -1, -1]], 1),
        ([[0, -1, 1, 1], [0, 0, -1, -1]], 1),
        ([[0, -1, 1, 1], [0, 1, 0, -1]], 2),  # without the multiplier
        ([[0, -1, 1, 1], [0, 1, 1, -1]], 2),  # the multiplier with the wrong sign
        ([[1, -1, 1, 1], [0, 1, -1, -1]], 0),  # a slope that the phase z_0 ≤ 0 does not allow
    ],
)
def test_multipliers(lines: list[list[int]], row: int) -> None:
    def change(region_: Region) -> Region:
        (goal,) = region_.batches
        changed = replace(goal, relax=[Relax("relu", 1, lines)])
        return replace(region_, batches=[changed])

    ramp(change, f"row {row}: the upper bound is below")


@pytest.mark.parametrize("row", range(4))
def test_a_phase_without_the_split(row: int) -> None:
    """Rows that count on their leaf's phases, claimed for the region or for another leaf."""

    def moved(leaf: int | None) -> Callable[[Region], Region]:
        def change(region_: Region) -> Region:
            (goal,) = region_.batches
            rows = swapped(goal.rows, row, replace(goal.rows[row], leaf=leaf))
            return replace(region_, batches=[replace(goal, rows=rows)])

        return change

    ramp(moved(None), f"row {row}: the upper bound is below")
    ramp(moved(3 - row), "upper bound is below")


def test_a_missing_row_of_a_leaf() -> None:
    for row in range(4):

        def change(region_: Region, row: int = row) -> Region:
            (goal,) = region_.batches
            keep = [r for r in range(4) if r != row]
            lines = [[line[r] for r in keep] for line in goal.relax[0].coefficients]
            upper = replace(goal.upper, num=[goal.upper.num[r] for r in keep])
            changed = Batch(
                goal.target, [goal.rows[r] for r in keep], [Relax("relu", 1, lines)], upper
            )
            return replace(region_, batches=[changed])

        ramp(change, f"leaf {row}: no row bounds the left side of y_0")


def test_a_leaf_is_empty_only_below_zero() -> None:
    def change(region_: Region) -> Region:
        (goal,) = region_.batches
        return replace(
            region_, batches=[replace(goal, upper=replace(goal.upper, num=[0, 0, 1, 1]))]
        )

    ramp(change, "leaf 1: no row bounds")


@pytest.fixture(scope="module")
def split() -> tuple[Graph, Property, AffineCertificate]:
    """Three regions of the input of y = relu(x) − relu(x − 1)."""
    graph, prop, _ = empty_leaf()
    loose = LinearConstraints([-2], [2], LinearAtom.of({0: 1}, "1001/1000"))
    whole = crown_plan(Program(graph), prop.cases[0].safe)
    plan = PlanSplit(0, Fraction(0), whole, PlanSplit(0, Fraction(1), whole, whole))
    return graph, loose, made(graph, loose, plan)


def inner(root: Regions) -> RegionSplit:
    assert isinstance(root, RegionSplit)
    assert isinstance(root.high, RegionSplit)
    return root.high


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r.low, "does not contain"),
        (lambda r: r.high, "does not contain"),
        (lambda r: replace(r, high=inner(r).low), "does not contain"),
        (lambda r: replace(r, low=r.high, high=r.low), "does not contain"),
        (lambda r: replace(r, at=(1, 2)), "does not contain"),
        (lambda r: replace(r, at=(-1, 2)), "does not contain"),
        (lambda r: replace(r, high=replace(inner(r), at=(1, 2))), "does not contain"),
        (lambda r: replace(r, high=replace(inner(r), at=(3, 2))), "does not contain"),
        (lambda r: replace(r, entry=1), "no entry 1"),
        (lambda r: replace(r, entry=-1), "no entry -1"),
        (lambda r: replace(r, at=(0, 0)), "denominator is below 1"),
        (lambda r: replace(r, at=(0, -3)), "denominator is below 1"),
        (lambda r: replace(r, at=(1, 1 << 1024)), "1024 bits"),
        (lambda r: replace(r, low=Regions()), "neither a region nor a split"),
    ],
)
def test_regions(
    split: tuple[Graph, Property, AffineCertificate],
    change: Callable[[RegionSplit], Regions],
    message: str,
) -> None:
    graph, prop, certificate = split
    refused(replace(certificate, root=change(certificate.root)), graph, prop, message)


def test_overlapping_regions_are_covered_and_accepted(
    split: tuple[Graph, Property, AffineCertificate],
) -> None:
    """Boxes may reach beyond their part, and parts may be there twice; nothing may be missing."""
    graph, prop, certificate = split
    root = certificate.root
    twice = RegionSplit(0, (1, 1), replace(root), inner(root).high)
    assert check(replace(certificate, root=twice), graph, prop).ok
    gap = replace(root, high=replace(inner(root), low=root.low))
    refused(replace(certificate, root=gap), graph, prop, "Region 1")


def test_strictness_and_the_scale_of_forms() -> None:
    graph, _, certificate = empty_leaf()
    strict = LinearConstraints([-2], [2], LinearAtom.of({0: 1}, 1, strict=True))
    forged = replace(certificate, property_sha256=strict.sha256())
    refused(forged, graph, strict, "is not below 1")
    third = LinearConstraints([-2], [2], LinearAtom.of({0: "1/3"}, "1/3"))
    accepted = check(replace(certificate, property_sha256=third.sha256()), graph, third)
    assert accepted.ok
    below = LinearConstraints([-2], [2], LinearAtom.of({0: "1/3"}, "333333333/1000000000"))
    refused(replace(certificate, property_sha256=below.sha256()), graph, below, "is not at most")
    other = LinearConstraints([-2], [2], LinearAtom.of({0: -1}, 1))
    refused(replace(certificate, property_sha256=other.sha256()), graph, other, "no row bounds")


@settings(max_examples=200, deadline=None)
@given(SEEDS)
def test_random_changes(seed: int) -> None:
    """Any one number of the example, changed: nothing crashes, and a "no" is one sentence.

    What passes shows the same true statement; the tests above say which changes must not pass.
    """
    random = Random(seed)
    graph, prop, certificate = empty_leaf()
    value = json.loads(msgspec.json.encode(certificate))
    places = list(_numbers(value["root"]))
    owner, key = random.choice(places)
    owner[key] = random.choice(
        [owner[key] + 1, owner[key] - 1, -owner[key], 0, owner[key] + (1 << 61), 7, -(1 << 60)]
    )
    try:
        result = check(from_json(value, "certificate"), graph, prop)
        message = result.message
    except InputError as error:
        message = str(error)
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 300


def _numbers(value: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        if isinstance(item, dict | list):
            yield from _numbers(item)
        elif isinstance(item, int):
            yield value, key


def test_a_false_statement_has_no_certificate() -> None:
    """y ≤ 99/100 is false; no plan produces a certificate of it, and no forged bound passes."""
    graph, _, certificate = empty_leaf()
    false = LinearConstraints([-2], [2], LinearAtom.of({0: 100}, 99))
    assert not isinstance(produce_affine(graph, false, 0), AffineCertificate)
    forged = replace(certificate, property_sha256=false.sha256())
    refused(forged, graph, false, "is not at most")
    (goal,) = forged.root.batches
    lowered = replace(goal, upper=replace(goal.upper, den=100, num=[0, -100, 99, 99]))
    root = replace(forged.root, batches=[lowered])
    refused(replace(forged, root=root), graph, false, "row 2")
    assert forged.format == FORMAT

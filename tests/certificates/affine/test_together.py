"""Many regions at once: the same regions, the same checks, and every change is refused as alone."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates import (
    AffineCertificate,
    LinearAtom,
    LinearConstraints,
    Property,
    check,
    load_certificate,
    save_certificate,
)
from certificates.affine import region as building
from certificates.affine.compact import Lines, Numbers, encoded
from certificates.affine.format import RegionSplit, from_json, regions
from certificates.affine.plan import JointPlanner, PlanSplit, RegionPlan
from certificates.affine.produce import produce_affine
from certificates.branch import branch, plan
from certificates.checker.affine import certificate as checking
from certificates.checker.affine.ends import Ends
from certificates.checker.affine.linear import LinearSteps
from certificates.checker.affine.walk import Job, Walk
from certificates.checker.bounds import Bounds
from certificates.checker.rules import apply
from runtime.errors import InputError
from runtime.graph import Graph, GraphBuilder, Linear, Provenance, Relu
from tests.certificates.affine.support import batch, made

SEEDS = st.integers(0, 2**32 - 1)
Example = tuple[Graph, Property, AffineCertificate]


def network(seed: int) -> Graph:
    rng = np.random.default_rng(seed)
    builder = GraphBuilder("network")
    last = builder.input((3,), "x")
    for number, (rows, columns) in enumerate([(7, 3), (7, 7), (2, 7)]):
        weight = rng.standard_normal((rows, columns)).astype(np.float32)
        last = builder.add(Linear(weight, np.zeros(rows, np.float32)), last, hint=f"z{number}")
        if number < 2:
            last = builder.add(Relu(), last, hint=f"h{number}")
    return builder.build(last, Provenance("runtime"))


def split_plan(graph: Graph, prop: Property) -> PlanSplit:
    outcome = branch(graph, prop, 0, seconds=60.0, search_seconds=0, slack=1e-4)
    assert outcome.status == "proved"
    found = plan(graph, prop, 0, outcome.tree)
    assert isinstance(found, PlanSplit)
    return found


@pytest.fixture(scope="module")
def example() -> Example:
    """A network whose property needs more regions than are done at once."""
    graph = network(11)
    lo, hi = [-1] * 3, [1] * 3
    worst = max(
        float(graph.evaluate(np.array(x, np.float32))[0])
        for x in np.random.default_rng(0).uniform(-1, 1, (2000, 3))
    )
    bound = Fraction(round(worst * 1000), 1000) + Fraction(1, 8)
    prop = LinearConstraints(lo, hi, LinearAtom.of({0: 1}, bound))
    certificate = made(graph, prop, split_plan(graph, prop))
    assert sum(1 for _ in regions(certificate.root)) > 2 * checking._REGIONS
    return graph, prop, certificate


def as_json(certificate: AffineCertificate) -> Any:
    return json.loads(msgspec.json.encode(certificate, enc_hook=encoded))


def region_at(value: Any, number: int) -> Any:
    """A region in JSON, by its number from left to right."""
    stack, found = [value["root"]], []
    while stack:
        part = stack.pop()
        if "entry" in part:
            stack += [part["high"], part["low"]]
        else:
            found.append(part)
    return found[number % len(found)]


def numbers(value: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        if isinstance(item, dict | list):
            yield from numbers(item)
        elif isinstance(item, int):
            yield value, key


def both(
    value: Any, graph: Graph, prop: Property, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, str]:
    """What the check says of all regions together, and of one at a time."""
    try:
        certificate = from_json(value, "certificate")
    except InputError as error:
        return str(error), str(error)
    messages = []
    for at_once in (32, 1):
        with monkeypatch.context() as patch:
            patch.setattr(checking, "_REGIONS", at_once)
            result = check(certificate, graph, prop)
            messages.append(f"{result.ok}: {result.message} {result.margins}")
    return messages[0], messages[1]


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_a_change_of_any_number_is_seen_as_alone(example: Example, seed: int) -> None:
    random = Random(seed)
    graph, prop, certificate = example
    value = as_json(certificate)
    owner, key = random.choice(list(numbers(region_at(value, random.randrange(1000)))))
    owner[key] = random.choice([owner[key] + 1, owner[key] - 1, -owner[key], 7, 1 << 61, 3])
    with pytest.MonkeyPatch.context() as patch:
        together, alone = both(value, graph, prop, patch)
    assert together == alone


def test_each_kind_of_change_in_one_region_is_refused(
    example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph, prop, certificate = example

    def lower(upper: Any, r: int) -> None:
        upper["num"][r] -= upper["den"]

    def cut(box: Any) -> None:
        """Its widest entry cut to a point."""
        k = int(np.argmax(np.subtract(box["hi"], box["lo"])))
        box["lo"][k] = box["hi"][k]

    def tightened(region: Any) -> Any:
        return next(box for box in region["boxes"] if "batch" in box)

    def lines(region: Any) -> Any:
        return region["batches"][0]["relax"][0]["coefficients"]

    changes = {
        "below what the walk back gives": lambda r: lower(r["batches"][0]["upper"], 0),
        "the upper bound": lambda r: lower(r["batches"][-1]["upper"], 0),
        "does not contain": lambda r: cut(r["boxes"][0]),
        "above what the rule of Linear": lambda r: cut(r["boxes"][1]),
        "above what the rule of Relu": lambda r: cut(r["boxes"][2]),
        "tighter than before": lambda r: cut(tightened(r)),
        "every line needs one number": lambda r: lines(r)[3].append(0),
        "6 lines for 7": lambda r: lines(r).pop(),
        "is not used": lambda r: r["batches"].append(r["batches"][-1]),
        "is linear and needs none": lambda r: r["batches"][-1]["relax"][0].update(node="z1"),
    }
    with_rows = [
        number
        for number, (_, region) in enumerate(regions(certificate.root))
        if len(region.batches) > 1
    ]
    for number in (with_rows[0], with_rows[len(with_rows) // 2], with_rows[-1]):
        for message, change in changes.items():
            value = as_json(certificate)
            change(region_at(value, number))
            together, alone = both(value, graph, prop, monkeypatch)
            assert together == alone
            assert together.startswith("False")
            assert message in together
            assert f"Region {number}" in together


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_walks_together_give_the_bounds_of_each_walk(seed: int) -> None:
    rng, random = np.random.default_rng(seed), Random(seed)
    graph = network(seed % 7)
    steps, jobs = LinearSteps(), []
    for _ in range(random.randint(2, 9)):
        den = random.choice([1, 2, 1 << 20, 1 << 61, 1 << 62, 1 << 90, 3, 10**9])
        ends = np.sort(rng.integers(-(1 << 20), 1 << 20, (2, 3)), axis=0).tolist()
        boxes = {"x": Bounds(ends[0], ends[1], den, (3,))}
        for node in graph.nodes:
            boxes[node.name] = apply(node.op, [boxes[n] for n in node.inputs], node.shape)
            if random.random() < 0.7:
                boxes[node.name] = rounded(boxes[node.name], random.randint(0, 40))
        count = random.randint(1, 40)
        top = random.choice([8, 1 << 20, 1 << 62])
        relaxed = {
            name: (
                random.choice([1, 8, 1 << 20, 1 << 61, 7]),
                rng.integers(-top, top, (7, count)).tolist(),
            )
            for name in (["h1", "h0"] if random.random() < 0.8 else ["h0"])
        }
        asked = batch(graph.output, [[(int(rng.integers(2)), 3)]] * count, relaxed)
        owned = {name: Ends.of(box) for name, box in boxes.items()}
        jobs.append(Job(asked, [()] * count, owned, "batch"))
    walk = Walk(graph, steps)
    together = walk.upper_bounds(jobs)
    for job, found in zip(jobs, together, strict=True):
        (alone,) = walk.upper_bounds([job])
        assert [Fraction(*bound) for bound in found] == [Fraction(*bound) for bound in alone]


def rounded(box: Bounds, exponent: int) -> Bounds:
    """Outward, over a power of two."""
    den = 1 << exponent
    lo = [v * den // box.den for v in box.lo]
    hi = [-(-v * den // box.den) for v in box.hi]
    return Bounds(lo, hi, den, box.shape)


def test_intervals_together_are_those_of_each_box() -> None:
    rng, graph = np.random.default_rng(5), network(2)
    boxes = [
        Bounds(*np.sort(rng.integers(-99, 99, (2, 3)), axis=0).tolist(), 1 << e, (3,))
        for e in (0, 3, 50, 60)
    ]
    steps, node = LinearSteps(), graph.nodes[0]
    for box, found in zip(boxes, steps.intervals(node, boxes), strict=True):
        exact = apply(node.op, [box], node.shape)
        for side in ("lo", "hi"):
            ours, theirs = getattr(found, side), getattr(exact, side)
            assert [Fraction(v, found.den) for v in ours] == [
                Fraction(v, exact.den) for v in theirs
            ]


def test_regions_built_together_are_those_built_alone(
    example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph, prop, certificate = example
    monkeypatch.setattr(building, "_REGIONS", 1)
    alone = made(graph, prop, split_plan(graph, prop))
    paths = [path for path, _ in regions(certificate.root)]
    assert paths == [path for path, _ in regions(alone.root)]
    for (_, one), (_, other) in zip(regions(certificate.root), regions(alone.root), strict=True):
        assert one.boxes[0] == other.boxes[0]
        assert [batch.target for batch in one.batches] == [b.target for b in other.batches]


def test_a_file_has_the_same_regions_as_lists(example: Example, tmp_path: Path) -> None:
    graph, prop, certificate = example
    path = tmp_path / "certificate.json"
    save_certificate(certificate, path)
    whole = msgspec.json.encode(certificate, enc_hook=encoded) + b"\n"
    assert path.read_bytes() == whole
    read = load_certificate(path)
    assert isinstance(read, AffineCertificate)
    assert isinstance(read.root, RegionSplit)
    assert read == certificate
    for _, region in regions(read.root):
        assert all(isinstance(box.lo, Numbers) for box in region.boxes)
        for part in region.batches:
            assert all(isinstance(relax.coefficients, Lines) for relax in part.relax)
    assert check(read, graph, prop) == check(certificate, graph, prop)


def test_a_file_that_is_wrong_is_refused_as_before(example: Example, tmp_path: Path) -> None:
    graph, prop, certificate = example
    path = tmp_path / "certificate.json"
    for change, message in (
        (lambda r: r["batches"][0]["relax"][0]["coefficients"][0].append(1.5), "Expected `int`"),
        (lambda r: r["boxes"][0]["lo"].append("1"), "Expected `int`"),
        (lambda r: r.update(goal=-1), "Expected `int` >= 0"),
        (lambda r: r.update(more=1), "unknown field"),
    ):
        value = as_json(certificate)
        change(region_at(value, 3))
        path.write_text(json.dumps(value))
        with pytest.raises(InputError, match=message):
            load_certificate(path)
    text = msgspec.json.encode(certificate, enc_hook=encoded).decode()
    path.write_text(text.replace('"goal":', '"goal":0,"goal":', 1))
    with pytest.raises(InputError, match="occurs twice"):
        load_certificate(path)
    value = as_json(certificate)
    region_at(value, 3)["batches"][0]["relax"][0]["coefficients"][0].append(1)
    path.write_text(json.dumps(value))
    assert "every line needs one number" in check(load_certificate(path), graph, prop).message
    value = as_json(certificate)
    box = region_at(value, 3)["boxes"][0]
    box.update(
        den=box["den"] << 90, lo=[n << 90 for n in box["lo"]], hi=[n << 90 for n in box["hi"]]
    )
    path.write_text(json.dumps(value))
    assert check(load_certificate(path), graph, prop).ok


def test_sequences_read_as_lists_of_python_integers() -> None:
    lines = Lines(np.array([[1, -2], [3, 1 << 40]]))
    assert lines == [[1, -2], [3, 1 << 40]]
    assert lines != [[1, -2]]
    assert lines[1] == [3, 1 << 40]
    assert lines[:1] == [[1, -2]]
    assert type(lines[0][0]) is int
    ends = Numbers(np.array([5, -6], np.int8))
    assert [*ends] == [5, -6]
    assert ends == Numbers(np.array([5, -6]))
    assert ends[-1] << 40 == -6 << 40
    assert type(ends[0]) is int
    assert repr(ends) == "[5, -6]"
    with pytest.raises(TypeError, match="cannot be written"):
        encoded(object())


@pytest.mark.parametrize("owners", [[], [-1], [1]])
def test_a_joint_plan_says_which_region_each_row_is_about(
    example: Example, owners: list[int]
) -> None:
    graph, prop, _ = example
    parts = split_plan(graph, prop)
    while isinstance(parts.low, PlanSplit):
        parts = parts.low
    planner = parts.low
    assert isinstance(planner, JointPlanner)

    def wrong(lo: np.ndarray, hi: np.ndarray) -> RegionPlan:
        right = planner.plan(lo, hi)
        chosen = [*right.owners[:-1], np.array(owners, np.intp)]
        return RegionPlan(right.tightening, right.goal, right.rows, right.tree, chosen)

    with pytest.raises(InputError, match="which one each row is about"):
        produce_affine(graph, prop, 0, JointPlanner(wrong))

"""The checker says no: every field changed, every bound tightened, every weight touched."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from certificates import (
    Certificate,
    LinearAtom,
    LinearConstraints,
    Or,
    OutputBox,
    Property,
    Robust,
    check,
    produce,
)
from certificates.format import AtomProof, Goal, OrProof
from runtime.graph import Graph, GraphBuilder, Linear, Provenance, Relu

SEEDS = st.integers(0, 1 << 40)


def made(graph: Graph, prop: Property, **options: Any) -> Certificate:
    certificate = produce(graph, prop, 0, **options)
    assert isinstance(certificate, Certificate), certificate
    assert check(certificate, graph, prop).ok
    return certificate


def with_box(certificate: Certificate, number: int, **changes: Any) -> Certificate:
    box = msgspec.structs.replace(certificate.boxes[number], **changes)
    boxes = [*certificate.boxes[:number], box, *certificate.boxes[number + 1 :]]
    return msgspec.structs.replace(certificate, boxes=boxes)


def refused(certificate: Certificate, graph: Graph, prop: Property, message: str = "") -> None:
    result = check(certificate, graph, prop)
    assert not result.ok
    assert message in result.message
    assert result.margins == ()


@pytest.fixture
def network(mlp) -> Graph:
    return mlp([5, 7, 4], seed=3)


@pytest.fixture
def prop(network: Graph) -> Property:
    x = np.linspace(0.2, 0.8, 5, dtype=np.float32)
    return Robust(x, "1/200", label=int(network.evaluate(x).argmax()))


@pytest.fixture
def certificate(network: Graph, prop: Property) -> Certificate:
    return made(network, prop)


ATOM = Goal(atom=AtomProof(None))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: msgspec.structs.replace(c, format="other/1"), "format"),
        (lambda c: msgspec.structs.replace(c, model_sha256="0" * 64), "another model"),
        (lambda c: msgspec.structs.replace(c, property_sha256="0" * 64), "another property"),
        (lambda c: msgspec.structs.replace(c, case=1), "Case 1"),
        (lambda c: msgspec.structs.replace(c, case=-1), "Case -1"),
        (lambda c: msgspec.structs.replace(c, claim="violated"), "one point"),
        (lambda c: msgspec.structs.replace(c, claim="true"), "claim"),
        (lambda c: msgspec.structs.replace(c, boxes=c.boxes[:-1]), "not there"),
        (lambda c: msgspec.structs.replace(c, boxes=c.boxes[1:]), "stands where"),
        (lambda c: msgspec.structs.replace(c, boxes=c.boxes[::-1]), "stands where"),
        (lambda c: msgspec.structs.replace(c, boxes=[]), "0 boxes"),
        (lambda c: msgspec.structs.replace(c, boxes=c.boxes * 3), "boxes for"),
        (lambda c: with_box(c, 1, node="linear_2"), "stands where"),
        (lambda c: with_box(c, 1, den=0), "denominator"),
        (lambda c: with_box(c, 1, den=-c.boxes[1].den), "denominator"),
        (lambda c: with_box(c, 1, den=2 * c.boxes[1].den), "rule of Linear"),
        (lambda c: with_box(c, 1, lo=c.boxes[1].lo[1:]), "6 lower"),
        (lambda c: with_box(c, 1, lo=[*c.boxes[1].lo, 0]), "8 lower"),
        (lambda c: with_box(c, 1, lo=c.boxes[1].hi, hi=c.boxes[1].lo), "exceeds"),
        (lambda c: with_box(c, 0, lo=[v + 1000 for v in c.boxes[0].lo]), "does not contain"),
        (lambda c: msgspec.structs.replace(c, goal=ATOM), "all 3 parts"),
        (lambda c: msgspec.structs.replace(c, goal=Goal(one_of=OrProof(0, ATOM))), "all 3 parts"),
        (lambda c: msgspec.structs.replace(c, goal=Goal(all_of=c.goal.all_of[1:])), "all 3 parts"),
        (lambda c: msgspec.structs.replace(c, goal=Goal(all_of=[ATOM] * 3)), "box of the output"),
        (lambda c: msgspec.structs.replace(c, goal=through("relu")), "not the output"),
        (lambda c: msgspec.structs.replace(c, goal=through("linear")), "not the output"),
        (lambda c: msgspec.structs.replace(c, goal=through("nowhere")), "not the output"),
        (lambda c: msgspec.structs.replace(c, goal=Goal(all_of=[c.goal] * 3)), "linear inequality"),
    ],
)
def test_every_field(
    certificate: Certificate,
    network: Graph,
    prop: Property,
    change: Callable[[Certificate], Certificate],
    message: str,
) -> None:
    refused(change(certificate), network, prop, message)


def through(name: str) -> Goal:
    return Goal(all_of=[Goal(atom=AtomProof(name))] * 3)


def test_another_radius_label_or_center_is_another_property(
    certificate: Certificate, network: Graph, prop: Property
) -> None:
    data = prop.robust
    for other in (
        Robust(data.center, "1/100", label=data.label),
        Robust(data.center, data.eps, label=(data.label + 1) % 4),
        Robust(data.center[::-1], data.eps, label=data.label),
        Robust(data.center, data.eps, label=data.label, clip=None),
    ):
        refused(certificate, network, other, "another property")
        # Even with the hash put right, the boxes or the goal do not fit.
        forged = msgspec.structs.replace(certificate, property_sha256=other.sha256())
        if other.robust.clip is not None:
            refused(forged, network, other)


def rebuilt(graph: Graph, change: Callable[[str, Any], Any]) -> Graph:
    """The network with each Linear's weight and bias passed through `change`."""
    builder = GraphBuilder("m")
    last = builder.input(graph.inputs[0].shape, hint=graph.inputs[0].name)
    for node in graph.nodes:
        op = node.op
        if isinstance(op, Linear):
            op = change(node.name, op)
        last = builder.add(op, last, hint=node.name)
    return builder.build(last, Provenance("runtime"))


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_a_changed_weight(mlp, seed: int) -> None:
    random = Random(seed)
    graph = mlp([3, 4, 3], seed=seed % 1000)
    # Every input is positive, so that any change of a weight moves an end of a sum outward.
    prop = OutputBox([1] * 3, [2] * 3, [-100] * 3, [100] * 3)
    certificate = made(graph, prop, bits=60)
    layer = random.choice([node.name for node in graph.nodes if isinstance(node.op, Linear)])

    def change(name: str, op: Linear) -> Linear:
        if name != layer:
            return op
        weight = op.weight.copy()
        place = random.randrange(weight.size)
        weight.reshape(-1)[place] += np.float32(random.choice([-1, 1]) * 2.0**-6)
        return Linear(weight, op.bias)

    other = rebuilt(graph, change)
    refused(certificate, other, prop, "another model")
    # With the hash put right, the boxes of a changed inner layer are still wrong.
    if layer != graph.output:
        forged = msgspec.structs.replace(certificate, model_sha256=other.sha256())
        refused(forged, other, prop, "rule of Linear")


@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_a_bound_tighter_than_the_rule(random_graph, seed: int) -> None:
    """Move one bound past the exact result of its rule, by the smallest step there is."""
    random = Random(seed)
    graph = random_graph(seed)
    size = int(np.prod(graph.inputs[0].shape))
    outputs = int(np.prod(graph.output_shape))
    huge = 10**15
    prop = OutputBox([0] * size, ["1/3"] * size, [-huge] * outputs, [huge] * outputs)
    certificate = made(graph, prop, bits="exact")  # boxes are the exact results of the rules
    number = random.randrange(len(certificate.boxes))
    box = certificate.boxes[number]
    place = random.randrange(len(box.lo))
    assume(number > 0 or box.lo[place] < box.hi[place])
    side = random.choice(["lo", "hi"])
    values = list(getattr(box, side))
    values[place] += 1 if side == "lo" else -1
    refused(with_box(certificate, number, **{side: values}), graph, prop)


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_a_wider_inner_bound_is_accepted_only_with_what_follows(random_graph, seed: int) -> None:
    """Widening is sound; the boxes after it must then contain the wider rule."""
    random = Random(seed)
    graph = random_graph(seed)
    size, outputs = int(np.prod(graph.inputs[0].shape)), int(np.prod(graph.output_shape))
    prop = OutputBox([0] * size, [1] * size, [-(10**15)] * outputs, [10**15] * outputs)
    certificate = made(graph, prop)
    last = len(certificate.boxes) - 1
    box = certificate.boxes[last]
    wider = [v - random.randint(0, 9) for v in box.lo]
    assert check(with_box(certificate, last, lo=wider), graph, prop).ok


def test_the_branch_of_a_disjunction(mlp) -> None:
    graph = mlp([3, 4, 2], seed=1)
    safe = Or((LinearAtom.of({0: 1}, -1000), LinearAtom.of({0: 1}, 1000)))
    prop = LinearConstraints([0] * 3, [1] * 3, safe)
    certificate = made(graph, prop)
    proof = certificate.goal.one_of.proof
    assert certificate.goal.one_of.index == 1
    for index, message in ((0, "bounded by"), (2, "one of 2"), (-1, "one of 2")):
        goal = Goal(one_of=OrProof(index, proof))
        refused(msgspec.structs.replace(certificate, goal=goal), graph, prop, message)
    refused(msgspec.structs.replace(certificate, goal=proof), graph, prop, "one of 2")


def test_a_violation_elsewhere(mlp) -> None:
    graph = mlp([3, 4, 2], seed=1)
    prop = LinearConstraints([0] * 3, [1] * 3, LinearAtom.of({0: 1}, -1000))
    certificate = made(graph, prop, claim="violated", point=(Fraction(1, 3),) * 3)
    den = certificate.boxes[0].den
    outside = with_box(certificate, 0, lo=[2 * den] * 3, hi=[2 * den] * 3)
    refused(outside, graph, prop, "outside")
    wide = with_box(certificate, 0, lo=[0] * 3)
    refused(wide, graph, prop, "one point")
    moved = with_box(certificate, 0, lo=[den] * 3, hi=[den] * 3)
    refused(moved, graph, prop, "rule of Linear")
    holds = msgspec.structs.replace(certificate, claim="holds")
    refused(holds, graph, prop, "does not contain")


def test_strictness_at_equality() -> None:
    """y = relu(x) on [0, 1] reaches 1: y ≤ 1 is shown, y < 1 is not."""
    builder = GraphBuilder("m")
    graph = builder.build(builder.add(Relu(), builder.input((1,))), Provenance("runtime"))
    at_most = LinearConstraints([0], [1], LinearAtom.of({0: 1}, 1))
    certificate = made(graph, at_most)
    below = LinearConstraints([0], [1], LinearAtom.of({0: 1}, 1, strict=True))
    forged = msgspec.structs.replace(certificate, property_sha256=below.sha256())
    refused(forged, graph, below, "not below")

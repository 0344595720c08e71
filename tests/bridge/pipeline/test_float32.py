"""Which properties get a theorem about binary32 runs, and what becomes of the others."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from bridge.export import Claim
from bridge.pipeline import Open, Options, decide
from bridge.pipeline.float32 import Target, target
from certificates import LinearAtom, OutputBox, Property, Robust, check
from certificates.checker.float32 import check_budget
from certificates.float32 import Magnitudes, loss, rooms, tighten
from certificates.properties import Box, Case
from certificates.results import margin_of
from runtime.graph import Affine, Graph, GraphBuilder, Linear, Provenance, Relu


def network(divided: bool = False) -> Graph:
    """2-3-2; output 1 wins near (1, 1)."""
    builder = GraphBuilder("tiny")
    first = np.array([[1, 0.5], [-0.25, 1], [1, -1]], np.float32)
    second = np.array([[-1, 0.5, 1], [1, 1, -0.5]], np.float32)
    hidden = builder.add(Linear(first, np.array([0.125, 0, 0], np.float32)), builder.input((2,)))
    if divided:
        thirds = np.float32([3.0])
        hidden = builder.add(Affine(np.float32([3.0]), np.float32([0.0]), thirds), hidden)
    last = builder.add(Linear(second, np.array([0, 0.25], np.float32)), builder.add(Relu(), hidden))
    return builder.build(last, Provenance("runtime"))


NEAR = Robust([1, 1], "0.05", label=1, clip=None)


def test_a_property_with_room_gets_a_budget() -> None:
    graph = network()
    claim = decide(graph, NEAR, "p")
    assert isinstance(claim, Claim)
    assert claim.float32 is not None
    assert claim.float32_gap == ""
    (certificate,) = claim.certificates
    assert check(certificate, graph, claim.shown).ok
    assert check_budget(claim.float32, graph, NEAR.bind(graph).cases[0].box).ok
    # The certificate's boxes are those of the budget, so that Lean proves them once.
    assert certificate.boxes == [claim.float32.input, *(n.box for n in claim.float32.nodes[:-1])]


def exact_end(graph: Graph, delta: str) -> Property:
    """At one point, the first output is at most its exact value plus `delta`."""
    point = (Fraction(1), Fraction(1))
    (numerator, _), den = graph.evaluate_exact(point)[graph.output]
    bound = Fraction(numerator, den) + Fraction(delta)
    return Property("end", "linear", given=(Case(Box(point, point), LinearAtom.of({0: 1}, bound)),))


@pytest.mark.parametrize("delta", ["0", "1e-9"])
def test_what_holds_by_less_than_the_budget_keeps_its_exact_theorem(delta: str) -> None:
    graph = network()
    prop = exact_end(graph, delta)
    claim = decide(graph, prop, "p", Options(search_seconds=0.1))
    assert isinstance(claim, Claim)
    assert claim.direction == "holds"
    assert claim.float32 is None
    assert "less than binary32 runs can be off" in claim.float32_gap
    assert claim.shown is claim.prop
    assert check(claim.certificates[0], graph, prop).ok
    only = decide(graph, prop, "p", Options("float32", search_seconds=0.1))
    assert isinstance(only, Open)
    assert "It holds of exact values" in only.reason


def test_a_network_without_a_budget() -> None:
    graph = network(divided=True)
    claim = decide(graph, NEAR, "p")
    assert isinstance(claim, Claim)
    assert claim.float32 is None
    assert "divides by constants" in claim.float32_gap
    assert isinstance(decide(graph, NEAR, "p", Options("float32")), Open)
    real = decide(graph, NEAR, "p", Options("real"))
    assert isinstance(real, Claim)
    assert real.float32_gap == ""


def test_a_violated_property_has_neither() -> None:
    graph = network()
    claim = decide(graph, OutputBox([0, 0], [1, 1], [None, None], [0, 0]), "p")
    assert isinstance(claim, Claim)
    assert (claim.direction, claim.float32, claim.float32_gap) == ("violated", None, "")


def test_what_stays_open_is_told_of_the_property_itself() -> None:
    graph = network()
    wide = Robust([1, 1], "0.45", label=1, clip=None)
    both, real = (decide(graph, wide, "p", Options(kind, 0, 0)) for kind in ("both", "real"))
    assert isinstance(both, Open | Claim)
    assert type(both) is type(real)
    if isinstance(both, Open) and isinstance(real, Open):
        assert [m.other for m in both.margins] == [m.other for m in real.margins]


def test_rooms_are_margins_of_the_property() -> None:
    graph = network()
    prop = NEAR.bind(graph)
    error = Magnitudes(8, [1, 2])
    tight = tighten(prop, error).bind(graph)
    (case,) = tight.cases
    atom = next(iter(case.safe.parts)) if not isinstance(case.safe, LinearAtom) else case.safe
    margin = margin_of(tight, atom, Fraction(1, 2))
    (room,) = rooms(prop, 0, error, [margin])
    assert room.margin.other == 0
    assert room.budget == loss(atom, error) == Fraction(3, 8)
    assert room.left == Fraction(1, 2)
    assert room.margin.exact == Fraction(7, 8)


def test_the_budget_covers_every_case() -> None:
    graph = network()
    boxes = [Box((Fraction(a),) * 2, (Fraction(a + 1),) * 2) for a in (0, 3)]
    safe = LinearAtom.of({0: 1}, 100)
    prop = Property("p", "linear", given=tuple(Case(box, safe) for box in boxes))
    found = target(graph, prop)
    assert isinstance(found, Target)
    assert all(check_budget(found.budget, graph, box).ok for box in boxes)
    claim = decide(graph, prop, "p")
    assert isinstance(claim, Claim)
    assert claim.float32 is not None
    assert len(claim.certificates) == 2

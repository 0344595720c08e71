"""Balls in the l1 and l2 norms: membership, bounds by the dual norm, exact checks, searches."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates import (
    AffineCertificate,
    Certificate,
    Property,
    Robust,
    Undecided,
    check,
    find_counterexample,
    produce,
    produce_affine,
)
from certificates.affine.balls import RoundedBall
from certificates.branch import branch, plan
from certificates.checker.balls import ExactBall
from certificates.crown import Program, crown
from certificates.properties import Ball, Norm, property_from_json
from certificates.properties.balls import root_above
from certificates.search.balls import FloatBall
from runtime.errors import InputError
from runtime.graph import Graph, GraphBuilder, Linear, Provenance, Relu

FRACTIONS = st.fractions(-4, 4, max_denominator=1000)
VECTORS = st.lists(FRACTIONS, min_size=3, max_size=3).map(tuple)
BALLS = st.builds(Ball, st.sampled_from(["l1", "l2"]), VECTORS, FRACTIONS.map(abs))
ROUND: tuple[Norm, ...] = ("l1", "l2")
CENTER = np.array([0.5, 0.25, 0.75, 0.625, 0.1, 0.9], np.float32)


@pytest.fixture(scope="module")
def network() -> Graph:
    """6-10-8-3 with fixed random weights."""
    rng = np.random.default_rng(5)
    builder = GraphBuilder("round")
    last = builder.input((6,))
    for outputs, inputs in ((10, 6), (8, 10), (3, 8)):
        weight = rng.standard_normal((outputs, inputs)) / np.sqrt(inputs)
        bias = rng.standard_normal(outputs) / 5
        last = builder.add(Linear(weight.astype(np.float32), bias.astype(np.float32)), last)
        if outputs > 3:
            last = builder.add(Relu(), last)
    return builder.build(last, Provenance("runtime"))


def stays(graph: Graph, norm: Norm, eps: str) -> Property:
    label = int(graph.evaluate(CENTER).argmax())
    return Robust(CENTER, eps, label=label, norm=norm).bind(graph)


@given(st.fractions(0, 10**6))
def test_roots_are_rounded_up_by_little(square: Fraction) -> None:
    root = root_above(square)
    assert root**2 >= square
    assert root**2 <= square * (1 + Fraction(1, 1 << 70))
    assert root_above(square**2) == square


@given(BALLS, VECTORS)
def test_what_is_pulled_into_a_ball_lies_in_it(ball: Ball, x: tuple[Fraction, ...]) -> None:
    inside = ball.pulled(x, ball.center)
    assert ball.contains(inside)
    assert (inside == x) == ball.contains(x)
    # On the way from the center, and close to the surface.
    if not ball.contains(x):
        further = tuple(
            c + (v - c) * Fraction(1001, 1000) for v, c in zip(inside, ball.center, strict=True)
        )
        assert ball.radius == 0 or not ball.contains(further)


@given(BALLS, VECTORS, st.integers(0, 1 << 30))
def test_bounds_of_rows_hold_on_points_and_are_attained(
    ball: Ball, row: tuple[Fraction, ...], seed: int
) -> None:
    den = 1000
    coefficients = [int(v * den) for v in row]
    exact = Fraction(*ExactBall(ball).upper(coefficients, den))
    rows = np.array([[c / den for c in coefficients]])
    rounded = float(RoundedBall(ball).upper(rows)[0])
    assert Fraction(rounded) >= exact - Fraction(1, 10**15)
    assert rounded <= float(exact) + 1e-9

    def value(x: tuple[Fraction, ...]) -> Fraction:
        return sum(
            (Fraction(c, den) * v for c, v in zip(coefficients, x, strict=True)), Fraction(0)
        )

    rng = np.random.default_rng(seed)
    for _ in range(5):
        away = tuple(Fraction(float(v)) for v in rng.normal(0, 8, 3))
        assert value(ball.pulled(away, ball.center)) <= exact
    # Far out along the dual direction.
    if ball.norm == "l1":
        most = max(map(abs, coefficients))
        first = next(i for i, c in enumerate(coefficients) if abs(c) == most)
        move = [c if i == first else 0 for i, c in enumerate(coefficients)]
    else:
        move = coefficients
    top = ball.pulled(
        tuple(c + 10**6 * m for c, m in zip(ball.center, move, strict=True)), ball.center
    )
    assert value(top) >= exact - Fraction(1, 10**9)


def test_the_norm_is_part_of_the_property(network: Graph) -> None:
    props = [stays(network, norm, "1/10") for norm in ("linf", "l1", "l2")]
    assert len({prop.sha256() for prop in props}) == 3
    for prop in props:
        again = property_from_json(prop.to_json()).bind(network)
        assert again == prop
        assert again.cases == prop.cases
    assert "in the l2 norm" in props[2].describe()
    data = props[1].to_json()
    data["robust"]["norm"] = "l3"
    with pytest.raises(InputError, match="norm"):
        property_from_json(data)


@pytest.mark.parametrize("norm", ROUND)
def test_a_clip_range_that_misses_the_ball_is_refused(norm: Norm) -> None:
    # The box around the ball has points of the range, and the ball has none.
    with pytest.raises(InputError, match="clip range"):
        Robust([1.5, 1.5], "3/5", label=0, norm=norm)
    Robust([1.5, 1.5], "3/5", label=0, norm="linf")


@pytest.mark.parametrize("norm", ROUND)
@pytest.mark.parametrize("method", ["crown", "alpha"])
def test_crown_on_balls_holds_on_points_and_beats_the_box(network: Graph, norm, method) -> None:
    case = stays(network, norm, "1/2").cases[0]
    ends = [np.array([float(v) for v in end]) for end in (case.box.lo, case.box.hi)]
    on_ball = crown(Program(network, ball=case.ball), *ends, method=method)
    on_box = crown(network, *ends, method=method)
    assert bool((on_ball.upper < on_box.upper - 1e-3).all())
    rng = np.random.default_rng(0)
    for _ in range(300):
        x = case.nearest(tuple(Fraction(float(v)) for v in rng.normal(0.5, 1, 6)))
        assert case.contains(x)
        numerators, den = network.evaluate_exact(x)[network.output]
        y = np.array([float(Fraction(n, den)) for n in numerators])
        assert bool((np.concatenate([y, -y]) <= on_ball.upper[0] + 1e-9).all())


def proved(graph: Graph, norm: Norm) -> tuple[Property, AffineCertificate]:
    """A property that holds on the ball and is open on the box around it."""
    for number in range(60, 0, -1):
        prop = stays(graph, norm, f"{number}/60")
        certificate = produce_affine(graph, prop, 0)
        if isinstance(certificate, AffineCertificate):
            box = replace(prop, robust=replace(prop.robust, norm="linf"))
            assert isinstance(produce_affine(graph, box, 0), Undecided)
            return prop, certificate
    raise AssertionError("nothing is shown")


@pytest.mark.parametrize("norm", ROUND)
def test_certificates_on_balls_are_checked_against_the_ball(network: Graph, norm: Norm) -> None:
    prop, certificate = proved(network, norm)
    assert check(certificate, network, prop).ok
    # The same numbers on the box, or on a ball a little larger, do not follow.
    robust = prop.robust
    assert robust is not None
    for other in (
        replace(robust, norm="linf"),
        replace(robust, eps=robust.eps * Fraction(1001, 1000)),
    ):
        changed = replace(prop, robust=other)
        stolen = msgspec.structs.replace(certificate, property_sha256=changed.sha256())
        box = changed.cases[0].box
        first = certificate.root.boxes[0]  # type: ignore[attr-defined]
        den = first.den * 1000 * robust.eps.denominator
        wide = msgspec.structs.replace(
            first,
            den=den,
            lo=[int(v * den // 1) for v in box.lo],
            hi=[int(-(-v * den // 1)) for v in box.hi],
        )
        boxes = [wide, *certificate.root.boxes[1:]]  # type: ignore[attr-defined]
        stolen = msgspec.structs.replace(
            stolen,
            root=msgspec.structs.replace(certificate.root, boxes=boxes),
        )
        result = check(stolen, network, changed)
        assert not result.ok
        assert "below what" in result.message or "above what" in result.message


@pytest.mark.parametrize("norm", ROUND)
@pytest.mark.parametrize("kind", ["input", "neuron"])
def test_splits_on_balls(network: Graph, norm: Norm, kind) -> None:
    prop, _ = proved(network, norm)
    assert prop.robust is not None
    wider = stays(network, norm, str(prop.robust.eps * Fraction(21, 20)))
    outcome = branch(network, wider, 0, seconds=30, kind=kind, slack=1e-4, search_seconds=0)
    assert outcome.status == "proved"
    certificate = produce_affine(network, wider, 0, plan(network, wider, 0, outcome.tree))
    assert isinstance(certificate, AffineCertificate)
    assert check(certificate, network, wider).ok


@pytest.mark.parametrize("norm", ROUND)
def test_violations_lie_in_the_ball_exactly(network: Graph, norm: Norm) -> None:
    answer = int(network.evaluate(CENTER).argmax())
    wrong = Robust(CENTER, "1/100", label=(answer + 1) % 3, norm=norm).bind(network)
    found = find_counterexample(network, wrong, 0, seconds=5)
    assert found is not None
    assert wrong.cases[0].contains(found.input)
    certificate = produce(network, wrong, 0, claim="violated", point=found.input)
    assert isinstance(certificate, Certificate)
    assert check(certificate, network, wrong).ok

    # A corner of the box around the ball is refused by both.
    corner = wrong.cases[0].box.hi
    assert not wrong.cases[0].contains(corner)
    with pytest.raises(InputError, match="among the inputs"):
        produce(network, wrong, 0, claim="violated", point=corner)
    box = Robust(CENTER, "1/100", label=(answer + 1) % 3).bind(network)
    outside = produce(network, box, 0, claim="violated", point=corner)
    assert isinstance(outside, Certificate)
    stolen = msgspec.structs.replace(outside, property_sha256=wrong.sha256())
    result = check(stolen, network, wrong)
    assert not result.ok
    assert f"outside the property's {norm} ball" in result.message


@pytest.mark.parametrize("norm", ROUND)
def test_points_of_a_search_are_moved_into_the_ball(norm: Norm) -> None:
    assert norm != "linf"
    ball = Ball(norm, tuple(map(Fraction, CENTER.tolist())), Fraction(1, 3))
    points = np.random.default_rng(2).normal(0.5, 1, (50, 6)).astype(np.float32)
    inside = FloatBall(ball, CENTER).inside(points)
    assert all(ball.contains([Fraction(float(v)) for v in x]) for x in inside)
    near = CENTER + (points - CENTER) / 100
    np.testing.assert_allclose(FloatBall(ball, CENTER).inside(near), near, atol=1e-6)


@pytest.mark.parametrize("norm", ROUND)
def test_a_ball_of_radius_zero(network: Graph, norm: Norm) -> None:
    prop = stays(network, norm, "0")
    certificate = produce_affine(network, prop, 0)
    assert isinstance(certificate, AffineCertificate)
    assert check(certificate, network, prop).ok

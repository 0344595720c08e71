"""Branch and bound on the ladder: what one pass leaves open, shown exactly in parts."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.importers.vnnlib import from_vnnlib
from bridge.vnncomp.attempts import Attempt, Task
from bridge.vnncomp.branching import branch_and_bound
from bridge.vnncomp.decide import Decider
from bridge.vnncomp.strategies import affine
from certificates import AffineCertificate, Certificate, Property, check
from certificates.affine.plan import Plan
from certificates.affine.produce import produce_affine
from certificates.branch import Outcome, Violation, branch
from certificates.properties import Box, Case, LinearAtom
from runtime.graph import Graph, GraphBuilder, Linear, Provenance, Relu

from .conftest import PROPERTIES


def twins(inputs: int) -> Graph:
    """max(s, 0) − max(s, 0) for s = Σ x: always zero, which no pass without splits sees."""
    builder = GraphBuilder("twins")
    x = builder.input((inputs,))
    both = builder.add(Linear(np.ones((2, inputs), np.float32), np.zeros(2, np.float32)), x)
    bent = builder.add(Relu(), both)
    last = Linear(np.array([[1, -1]], np.float32), np.zeros(1, np.float32))
    return builder.build(builder.add(last, bent), Provenance("runtime"))


def below(limit: str, inputs: int) -> Property:
    """y_0 < limit for all x of [-1, 1]."""
    ends = [Fraction(-1)] * inputs, [Fraction(1)] * inputs
    safe = LinearAtom(((0, Fraction(1)),), Fraction(limit), strict=True)
    return Property(name="below", kind="linear", given=(Case(Box(*map(tuple, ends)), safe),))


def asked(graph: Graph, prop: Property, seen: list[Attempt], words: list[str]) -> Attempt:
    return branch_and_bound(Task(graph, prop, 0, 30.0, words.append, seen.append))


@pytest.mark.parametrize("inputs", [2, 40])
def test_parts_are_shown(inputs: int) -> None:
    """Few inputs are split themselves, of many the signs of neurons."""
    graph = twins(inputs)
    prop = below("1/10", inputs).bind(graph)
    one_pass = affine("alpha")(Task(graph, prop, 0, 30.0, lambda _: None, lambda _: None))
    assert one_pass.certificate is None
    seen: list[Attempt] = []
    words: list[str] = []
    found = asked(graph, prop, seen, words)
    assert isinstance(found.certificate, AffineCertificate)
    assert check(found.certificate, graph, prop).ok
    assert found.leaves >= 2
    assert found.nodes >= 3
    assert seen
    assert all(attempt.certificate is None and attempt.reason for attempt in seen)
    assert any(word.startswith("branch and bound: ") for word in words)


def test_the_ladder_ends_there() -> None:
    graph = twins(2)
    decider = Decider(graph, below("1/10", 2).bind(graph), timeout=8.0)
    decider.run()
    assert decider.open_cases == []
    assert decider.strategy == "branch"
    assert decider.rejections == []
    assert decider.leaves >= 2
    assert decider.bound is not None
    assert 0 < decider.bound <= 0.1


def test_what_stays_open_says_how_far_it_came(network: Graph, tmp_path: Path) -> None:
    path = tmp_path / "open.vnnlib"
    path.write_text(PROPERTIES["open"])
    prop = from_vnnlib(path, network).bind(network)
    found = branch_and_bound(Task(network, prop, 0, 2.0, lambda _: None, lambda _: None))
    assert found.certificate is None
    assert found.bound is not None
    assert found.bound <= 0
    assert found.nodes > 1
    assert f"{found.leaves} parts after {found.nodes} nodes" in found.reason


def test_of_many_parts_certificates_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    slacks: list[float] = []
    made: list[int] = []

    def searched(*given: Any, **options: Any) -> Outcome:
        slacks.append(options["slack"])
        return branch(*given, **options)

    def produced(graph: Graph, prop: Property, case: int, found: Plan) -> object:
        made.append(case)
        return produce_affine(graph, prop, case, found)

    monkeypatch.setattr("bridge.pipeline.branching.branch", searched)
    monkeypatch.setattr("bridge.pipeline.branching.produce_affine", produced)
    graph = twins(2)
    prop = below("1/10", 2).bind(graph)
    for many, expected in ((1000, 1), (1, 2)):
        slacks.clear()
        made.clear()
        monkeypatch.setattr("bridge.pipeline.branching._MANY", many)
        found = asked(graph, prop, [], [])
        assert isinstance(found.certificate, AffineCertificate)
        assert check(found.certificate, graph, prop).ok
        assert slacks == sorted(set(slacks))
        assert (len(slacks), made) == (expected, [0])


@pytest.mark.parametrize(
    ("point", "taken"),
    [
        ([Fraction(1, 3), Fraction(0)], [float(np.float32(1 / 3)), 0.0]),
        ([Fraction(1, 4), Fraction(1, 2)], [0.25, 0.5]),
    ],
)
def test_violations_are_taken_at_binary32_numbers(
    monkeypatch: pytest.MonkeyPatch, point: Sequence[Fraction], taken: Sequence[float]
) -> None:
    graph = twins(2)
    prop = below("-1", 2).bind(graph)

    class Found:
        violation = Violation(tuple(point), (Fraction(0),))
        nodes = 5

    monkeypatch.setattr("bridge.pipeline.branching.branch", lambda *_, **__: Found)
    found = asked(graph, prop, [], [])
    assert isinstance(found.certificate, Certificate)
    assert check(found.certificate, graph, prop).ok
    box = found.certificate.boxes[0]
    assert [Fraction(n, box.den) for n in box.lo] == [Fraction(value) for value in taken]
    assert found.nodes == 5

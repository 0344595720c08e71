"""Deciding and naming: what happens before Lean."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.export import Claim
from bridge.export.names import camel, claim_id
from bridge.pipeline import Open, Options, decide, decide_all, load, read_input
from bridge.pipeline.decide import Checked
from bridge.pipeline.ids import claim_ids
from certificates import AffineCertificate, And, LinearAtom, OutputBox, Property, check
from certificates.affine.format import RegionSplit
from certificates.properties import Box, Case
from runtime.errors import InputError
from runtime.graph import Abs, Graph, GraphBuilder, Linear, Provenance, Relu, Sub


def named(name: str) -> Property:
    return OutputBox([0], [1], [0], [1], name=name)


def ids(*names: str) -> list[str]:
    return claim_ids([named(name) for name in names])


def test_ids() -> None:
    assert ids(
        *("prop_3", "Digit 6 stays within 0.02", "0.1", "theorem", "модель", "model", "fc weight"),
    ) == [
        "prop_3",
        "digit_6_stays_within_0_02",
        "claim_0_1",
        "claim_theorem",
        "claim",
        "claim_model",
        "fc_weight_claim",
    ]


def test_ids_differ_as_file_names_too() -> None:
    found = ids("a_1", "a1", "A 1", "a-1")
    assert len({camel(name).lower() for name in found}) == 4


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=60), max_size=8
    )
)
def test_any_names_give_usable_ids(names: list[str]) -> None:
    found = ids(*(name for name in names if name.isprintable()))
    assert all(claim_id(name) for name in found)
    assert len({camel(name).lower() for name in found}) == len(found)


def identity() -> Graph:
    """y = relu(x) on two numbers."""
    builder = GraphBuilder("identity")
    eye = Linear(np.eye(2, dtype=np.float32), np.zeros(2, np.float32))
    hidden = builder.add(Relu(), builder.add(eye, builder.input((2,))))
    return builder.build(builder.add(eye, hidden), Provenance("runtime"))


def case(lo: int, hi: int, bound: int) -> Case:
    """On [lo, hi]², both outputs stay at or below the bound."""
    box = Box((Fraction(lo),) * 2, (Fraction(hi),) * 2)
    atoms = tuple(LinearAtom.of({i: 1}, bound) for i in range(2))
    return Case(box, And(atoms))


def test_a_property_holds_when_every_case_does() -> None:
    graph = identity()
    prop = Property("p", "linear", given=(case(0, 1, 1), case(-3, 2, 2)))
    result = decide(graph, prop, "p")
    assert isinstance(result, Claim)
    assert (result.direction, [c.case for c in result.certificates]) == ("holds", [0, 1])
    assert all(check(c, graph, prop).ok for c in result.certificates)


def test_a_property_is_violated_when_one_case_is() -> None:
    graph = identity()
    prop = Property("p", "linear", given=(case(0, 1, 1), case(0, 2, 1)))
    result = decide(graph, prop, "p")
    assert isinstance(result, Claim)
    assert (result.direction, [c.case for c in result.certificates]) == ("violated", [1])
    assert check(result.certificates[0], graph, prop).ok


def difference() -> tuple[Graph, Property]:
    """What is exactly zero, but a single line above each kink does not see that parts cancel."""
    builder = GraphBuilder("difference")
    x = builder.input((1,))
    ends = Linear(np.array([[1], [-1]], np.float32), np.zeros(2, np.float32))
    both = Linear(np.array([[1, 1]], np.float32), np.zeros(1, np.float32))
    size = builder.add(both, builder.add(Relu(), builder.add(ends, x)))
    graph = builder.build(builder.add(Sub(), size, builder.add(Abs(), x)), Provenance("runtime"))
    return graph, OutputBox([-1], [1], [-0.5], [0.5])


def test_what_bounds_and_search_leave_open() -> None:
    steps: list[str] = []
    options = Options(branch_seconds=0, search_seconds=0.1)
    result = decide(*difference(), "p", options, on_step=steps.append)
    assert isinstance(result, Open)
    assert "No counterexample" in result.reason
    assert min(margin.margin for margin in result.margins) < 0
    assert steps == [
        "bounding float32 rounding for p",
        "bounding p",
        "looking for a counterexample to p",
    ]


def test_what_only_splits_show() -> None:
    graph, prop = difference()
    steps: list[str] = []
    result = decide(graph, prop, "p", on_step=steps.append)
    assert isinstance(result, Claim)
    (certificate,) = result.certificates
    assert isinstance(certificate, AffineCertificate)
    assert isinstance(certificate.root, RegionSplit)
    assert check(certificate, graph, result.shown).ok
    assert steps[2] == "branch and bound"


def test_lean_is_not_asked_about_too_many_parts() -> None:
    result = decide(*difference(), "p", Options(most_regions=1))
    assert isinstance(result, Checked)
    assert "into 2 parts, and Lean is asked about 1" in result.reason
    assert min(margin.margin for margin in result.margins) >= 0


def test_splits_find_violations() -> None:
    graph, _ = difference()
    result = decide(graph, OutputBox([-1], [1], [0.5], [1]), "p", Options(search_seconds=0))
    assert isinstance(result, Claim)
    assert result.direction == "violated"


def test_nothing_to_decide() -> None:
    with pytest.raises(InputError, match="no property"):
        decide_all(identity(), [])


def test_a_graph_is_its_own_model() -> None:
    graph = identity()
    assert load(graph).graph is graph
    assert load(graph).importer_check is None


def test_inputs_are_exact(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[0.1, [1, 2e-3]]")
    assert read_input(tmp_path / "x.json") == ["0.1", [1, "2e-3"]]
    np.save(tmp_path / "x.npy", np.float32([0.1]))
    assert read_input(tmp_path / "x.npy").dtype == np.float32

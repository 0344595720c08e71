"""Splits of certificates in Lean's terms: boxes that cover, cuts of forms, trees, files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

import numpy as np
import pytest

from bridge.export import Claim, lower, project_files
from bridge.export.affine import missing
from bridge.export.affine import modules as layout
from bridge.export.affine import region as writer
from bridge.export.affine.trees import cut_denominator, forest
from certificates import AffineCertificate, LinearAtom, LinearConstraints, Property
from certificates.affine.format import (
    Batch,
    Leaf,
    Region,
    RegionBox,
    Relax,
    Row,
    Tree,
    TreeSplit,
    Upper,
)
from certificates.affine.plan import Plan, PlanSplit, crown_plan
from certificates.affine.produce import produce_affine
from certificates.crown import Program
from certificates.format import NodeBox
from runtime.errors import InputError
from runtime.graph import Graph, GraphBuilder, Linear, Provenance, Relu
from tests.certificates.affine.support import empty_leaf

ORDER = ("x", "z", "h", "y")
START = NodeBox("x", 6, [-6, -6], [6, 6])


def region(tree: Tree, *owners: int | None) -> Region:
    """A region whose goal has row r with the coefficient r + 1, at the leaf owners[r]."""
    rows = [Row([(0, r + 1)], leaf) for r, leaf in enumerate(owners)]
    numbers = list(range(len(owners)))
    relax = [Relax("h", 4, [numbers, [-n for n in numbers]])]
    goal = Batch("y", rows, relax, Upper(2, [10 + n for n in numbers]))
    return Region([RegionBox("x", 6, [-6, -6], [6, 6])], [goal], tree, 0)


def z(entry: int, low: Tree, high: Tree) -> TreeSplit:
    return TreeSplit("z", entry, (0, 1), low, high)


def x(at: tuple[int, int], low: Tree, high: Tree) -> TreeSplit:
    return TreeSplit("x", 1, at, low, high)


def test_forms_stand_leaf_by_leaf() -> None:
    found = forest(region(z(0, Leaf(1), Leaf(0)), 0, 1, None, 0), ORDER, START)
    # Leaf 1 comes first; the row of the whole region stands at both leaves.
    assert [row.form for row in found.batch.rows] == [
        [(0, 2)],
        [(0, 3)],
        [(0, 1)],
        [(0, 3)],
        [(0, 4)],
    ]
    assert found.batch.upper.num == [11, 12, 10, 12, 13]
    assert found.batch.relax[0].coefficients == [[1, 2, 0, 2, 3], [-1, -2, 0, -2, -3]]
    text = " ".join(found.tree.split())
    assert text == "(.split (.before (.before .last)) 0 0 1 (.leaf 0 2) (.leaf 2 3))"
    # No cut for the row of the whole region: bits 1 and 3 are not set.
    assert found.cuts == {"z": ["Cut.mk 0 0 1 0x14 0x1"]}


def test_cuts_of_the_input_stand_over_the_denominator_of_its_box() -> None:
    tree = x((1, 2), x((-1, 3), Leaf(0), Leaf(1)), x((5, 6), Leaf(2), Leaf(3)))
    several = region(tree, 0, 1, 2, 3)
    assert cut_denominator(several, "x") == 6
    found = forest(several, ORDER, START)
    assert found.cuts == {
        "x": [
            "Cut.mk 1 (-2) 6 0x2 0x1",  # below −1/3 is stricter than below 1/2
            "Cut.mk 1 3 6 0x4 0x2",
            "Cut.mk 1 5 6 0x8 0x4",  # above 5/6 is stricter than above 1/2
        ]
    }
    assert "(.before (.before (.before .last))) 1 (-1) 3" in found.tree


def test_cuts_of_the_input_stay_in_its_box() -> None:
    found = forest(region(x((2, 1), Leaf(0), Leaf(1)), 0, 1), ORDER, START)
    # Below 2 takes nothing away; above 2 is above the end 1, which is less strict.
    assert found.cuts == {"x": ["Cut.mk 1 6 6 0x2 0x0"]}


def test_splits_of_what_does_not_run() -> None:
    with pytest.raises(InputError, match="nowhere"):
        forest(region(TreeSplit("nowhere", 0, (0, 1), Leaf(0), Leaf(1)), 0, 1), ORDER, START)


def split(graph: Graph, times: int) -> tuple[Property, AffineCertificate]:
    """A property that is split in the middle, and its right part again and again."""
    atom = LinearAtom.of({0: 1}, 100)
    prop = LinearConstraints([0, 0], [1, 1], atom, name="parts").bind(graph)
    plan = crown_plan(Program(graph), atom)
    whole: Plan = plan
    for number in reversed(range(times)):
        whole = PlanSplit(number % 2, 1 - Fraction(1, 2 ** (number // 2 + 1)), plan, whole)
    certificate = produce_affine(graph, prop, 0, whole)
    assert isinstance(certificate, AffineCertificate)
    return prop, certificate


def modules(graph: Graph, claim: Claim) -> dict[str, str]:
    """The Lean files of the claim's certificate, without what their paths have in common."""
    files, manifest = project_files(graph, [claim])
    prefix = f"{manifest.root}/Certificate/Parts"
    return {
        path.removeprefix(prefix): data.decode()
        for path, data in files.items()
        if path.startswith(prefix)
    }


def test_regions_share_files_up_to_a_cost(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    prop, certificate = split(graph, 4)
    claim = Claim("parts", prop, "holds", (certificate,))
    together = modules(graph, claim)
    assert sorted(together) == [".lean", "/Regions1.lean", "/Traces.lean"]
    monkeypatch.setattr(layout, "FILE", 1)
    apart = modules(graph, claim)
    # What the regions have side by side, and a file for what follows for each of them.
    assert sorted(apart) == [".lean", *(f"/Regions{n}.lean" for n in range(1, 7)), "/Traces.lean"]
    names = [re.findall(r"^namespace (region_\d+)$", text, re.M) for text in apart.values()]
    assert sorted(len(found) for found in names) == [0, 0, 1, 1, 1, 1, 1, 5]
    assert {name for found in names for name in found} == {f"region_{n}" for n in range(1, 6)}
    # Whatever the files, the main module covers with the same theorems, and no trace is repeated.
    covers = [re.findall(r"^  \.split .*\n.*$", text[".lean"], re.M) for text in (together, apart)]
    assert covers[0] == covers[1]
    assert len(covers[0]) == 4
    assert sum(text.count("Trace [2] [[2]] := .input") for text in apart.values()) == 1


def test_a_heavy_region_goes_on_in_the_next_file(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    builder = GraphBuilder("deep")
    last = builder.input((4,))
    for number in range(4):
        weight = (rng.standard_normal((4, 4)) / 2).astype(np.float32)
        last = builder.add(Linear(weight, np.zeros(4, np.float32)), last, hint=f"z{number}")
        last = builder.add(Relu(), last) if number < 3 else last
    graph = lower(builder.build(last, Provenance("runtime")))
    atom = LinearAtom.of({0: 1}, 100)
    prop = LinearConstraints([-1] * 4, [1] * 4, atom, name="parts").bind(graph)
    certificate = produce_affine(graph, prop, 0)
    assert isinstance(certificate, AffineCertificate)
    claim = Claim("parts", prop, "holds", (certificate,))
    (whole,) = modules(graph, claim).values()
    monkeypatch.setattr(writer, "FILE", 1)
    monkeypatch.setattr(layout, "FILE", 1)
    pieces = modules(graph, claim)
    assert sorted(pieces) == [".lean", "/Regions1.lean", "/Regions2.lean", "/Traces.lean"]
    place = "public import Deep.Certificate.Parts."
    assert f"{place}Traces" in pieces["/Regions1.lean"]
    assert f"{place}Regions1" in pieces["/Regions2.lean"]
    assert f"{place}Regions2" in pieces[".lean"]

    def statements(texts: Iterable[str]) -> list[str]:
        return sorted(re.findall(r"^(?:theorem|@\[expose\] def) .*", "\n".join(texts), re.M))

    assert len(statements([whole])) > 20
    assert statements([whole]) == statements(pieces.values())


def test_a_leaf_without_a_form_is_exported() -> None:
    graph, prop, certificate = empty_leaf()
    assert missing(graph) is None
    assert isinstance(certificate.root, Region)
    rows = certificate.root.batches[certificate.root.goal].rows
    assert any(not row.form for row in rows)
    graph = lower(graph)
    files, _ = project_files(graph, [Claim("ramp", prop, "holds", (certificate,))])
    (text,) = (
        data.decode() for path, data in files.items() if path.endswith("Certificate/Ramp.lean")
    )
    assert ".of_tree tree" in text

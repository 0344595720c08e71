"""Certificates with regions and with trees in Lean: proved, and refused once a part is changed."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from bridge import toolchain
from bridge.check import check_project
from bridge.export import Claim, export_project, lower
from bridge.export.affine import region
from certificates import AffineCertificate, LinearAtom, LinearConstraints, Property
from certificates.affine.format import Region, TreeSplit, regions
from certificates.affine.produce import produce_affine
from certificates.branch import branch, plan
from certificates.branch.branch import Kind
from runtime.graph import Graph, GraphBuilder, Linear, Provenance, Relu
from tests.certificates.affine.support import empty_leaf

pytestmark = [pytest.mark.lean, pytest.mark.slow]


def network() -> Graph:
    """2-8-6-2 with fixed random weights."""
    rng = np.random.default_rng(0)
    builder = GraphBuilder("parts")
    last = builder.input((2,))
    for number, (outputs, inputs) in enumerate([(8, 2), (6, 8), (2, 6)]):
        weight = rng.standard_normal((outputs, inputs)) / np.sqrt(inputs) * 1.5
        bias = rng.standard_normal(outputs) * 0.3
        last = builder.add(Linear(weight.astype(np.float32), bias.astype(np.float32)), last)
        if number < 2:
            last = builder.add(Relu(), last)
    return lower(builder.build(last, Provenance("runtime")))


def bounded(graph: Graph) -> Property:
    """The outputs differ by no more than they do at some points of the square, and a tenth."""
    points = np.random.default_rng(1).uniform(-1, 1, (4000, 2)).astype(np.float32)
    most = max(y[1] - y[0] for y in map(graph.evaluate, points))
    atom = LinearAtom.of({0: -1, 1: 1}, Fraction(round(100 * float(most)) + 10, 100))
    return LinearConstraints([-1, -1], [1, 1], atom, name="bounded").bind(graph)


def made(graph: Graph, prop: Property, kind: Kind) -> AffineCertificate:
    """The certificate of the tree that is found when this is split."""
    tree = branch(graph, prop, 0, seconds=60, kind=kind, slack=1e-4).tree
    certificate = produce_affine(graph, prop, 0, plan(graph, prop, 0, tree))
    assert isinstance(certificate, AffineCertificate)
    return certificate


def failed(project: Path) -> dict[str, set[str]]:
    """By module that Lean refuses, the lines that it complains about."""
    result = toolchain.build(project, None, toolchain=toolchain.select())
    found: dict[str, set[str]] = {}
    for module in result.modules:
        if module.status == "failed":
            lines = (project / f"{module.module.replace('.', '/')}.lean").read_text().splitlines()
            errors = [item for item in module.diagnostics if item.severity == "error"]
            found[module.module] = {lines[error.line - 1].strip() for error in errors}
    return found


def exchanged(text: str, pattern: str) -> str:
    """The first two different texts of this form, each in place of the other."""
    first, second = list(dict.fromkeys(re.findall(pattern, text)))[:2]
    others = {first: second, second: first}
    return re.sub(pattern, lambda match: others.get(match[0], match[0]), text)


def test_parts_of_both_kinds_are_proved_and_refused_when_one_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(region, "FILE", 1)  # as if it were heavy: the tree's region in two files
    graph = network()
    prop = bounded(graph)
    boxes, signs = made(graph, prop, "input"), made(graph, prop, "neuron")
    assert 2 < len(list(regions(boxes.root))) < 20
    assert isinstance(signs.root, Region)
    assert isinstance(signs.root.tree, TreeSplit)

    project = tmp_path / "proof"
    claims = [Claim("boxes", prop, "holds", (boxes,)), Claim("signs", prop, "holds", (signs,))]
    export_project(graph, claims, project)
    found = {c.id: (c.verdict.value, c.message) for c in check_project(project).claims}
    assert found == {"boxes": ("proved", ""), "signs": ("proved", "")}

    # Lean alone: the last region in place of the one beside it, and a leaf with forms of another.
    cover = project / "Parts" / "Certificate" / "Boxes.lean"
    text = cover.read_text()
    last = re.search(r"\.split \d+ (region_\d+)\.x_box (region_\d+)\.x_box", text)
    assert last is not None
    cover.write_text(re.sub(rf"\b{last[1]}\b", last[2], text))
    tree = project / "Parts" / "Certificate" / "Signs.lean"
    text = tree.read_text()
    assert "(.leaf 1 1)" in text
    tree.write_text(text.replace("(.leaf 1 1)", "(.leaf 0 1)"))
    refused = failed(project)
    assert set(refused) == {"Parts.Certificate.Boxes", "Parts.Certificate.Signs"}
    assert all(".split" in line for line in refused["Parts.Certificate.Boxes"])
    assert all(".of_tree" in line for line in refused["Parts.Certificate.Signs"])

    # Two regions exchange the boxes that their forms rely on.
    beside = project / "Parts" / "Certificate" / "Boxes" / "Regions1.lean"
    text = beside.read_text()
    for value in ("x_box", r"linear_2_tight\d+"):
        beside.write_text(exchanged(text, rf"region_\d+\.{value}\.flat"))
        lines = failed(project)["Parts.Certificate.Boxes.Regions1"]
        assert lines
        assert all("by decide +kernel" in line for line in lines)


def test_a_leaf_that_is_empty_is_proved(tmp_path: Path) -> None:
    graph, prop, certificate = empty_leaf()
    project = tmp_path / "proof"
    export_project(graph, [Claim("ramp", prop, "holds", (certificate,))], project)
    (claim,) = check_project(project).claims
    assert (claim.verdict.value, claim.message) == ("proved", "")

    # Lean alone: bounded by 0 and not by -1, the form says nothing.
    file = project / "Ramp" / "Certificate" / "Ramp.lean"
    text = file.read_text()
    found = re.search(r"def batch_0_upper : Lanes where.*?num := nat_lit 0x([0-9a-f]+)", text, re.S)
    assert found is not None, text
    lanes = int(found[1], 16)
    bits = re.search(r"bits := (\d+)", found[0])
    assert bits is not None
    more = lanes + (1 << int(bits[1]))
    file.write_text(text[: found.start(1)] + f"{more:x}" + text[found.end(1) :])
    assert set(failed(project)) == {"Ramp.Certificate.Ramp"}

"""Balls in the l1 and l2 norms in Lean: proved, refuted, and refused with a larger radius."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from bridge import toolchain
from bridge.check import check_project
from bridge.export import Claim, export_project, lower
from certificates import AffineCertificate, Certificate, Property, Robust, produce, produce_affine
from certificates.affine.format import Region, RegionSplit, TreeSplit
from certificates.branch import branch, plan
from certificates.branch.branch import Kind
from certificates.properties import Norm
from certificates.search import find_counterexample
from runtime.graph import Graph, GraphBuilder, Linear, Provenance, Relu

pytestmark = [pytest.mark.lean, pytest.mark.slow]

CENTER = np.array([0.625, 0.25, 0.5], np.float32)


def network() -> Graph:
    """3-8-6-3 with fixed random weights."""
    rng = np.random.default_rng(4)
    builder = GraphBuilder("round")
    last = builder.input((3,))
    for outputs, inputs in ((8, 3), (6, 8), (3, 6)):
        weight = rng.standard_normal((outputs, inputs)) / np.sqrt(inputs) * 1.5
        bias = rng.standard_normal(outputs) * 0.3
        last = builder.add(Linear(weight.astype(np.float32), bias.astype(np.float32)), last)
        if outputs > 3:
            last = builder.add(Relu(), last)
    return lower(builder.build(last, Provenance("runtime")))


def stays(graph: Graph, norm: Norm, eps: Fraction) -> Property:
    label = int(graph.evaluate(CENTER).argmax())
    return Robust(CENTER, eps, label=label, norm=norm, clip=(-3, 3), name="stays").bind(graph)


def largest(graph: Graph, norm: Norm) -> Fraction:
    """A radius that CROWN shows without splits; a part larger it does not."""
    eps = Fraction(1, 32)
    while isinstance(produce_affine(graph, stays(graph, norm, eps), 0), AffineCertificate):
        eps += Fraction(1, 32)
    return eps - Fraction(1, 32)


def split(graph: Graph, norm: Norm, kind: Kind) -> Claim:
    """A claim that needs splits."""
    eps = largest(graph, norm)
    while True:
        eps += Fraction(1, 32)
        prop = stays(graph, norm, eps)
        outcome = branch(graph, prop, 0, seconds=20, kind=kind, slack=1e-4, search_seconds=0)
        assert outcome.status == "proved"
        if outcome.tree.size > 1:
            break
    certificate = produce_affine(graph, prop, 0, plan(graph, prop, 0, outcome.tree))
    assert isinstance(certificate, AffineCertificate)
    root = certificate.root
    if kind == "input":
        assert isinstance(root, RegionSplit)
    else:
        assert isinstance(root, Region)
        assert isinstance(root.tree, TreeSplit)
    return Claim(f"{norm}_{kind}_splits", prop, "holds", (certificate,))


def refuted(graph: Graph, norm: Norm, eps: int) -> Claim:
    prop = stays(graph, norm, Fraction(eps))
    found = find_counterexample(graph, prop, 0, seconds=20)
    assert found is not None
    made = produce(graph, prop, 0, claim="violated", point=found.input)
    assert isinstance(made, Certificate)
    return Claim(f"{norm}_fails", prop, "violated", (made,))


def whole(graph: Graph, norm: Norm) -> Claim:
    """A claim that the box around the ball does not show."""
    prop = stays(graph, norm, largest(graph, norm))
    box = replace(prop, robust=replace(prop.robust, norm="linf"))  # type: ignore[type-var]
    assert not isinstance(produce_affine(graph, box, 0), AffineCertificate)
    affine = produce_affine(graph, prop, 0)
    assert isinstance(affine, AffineCertificate)
    return Claim(f"{norm}_whole", prop, "holds", (affine,))


def small(graph: Graph, norm: Norm) -> Claim:
    """A claim that the box around the ball shows."""
    prop = stays(graph, norm, Fraction(1, 512))
    interval = produce(graph, prop, 0)
    assert isinstance(interval, Certificate)
    return Claim(f"{norm}_small", prop, "holds", (interval,))


def test_balls_are_proved_refuted_and_refused_with_a_larger_radius(tmp_path: Path) -> None:
    graph = network()
    claims = [
        *(whole(graph, "l1"), split(graph, "l1", "input"), small(graph, "l1")),
        *(whole(graph, "l2"), split(graph, "l2", "neuron"), small(graph, "l2")),
        *(refuted(graph, "l1", 6), refuted(graph, "l2", 4)),
    ]
    project = tmp_path / "proof"
    export_project(graph, claims, project)
    found = {c.id: (c.verdict.value, c.message) for c in check_project(project).claims}
    assert found == {c.id: (c.outcome, "") for c in claims}

    # Lean alone, in the certificates: a ball a hundred times as large, and one so small that the
    # point is not in it.
    for claim in claims:
        assert claim.prop.robust is not None
        eps = claim.prop.robust.eps
        other = {"whole": 100 * eps, "fails": eps / 100}.get(claim.id[3:])
        if other is not None:
            old, new = (f"{claim.id}_center {e.numerator} {e.denominator} (" for e in (eps, other))
            for file in (project / "Round" / "Certificate").rglob("*.lean"):
                file.write_text(file.read_text().replace(old, new))
    result = toolchain.build(project, None, toolchain=toolchain.select())
    lines: dict[str, set[str]] = {}
    for module in result.modules:
        if module.status == "failed":
            text = (project / f"{module.module.replace('.', '/')}.lean").read_text().splitlines()
            errors = [item for item in module.diagnostics if item.severity == "error"]
            lines[module.module.split(".")[-1]] = {text[error.line - 1] for error in errors}
    for norm in ("l1", "l2"):
        assert any(f".{norm} " in line for line in lines[f"{norm.upper()}Whole"])
        assert lines[f"{norm.upper()}Fails"] == {"  by decide +kernel"}

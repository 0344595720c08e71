"""From a network and properties through Lean to verdicts, with nothing faked."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest

import lemmanet as ln
from bridge.check import project as project_module
from bridge.check.findings import Findings
from bridge.check.integrity import Regenerated
from bridge.export import Claim, export_project, lower
from bridge.report.outcome import exit_code
from runtime.graph import Graph, Input, Linear, Node, Provenance, Relu

from .conftest import Digits

pytestmark = [pytest.mark.lean, pytest.mark.slow]
CENTER = np.array([0.1, 0.5, 0.3, 0.9], np.float32)


def test_every_kind_of_claim(small: ln.Graph, tmp_path: Path) -> None:
    label = int(small.evaluate(CENTER).argmax())
    formula = ln.Or(
        (
            ln.And((ln.LinearAtom.of({0: 1, 1: -1}, "37/3"), ln.LinearAtom.of({2: 1}, 100))),
            ln.LinearAtom.of({2: "-0.5"}, -100, strict=True),
        )
    )
    report = ln.verify(
        small,
        [
            ln.Robust(CENTER, 0.01, label=label, name="stays"),
            ln.Robust(CENTER, 0.01, label=label, clip=None, name="stays without limits"),
            ln.Robust(CENTER, 0.01, label=(label + 1) % 3, name="is another"),
            ln.OutputBox([0] * 4, [1] * 4, [-20, -20, None], [20, 20, 20], name="outputs"),
            ln.OutputBox([0] * 4, [1] * 4, [None] * 3, [-5, None, None], name="outputs no"),
            ln.LinearConstraints([0] * 4, ["1/3"] * 4, formula, name="either"),
        ],
        tmp_path / "proof",
    )
    verdicts = {claim.title: claim.verdict.value for claim in report.claims}
    assert verdicts == {
        "stays": "proved",
        "stays without limits": "proved",
        "is another": "refuted",
        "outputs": "proved",
        "outputs no": "refuted",
        "either": "proved",
    }
    assert all(claim.audit is not None and claim.toolchain for claim in report.claims)
    again = ln.check(tmp_path / "proof", model=small)
    assert {claim.title: claim.verdict.value for claim in again.claims} == verdicts
    assert {f.status.value for claim in again.claims for f in claim.files} <= {"cached", "built"}


def test_digits(digits: Digits, tmp_path: Path) -> None:
    image, label = digits.images[0], int(digits.labels[0])
    report = ln.verify(
        digits.graph,
        [
            ln.Robust(image, "0.02", label=label, name="near"),
            ln.Robust(image, "0.02", label=(label + 1) % 10, name="wrong"),
        ],
        tmp_path / "proof",
    )
    assert [claim.verdict.value for claim in report.claims] == ["proved", "refuted"]
    assert min(margin.lower for margin in report.claims[0].margins) > 0
    assert exit_code(report, {"wrong": ln.Verdict.REFUTED}) == 0


def test_names_that_lean_keeps_and_names_that_clash(tmp_path: Path) -> None:
    nodes = ["sorry", "fc_weight", "end", "fc", "end_", "relu_maps", "last", "boxes", "step"]
    eye, zero = np.eye(2, dtype=np.float32), np.zeros(2, np.float32)
    linear, relu = Linear(eye, zero), Relu()
    made = tuple(
        Node(name, linear if i % 2 else relu, (before,), (2,))
        for i, (before, name) in enumerate(pairwise(nodes))
    )
    source = Provenance("runtime")
    graph = Graph("type", (Input(nodes[0], (2,)),), made, nodes[-1], source)
    titles = ["axiom", "fc weight", "point"]
    props = [ln.OutputBox([0, 0], [1, 1], [0, 0], [2, 2], name=title) for title in titles]
    report = ln.verify(graph, props, tmp_path / "proof")
    assert [claim.verdict.value for claim in report.claims] == ["proved"] * len(titles)
    assert [
        message for c in report.claims for file in c.files for message in file.diagnostics
    ] == []


def test_limits_leave_claims_undecided(small: ln.Graph, tmp_path: Path) -> None:
    label = int(small.evaluate(CENTER).argmax())
    # A radius of its own, so that no cache of another test answers.
    prop = ln.Robust(CENTER, "0.00390625", label=label)
    short = ln.verify(small, prop, tmp_path / "time", timeout=0.2)
    assert [claim.verdict.value for claim in short.claims] == ["undecided"]
    assert "time" in short.claims[0].message


def test_one_claim_that_runs_out_of_time_leaves_the_others_proved(
    small: ln.Graph, tmp_path: Path
) -> None:
    graph, label = lower(small), int(small.evaluate(CENTER).argmax())
    claims = [
        Claim(f"within_{n}", prop, "holds", (ln.produce(graph, prop, 0),))
        for n in (200, 300)
        for prop in [ln.Robust(CENTER, Fraction(1, n), label=label, name=f"within {n}")]
    ]
    export_project(graph, claims, tmp_path / "both")
    assert [c.verdict.value for c in ln.check(tmp_path / "both").claims] == ["proved", "proved"]
    # A certificate that is not in the cache, because one of its bounds is wider than it need be.
    *boxes, last = claims[0].certificates[0].boxes
    wider = msgspec.structs.replace(last, hi=[n + secrets.randbelow(1000) + 1 for n in last.hi])
    changed = msgspec.structs.replace(claims[0].certificates[0], boxes=[*boxes, wider])
    claims[0] = replace(claims[0], certificates=(changed,))
    export_project(graph, claims, tmp_path / "slow")
    slow, fast = ln.check(tmp_path / "slow", timeout=0.2).claims
    assert (slow.verdict.value, fast.verdict.value) == ("undecided", "proved")
    assert slow.message.startswith("Small.Certificate.Within200 ran out of time")


def test_lean_refuses_what_python_was_made_to_accept(
    small: ln.Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every check in Python switched off, a wrong certificate still proves nothing."""
    label = int(small.evaluate(CENTER).argmax())
    ln.export(small, ln.Robust(CENTER, "0.01", label=label, name="stays"), tmp_path / "proof")
    path = tmp_path / "proof" / "data" / "stays.0.certificate.json"
    data = json.loads(path.read_text())
    data["boxes"][1]["hi"][0] -= 10**6
    path.write_text(json.dumps(data, separators=(",", ":")) + "\n")

    def nothing_found(bundle: object, again: Regenerated, model: object) -> Findings:
        nothing = {"stays": ()}
        return Findings((), nothing, nothing, nothing, nothing)

    monkeypatch.setattr(project_module, "find", nothing_found)
    (claim,) = ln.check(tmp_path / "proof").claims
    assert claim.verdict is ln.Verdict.REJECTED
    assert "Certificate" in claim.message

"""Theorems about every binary32 run, through Lean, with nothing faked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lemmanet as ln
from bridge.check import project as project_module
from bridge.check.findings import Findings
from bridge.check.integrity import Regenerated
from bridge.pipeline import Options
from bridge.report.outcome import exit_code
from runtime.graph import Abs, GraphBuilder, Linear, Provenance, Relu, Sub
from tests.bridge.graphs import every_operator

from .conftest import Digits

pytestmark = [pytest.mark.lean, pytest.mark.slow]
CENTER = np.array([0.1, 0.5, 0.3, 0.9], np.float32)


def test_a_digit_has_both_theorems(digits: Digits, tmp_path: Path) -> None:
    prop = ln.Robust(digits.images[0], "0.02", label=int(digits.labels[0]), name="digit")
    report = ln.verify(digits.graph, prop, tmp_path / "proof", Options("float32"))
    (claim,) = report.claims
    runs = claim.float32
    assert claim.verdict is ln.Verdict.PROVED
    assert runs is not None
    assert runs.verdict is ln.Verdict.PROVED
    assert "model.RobustIn Float.binary32" in (runs.statement or "")
    share = runs.worst_share()
    assert share is not None
    assert 0 < share < 0.01
    assert exit_code(report, float32=[claim.id]) == 0
    again = ln.check(tmp_path / "proof")
    assert again.claims[0].float32 is not None
    assert again.claims[0].float32.verdict is ln.Verdict.PROVED


def test_every_operator(tmp_path: Path) -> None:
    graph = every_operator()
    label = int(graph.evaluate(np.full((2, 6, 6), 0.5, np.float32)).argmax())
    image = np.full(72, 0.5, np.float32)
    near = ln.Robust(image, "0.0001", label=label, name="near")
    low, high = [None] * 3, [1000] * 3
    wide = ln.OutputBox([0] * 72, [1] * 72, low, high, name="wide")
    report = ln.verify(graph, [near, wide], tmp_path / "proof")
    for claim in report.claims:
        assert claim.verdict is ln.Verdict.PROVED, claim.message
        assert claim.float32 is not None
        assert claim.float32.verdict is ln.Verdict.PROVED, claim.float32.message


def smaller(digits: list[int]) -> list[int]:
    return [digit // 2 for digit in digits]


LIES: dict[str, tuple[tuple[str | int, ...], Callable[[Any], Any]]] = {
    "error": (("nodes", 0, "error", "digits"), smaller),
    "majorant": (("nodes", 0, "majorants", 0, "digits"), smaller),
    "shift": (("nodes", 0, "shift", "digits"), smaller),
    "gamma": (("nodes", 0, "gamma", 0), lambda _: 1),
}


@pytest.mark.parametrize("name", LIES)
def test_lean_refuses_a_false_budget(
    name: str, small: ln.Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every check in Python switched off; the exact theorem stands all the same."""
    label = int(small.evaluate(CENTER).argmax())
    ln.export(small, ln.Robust(CENTER, "0.01", label=label, name="stays"), tmp_path / "proof")
    path = tmp_path / "proof" / "data" / "stays.float32.json"
    data = at = json.loads(path.read_text())
    (*keys, last), change = LIES[name]
    for key in keys:
        at = at[key]
    at[last] = change(at[last])
    path.write_text(json.dumps(data, separators=(",", ":")) + "\n")

    def nothing_found(bundle: object, again: Regenerated, model: object) -> Findings:
        nothing: dict[str, tuple[()]] = {"stays": ()}
        return Findings((), nothing, nothing, nothing, nothing)

    monkeypatch.setattr(project_module, "find", nothing_found)
    (claim,) = ln.check(tmp_path / "proof").claims
    assert claim.verdict is ln.Verdict.PROVED
    assert claim.float32 is not None
    assert claim.float32.verdict is ln.Verdict.REJECTED
    assert "Float32" in claim.float32.message


def test_parts_of_the_inputs(tmp_path: Path) -> None:
    """A claim that only splits show; the budget is one for all parts."""
    builder = GraphBuilder("difference")
    x = builder.input((1,))
    ends = Linear(np.array([[1], [-1]], np.float32), np.zeros(2, np.float32))
    both = Linear(np.array([[1, 1]], np.float32), np.zeros(1, np.float32))
    size = builder.add(both, builder.add(Relu(), builder.add(ends, x)))
    graph = builder.build(builder.add(Sub(), size, builder.add(Abs(), x)), Provenance("runtime"))
    prop = ln.OutputBox([-1], [1], ["-0.5"], ["0.5"], name="zero")
    (claim,) = ln.verify(graph, prop, tmp_path / "proof").claims
    assert any("Regions" in file.path for file in claim.files)
    assert claim.verdict is ln.Verdict.PROVED
    assert claim.float32 is not None
    assert claim.float32.verdict is ln.Verdict.PROVED

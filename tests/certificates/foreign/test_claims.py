"""Boxes, margin reports and results of other tools: what follows exactly, and what does not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from certificates import Certificate, OutputBox, Robust, check, find_counterexample
from certificates.foreign import BoxClaim, MarginReport, examine, read_artifact, read_examples
from certificates.properties import Property
from runtime.errors import InputError, UnsupportedError
from runtime.graph import Conv2d, Flatten, Graph, GraphBuilder, Linear, Provenance, Relu
from tests.certificates.crown.sampling import mlp


def sums(rows: int, columns: int, start: int) -> np.ndarray:
    """start + i + j, as TorchLean seeds its example graphs."""
    return (start + np.add.outer(np.arange(rows), np.arange(columns))).astype(np.float32)


def seeded(name: str) -> Graph:
    """The networks behind `mlp_cert.json` and `cnn_cert.json`, by TorchLean's own scripts."""
    builder = GraphBuilder(name)
    if name == "mlp":
        x = builder.input((3,))
        h = builder.add(Linear(sums(4, 3, 1), np.arange(1, 5, dtype=np.float32)), x)
    else:
        x = builder.input((1, 4, 4))
        kernel = sums(3, 3, 1)[None, None]
        h = builder.add(Flatten(), builder.add(Conv2d(kernel, np.zeros(1, np.float32)), x))
    last = Linear(sums(2, 4, 2), np.arange(2, dtype=np.float32))
    return builder.build(builder.add(last, builder.add(Relu(), h)), Provenance("runtime"))


def write(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value))
    return path


def box_file(lo: list[float], hi: list[float]) -> dict[str, Any]:
    """A LiRPA certificate of the seeded MLP with these output bounds."""
    return {
        "graph": "mlp",
        "input_box": {"id": 0, "dim": 3, "lo": [0.0, 1.0, 2.0], "hi": [2.0, 3.0, 4.0]},
        "result": {"node_id": 3, "dim": 2, "lo": lo, "hi": hi},
    }


def test_an_implied_box_is_accepted(tmp_path: Path) -> None:
    graph = seeded("mlp")
    artifact = read_artifact(write(tmp_path / "a.json", box_file([230.0, 291.0], [554.0, 699.0])))
    result = examine(artifact, graph)
    assert result.accepted, result.message
    (finding,) = result.findings
    assert finding.prop is not None
    assert check(finding.certificates[0], graph, finding.prop).ok


@pytest.mark.parametrize(
    ("lo", "hi", "place"),
    [
        ([230.5, 291.0], [554.0, 699.0], "false"),
        ([230.0, 291.0], [554.0, 698.0], "false"),
    ],
)
def test_a_box_that_is_false_is_rejected(
    tmp_path: Path, lo: list[float], hi: list[float], place: str
) -> None:
    result = examine(read_artifact(write(tmp_path / "a.json", box_file(lo, hi))), seeded("mlp"))
    assert not result.accepted
    assert place in result.message
    assert not result.findings[0].certificates


def test_the_first_bound_that_is_not_implied_is_named() -> None:
    """On a network whose bounds are loose, a true claim can stay open; that is no yes either."""
    graph = mlp([3, 12, 12, 3], 0)
    x = np.random.default_rng(0).uniform(-1, 1, (20_000, 3)).astype(np.float32)
    y = np.stack([graph.evaluate(row) for row in x[:2000]])
    lo = [Fraction(float(v)) - 100 for v in y.min(axis=0)]
    hi = [Fraction(float(v)) + 100 for v in y.max(axis=0)]
    hi[1] = Fraction(float(y[:, 1].max())) + Fraction(1, 4)
    claim = BoxClaim("open", (Fraction(-1),) * 3, (Fraction(1),) * 3, tuple(lo), tuple(hi))
    result = examine(claim, graph)
    assert not result.accepted
    assert "y_1 <=" in result.message
    assert "is not implied; the exact bounds miss it by" in result.message


def test_slack_widens_what_is_claimed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", box_file([230.0001, 291.0], [554.0, 699.0]))
    assert not examine(read_artifact(path), seeded("mlp")).accepted
    assert examine(read_artifact(path), seeded("mlp"), slack=Fraction(1, 1000)).accepted


@pytest.mark.parametrize(("name", "places"), [("mlp", (2, 2)), ("cnn", (2, 2))])
def test_bundled_boxes(torchlean_fixtures: Path, name: str, places: tuple[int, int]) -> None:
    artifact = read_artifact(torchlean_fixtures / f"{name}_cert.json")
    assert isinstance(artifact, BoxClaim)
    graph = seeded(name)
    assert examine(artifact, graph).accepted
    value = json.loads((torchlean_fixtures / f"{name}_cert.json").read_text())
    for side, step in (("lo", 1e-6), ("hi", -1e-6)):
        for k in range(places[0]):
            result = [*value["result"][side]]
            result[k] += step
            fields = BoxClaim.__dataclass_fields__
            ends = {f: getattr(artifact, f) for f in fields}
            ends[f"{side}_out"] = tuple(Fraction(v) for v in result)
            found = examine(BoxClaim(**ends), graph)
            assert not found.accepted
            assert not found.findings[0].certificates


@pytest.mark.parametrize(
    "name", ["piecewise_linear_cert.json", "check_box3d_camera_cert.json", "mlp.json"]
)
def test_other_files_are_refused(torchlean_fixtures: Path, name: str) -> None:
    with pytest.raises(UnsupportedError, match="of no kind"):
        read_artifact(torchlean_fixtures / name)


def _margins(tmp_path: Path) -> tuple[Graph, dict[str, Any], dict[str, Any], Path]:
    """A linear network, honest margins for four inputs, and the data set with its file."""
    rng = np.random.default_rng(1)
    weight = (np.round(rng.standard_normal((3, 4)) * 8) / 8).astype(np.float32)
    builder = GraphBuilder("linear")
    node = builder.add(Linear(weight, np.zeros(3, np.float32)), builder.input((4,)))
    graph = builder.build(node, Provenance("runtime"))
    inputs = np.round(rng.uniform(0, 1, (12, 4)) * 16) / 16
    logits = inputs @ weight.T.astype(np.float64)
    reach = np.abs(weight).sum(axis=1) / 64
    lo, hi = logits - reach, logits + reach
    labels = logits.argmax(axis=1)
    certified = [all(lo[i, y] > hi[i, j] for j in range(3) if j != y) for i, y in enumerate(labels)]
    data = {
        "format": "digits_dataset_v0_1",
        "examples": [
            {"id": i, "x": x.tolist(), "y": int(y)}
            for i, (x, y) in enumerate(zip(inputs, labels, strict=True))
        ],
    }
    path = write(tmp_path / "data.json", data)
    report = {
        "format": "robust_margin_cert_v0_1",
        "norm": "linf",
        "eps": 0.015625,
        "num_classes": 3,
        "meta": {"dataset_sha256": hashlib.sha256(path.read_bytes()).hexdigest()},
        "summary": {"examples": 12, "nominal_ok": 12, "certified_ok": sum(certified)},
        "examples": [
            {
                "id": i,
                "label": int(labels[i]),
                "logits_lo": lo[i].tolist(),
                "logits_hi": hi[i].tolist(),
                "certified": certified[i],
            }
            for i in range(12)
        ],
    }
    return graph, report, data, path


def test_honest_margins_are_accepted(tmp_path: Path) -> None:
    graph, report, _, data = _margins(tmp_path)
    artifact = read_artifact(write(tmp_path / "r.json", report))
    assert isinstance(artifact, MarginReport)
    result = examine(artifact, graph, examples=read_examples(data))
    assert result.accepted, result.message
    counts = result.counts
    assert counts["boxes"] == counts["examples"] == counts["nominal"] == 12
    # What is cut to [0, 1] can be shown beyond what the report says; differences show the most.
    assert counts["claimed"] <= counts["by_boxes"] <= counts["by_differences"]
    for finding in result.findings:
        for certificate in finding.certificates:
            assert isinstance(certificate, Certificate)
            assert finding.prop is not None
            assert finding.prop.robust is not None
            assert check(certificate, graph, finding.prop).ok
    assert sum(bool(f.certificates) for f in result.findings) == counts["by_differences"]


def _tighter(report: dict[str, Any]) -> None:
    report["examples"][2]["logits_hi"][1] -= 0.015625


def _empty(report: dict[str, Any]) -> None:
    report["examples"][2]["logits_hi"][1] -= 1000


def _boast(report: dict[str, Any]) -> None:
    report["examples"][3]["label"] = (report["examples"][3]["label"] + 1) % 3
    report["examples"][3]["certified"] = True
    report["summary"] = {}


def _miscount(report: dict[str, Any]) -> None:
    report["summary"]["certified_ok"] += 1


def _other_file(report: dict[str, Any]) -> None:
    report["meta"]["dataset_sha256"] = "0" * 64


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_tighter, "example 2: y_1 <="),
        (_empty, "example 2: its box of logits is empty"),
        (_boast, "example 3: "),
        (_miscount, "as certified_ok"),
        (_other_file, "dataset_sha256 is not that"),
    ],
)
def test_wrong_margins_are_rejected(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    graph, report, _, data = _margins(tmp_path)
    change(report)
    artifact = read_artifact(write(tmp_path / "r.json", report))
    result = examine(artifact, graph, examples=read_examples(data))
    assert not result.accepted
    assert message in result.message


def test_a_margin_report_needs_its_data(tmp_path: Path) -> None:
    graph, report, data, path = _margins(tmp_path)
    artifact = read_artifact(write(tmp_path / "r.json", report))
    with pytest.raises(InputError, match="give the data set"):
        examine(artifact, graph)
    data["examples"].pop()
    fewer = read_examples(write(path, data))
    with pytest.raises(InputError, match="no example 11"):
        examine(artifact, graph, examples=fewer)
    data["examples"].append(data["examples"][0])
    with pytest.raises(InputError, match="same id"):
        read_examples(write(path, data))


@pytest.mark.slow
def test_the_digits_report(torchlean_fixtures: Path) -> None:
    """331 of 360 by differences, 318 by boxes; the boxes hold but for their last digits."""
    from bridge.importers import load_model

    weights = torchlean_fixtures / "digits_linear_weights.json"
    artifact = read_artifact(torchlean_fixtures / "digits_linear_margin_cert.json")
    data = read_examples(torchlean_fixtures / "digits_test.json")
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    graph = load_model(weights)
    result = examine(artifact, graph, examples=data, model_sha256=digest, slack=Fraction(1, 10**9))
    assert result.accepted, result.message
    assert result.counts == {
        "examples": 360,
        "nominal": 349,
        "boxes": 360,
        "claimed": 318,
        "by_boxes": 318,
        "by_differences": 331,
    }


def _violated() -> tuple[Graph, Property, tuple[Fraction, ...]]:
    graph = mlp([3, 12, 12, 3], 0)
    center = [Fraction(1, 2)] * 3
    label = int(graph.evaluate(np.full(3, 0.5, np.float32)).argmax())
    prop = Robust(center, "1/4", label=(label + 1) % 3).bind(graph)
    found = find_counterexample(graph, prop, 0, seconds=5)
    assert found is not None
    return graph, prop, tuple(found.input)


@pytest.mark.parametrize(
    "form", ["((X_0 {})\n(X_1 {})\n(X_2 {})\n(Y_0 0.5))", "sat\n((X_0  {})(X_1  {}) (X_2 {}))"]
)
def test_a_counterexample_is_evaluated_exactly(tmp_path: Path, form: str) -> None:
    graph, prop, point = _violated()
    (tmp_path / "r.txt").write_text(form.format(*(repr(float(v)) for v in point)))
    result = examine(read_artifact(tmp_path / "r.txt"), graph, prop=prop)
    assert result.accepted, result.message
    (certificate,) = result.findings[0].certificates
    assert certificate.claim == "violated"
    assert check(certificate, graph, prop).ok


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sat\n((X_0 0.5)(X_1 0.5)(X_2 0.5))", "satisfies the property"),
        ("sat\n((X_0 9)(X_1 0.5)(X_2 0.5))", "outside of every box"),
        ("unsat\n", "without evidence"),
        ("timeout", "without evidence"),
    ],
)
def test_results_that_show_nothing_are_rejected(tmp_path: Path, text: str, message: str) -> None:
    graph, _, _ = _violated()
    prop = OutputBox([0] * 3, [1] * 3, [-1000] * 3, [1000] * 3).bind(graph)
    (tmp_path / "r.txt").write_text(text)
    result = examine(read_artifact(tmp_path / "r.txt"), graph, prop=prop)
    assert not result.accepted
    assert message in result.message
    with pytest.raises(InputError, match="does not state its property"):
        examine(read_artifact(tmp_path / "r.txt"), graph)


@pytest.mark.parametrize(
    "text",
    ["", "maybe", "sat", "sat\n((X_0 1)(X_0 1))", "sat\n((X_1 1))", "sat\n((X_0 1e999))"],
)
def test_malformed_results_are_bad_input(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.txt").write_text(text)
    with pytest.raises(InputError):
        read_artifact(tmp_path / "r.txt")

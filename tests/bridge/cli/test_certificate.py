"""`lemmanet certificate check`: verdicts, exit codes, and the files that it looks for."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner

from bridge.cli.certificate import app
from bridge.pipeline import load
from certificates import Certificate, Robust, produce, save_certificate, save_property
from certificates.float32 import budget, save_budget, tighten
from runtime.graph import GraphBuilder, Linear, Provenance, Relu


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An exported folder's data: the graph, a property and its certificate."""
    builder = GraphBuilder("m")
    hidden = builder.add(
        Linear(np.eye(3, dtype=np.float32), np.zeros(3, np.float32)), builder.input((3,))
    )
    graph = builder.build(builder.add(Relu(), hidden), Provenance("runtime"))
    prop = Robust([0.1, 0.9, 0.2], "1/10", label=1)
    made = produce(graph, prop, 0)
    assert isinstance(made, Certificate)
    graph.save(tmp_path / "graph.json")
    save_property(prop, tmp_path / "first.property.json")
    save_certificate(made, tmp_path / "first.0.certificate.json")
    return tmp_path


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    return result.exit_code, result.stdout, result.stderr


def test_a_right_certificate_is_checked(folder: Path) -> None:
    code, out, _ = run("check", folder / "first.0.certificate.json")
    assert code == 0
    assert "checked: Case 0 holds." in out
    assert "y_0 < y_1" in out
    code, out, _ = run("check", folder / "first.0.certificate.json", "--json")
    assert code == 0
    value = json.loads(out)
    assert value["verdict"] == "checked"
    assert [entry["inequality"] for entry in value["margins"]] == ["y_0 < y_1", "y_2 < y_1"]


def test_a_wrong_certificate_is_rejected(folder: Path) -> None:
    path = folder / "first.0.certificate.json"
    made = msgspec.json.decode(path.read_bytes())
    made["boxes"][1]["hi"][0] -= 1
    path.write_text(json.dumps(made))
    code, out, _ = run("check", path, "--json")
    assert code == 1
    value = json.loads(out)
    assert value["verdict"] == "rejected"
    assert "linear, index 0" in value["message"]


def test_files_by_name(folder: Path) -> None:
    moved = folder / "elsewhere" / "c.json"
    moved.parent.mkdir()
    (folder / "first.0.certificate.json").rename(moved)
    code, _, err = run("check", moved)
    assert code == 2
    assert "--model" in err
    code, _, err = run("check", moved, "--model", folder / "graph.json")
    assert code == 2
    assert "--property" in err
    code, _, _ = run(
        "check",
        moved,
        "--model",
        folder / "graph.json",
        "--property",
        folder / "first.property.json",
    )
    assert code == 0


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": "lemmanet.certificate/1"}'])
def test_other_files_are_bad_input(folder: Path, content: str) -> None:
    path = folder / "x.0.certificate.json"
    path.write_text(content)
    code, out, err = run("check", path)
    assert code == 2
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1


def test_a_budget_beside_the_certificate_is_checked_with_it(folder: Path) -> None:
    graph = load(folder / "graph.json").graph
    prop = Robust([0.1, 0.9, 0.2], "1/10", label=1).bind(graph)
    found = budget(graph, prop.cases[0].box)
    tight = produce(graph, tighten(prop, found.nodes[-1].error), 0)
    assert isinstance(tight, Certificate)
    save_certificate(tight, folder / "first.0.certificate.json")
    code, out, _ = run("check", folder / "first.0.certificate.json")
    assert code == 1
    assert "about another property" in out
    save_budget(found, folder / "first.float32.json")
    code, out, _ = run("check", folder / "first.0.certificate.json")
    assert code == 0
    assert "of every float32 run" in out
    false = msgspec.structs.replace(found.nodes[0], gamma=(1, found.nodes[0].gamma[1]))
    save_budget(
        msgspec.structs.replace(found, nodes=[false, *found.nodes[1:]]),
        folder / "first.float32.json",
    )
    code, out, _ = run("check", folder / "first.0.certificate.json")
    assert code == 1
    assert "gamma is too small" in out

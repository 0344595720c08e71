"""`lemmanet certificate import`: verdicts, exit codes, what is kept, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from bridge.cli.certificate import app
from bridge.export import lower
from bridge.pipeline.decide import Open
from bridge.pipeline.foreign import foreign_decisions
from bridge.pipeline.sources import LoadedModel
from certificates import check, load_certificate, save_property
from certificates.foreign import Examination, Finding, examine
from certificates.foreign.abcrown import leaf_dump
from certificates.properties import Property
from runtime.graph import GraphBuilder, Linear, Provenance, Relu
from tests.certificates.foreign.dumps import box_dump, searched


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["import", *(str(a) for a in arguments)])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """y = relu(x), of two entries."""
    builder = GraphBuilder("m")
    first = Linear(np.eye(2, dtype=np.float32), np.zeros(2, np.float32))
    last = builder.add(Relu(), builder.add(first, builder.input((2,))))
    builder.build(builder.add(first, last), Provenance("runtime")).save(tmp_path / "graph.json")
    return tmp_path / "graph.json"


def boxes(path: Path, hi: float) -> Path:
    """The claim that both outputs lie in [0, hi] on [−1, 1]²."""
    value = {
        "graph": "m",
        "input_box": {"id": 0, "dim": 2, "lo": [-1, -1], "hi": [1, 1]},
        "result": {"node_id": 3, "dim": 2, "lo": [0, 0], "hi": [hi, hi]},
    }
    path.write_text(json.dumps(value))
    return path


def test_what_follows_is_checked(model: Path, tmp_path: Path) -> None:
    file = boxes(tmp_path / "a.json", 1)
    code, out, _ = run(file, "--model", model, "--save", tmp_path / "kept")
    assert code == 0
    assert "checked: Implied by exact interval bounds" in out
    kept = load_certificate(tmp_path / "kept" / "claim_0.0.certificate.json")
    assert kept.claim == "holds"


def test_what_does_not_follow_is_rejected(model: Path, tmp_path: Path) -> None:
    file = boxes(tmp_path / "a.json", 0.75)
    code, out, _ = run(file, "--model", model)
    assert code == 1
    assert "rejected" in out
    code, out, _ = run(file, "--model", model, "--json", "--save", tmp_path / "kept")
    assert code == 1
    value: dict[str, Any] = json.loads(out)
    assert value["verdict"] == "rejected"
    assert value["findings"] == [{"name": "m", "accepted": False, "reason": value["message"][3:]}]
    assert not list((tmp_path / "kept").iterdir())
    code, _, _ = run(file, "--model", model, "--slack", "1/4")
    assert code == 0


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("leaves.pt", (), "pickles run code"),
        ("a.yaml", (), "an artifact is"),
        ("none.json", (), "there is no file"),
        ("a.json", ("--slack", "-1"), "--slack is below zero"),
        ("a.json", ("--slack", "wide"), "--slack is"),
        ("r.txt", (), "does not state its property"),
    ],
)
def test_bad_input_is_one_sentence(
    model: Path, tmp_path: Path, name: str, options: tuple[str, ...], message: str
) -> None:
    boxes(tmp_path / "a.json", 1)
    (tmp_path / "leaves.pt").write_bytes(b"\x80")
    (tmp_path / "a.yaml").write_text("x: 1")
    (tmp_path / "r.txt").write_text("sat\n((X_0 0.5)(X_1 0.5))")
    code, _, err = run(tmp_path / name, "--model", model, *options)
    assert code == 2
    assert message in err


def test_leaves_with_their_property(tmp_path: Path) -> None:
    graph, prop, tree = searched("input")
    graph.save(tmp_path / "graph.json")
    save_property(prop, tmp_path / "p.json")
    (tmp_path / "leaves.json").write_text(json.dumps(box_dump(tree)))
    code, out, _ = run(
        tmp_path / "leaves.json",
        *("--model", tmp_path / "graph.json", "--property", tmp_path / "p.json"),
        *("--save", tmp_path / "kept"),
    )
    assert code == 0, out
    (file,) = (tmp_path / "kept").iterdir()
    assert check(load_certificate(file), lower(graph), prop).ok


def test_claims_for_lean_are_those_with_all_cases() -> None:
    graph, prop, tree = searched("input")
    lowered = lower(graph)
    result = examine(leaf_dump(box_dump(tree), "dump"), lowered, prop=prop)
    assert [type(r).__name__ for r in foreign_decisions(LoadedModel(lowered), result).results] in (
        ["Claim"],
        ["Checked"],
    )
    (case,) = prop.cases
    two = Property("two", "linear", given=(case, case))
    partly = Examination((Finding("f", True, "", two, result.findings[0].certificates),), {})
    (item,) = foreign_decisions(LoadedModel(lowered), partly).results
    assert isinstance(item, Open)
    assert "one of its 2 cases" in item.reason
    nothing = Examination((Finding("f", False, "no", prop),), {})
    assert not foreign_decisions(LoadedModel(lowered), nothing).results

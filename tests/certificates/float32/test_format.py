"""The budget's JSON form: round trips, the schema, and files that are no budgets."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import jsonschema
import msgspec
import pytest

from certificates.float32 import budget, load_budget, save_budget
from certificates.properties import Box
from certificates.schema import budget_schema, main
from runtime.errors import InputError

SCHEMAS = Path(__file__).resolve().parents[3] / "docs" / "schemas"


@pytest.fixture
def made(mlp):
    graph = mlp([3, 4, 2])
    return budget(graph, Box((Fraction(0),) * 3, (Fraction(1),) * 3))


def test_round_trip_and_same_bytes(made, tmp_path):
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    save_budget(made, first)
    assert load_budget(first) == made
    save_budget(load_budget(first), second)
    assert first.read_bytes() == second.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "b.json"]


def test_tensors_are_found_by_name(made):
    assert made.error_of("x").values() == (0, 0, 0)
    assert made.box_of("x") is made.input
    last = made.nodes[-1]
    assert made.error_of(last.node) is last.error
    assert made.box_of(last.node) is last.box
    for find in (made.error_of, made.box_of):
        with pytest.raises(KeyError):
            find("nothing")


def test_the_schema_is_current_and_accepts_what_is_written(made, tmp_path):
    main([str(tmp_path)])
    assert (SCHEMAS / "float32-1.json").read_text() == (tmp_path / "float32-1.json").read_text()
    validator = jsonschema.Draft202012Validator(budget_schema())
    validator.check_schema(validator.schema)
    value = json.loads(msgspec.json.encode(made))
    validator.validate(value)
    value["nodes"][0]["error"]["digits"][0] = -1
    assert not validator.is_valid(value)


MAGNITUDES = {"den": 1, "digits": [1]}
BOX = {"node": "y", "den": 1, "lo": [0], "hi": [1]}
NODE = {"box": BOX, "error": MAGNITUDES, "majorants": [], "shift": None, "gamma": [0, 1]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "lemmanet.float32/2"}, "format"),
        ({"model_sha256": "x"}, "model_sha256"),
        ({"input": None}, "input"),
        ({"nodes": [NODE | {"gamma": [1]}]}, "gamma"),
        ({"nodes": [NODE | {"gamma": [-1, 1]}]}, "gamma"),
        ({"nodes": [NODE | {"gamma": [0, 0]}]}, "gamma"),
        ({"nodes": [NODE | {"error": MAGNITUDES | {"digits": [-1]}}]}, "digits"),
        ({"nodes": [NODE | {"error": MAGNITUDES | {"digits": [0.5]}}]}, "digits"),
        ({"nodes": [NODE | {"error": MAGNITUDES | {"digits": []}}]}, "digits"),
        ({"nodes": [NODE | {"error": MAGNITUDES | {"den": 0}}]}, "den"),
        ({"nodes": [NODE | {"majorants": [MAGNITUDES] * 3}]}, "majorants"),
        ({"nodes": [NODE | {"box": BOX | {"node": "../y"}}]}, "node"),
        ({"nodes": [{"box": BOX}]}, "error"),
        ({"extra": 1}, "extra"),
    ],
)
def test_other_forms_are_refused(made, tmp_path, changes, message):
    path = tmp_path / "b.json"
    path.write_text(json.dumps(json.loads(msgspec.json.encode(made)) | changes))
    with pytest.raises(InputError) as caught:
        load_budget(path)
    assert message in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b'{"format": NaN}', b"[" * 100_000])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "b.json"
    path.write_bytes(content)
    with pytest.raises(InputError):
        load_budget(path)
    with pytest.raises(InputError, match="there is no file"):
        load_budget(tmp_path / "missing.json")

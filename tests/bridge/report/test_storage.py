"""JSON out and in again, the schema, and files that are not reports."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bridge.report import model as m
from bridge.report import storage
from runtime.errors import InputError

_SCHEMA = Path(__file__).resolve().parents[3] / "docs" / "schemas" / "report-1.json"


def test_round_trip(digits_report: m.Report, resnet_report: m.Report, tmp_path: Path) -> None:
    for report in (digits_report, resnet_report):
        path = tmp_path / "out" / "report.json"
        storage.save(report, path)
        assert storage.load(path) == report
        assert storage.to_json(storage.load(path)) == path.read_bytes()
        assert [entry.name for entry in path.parent.iterdir()] == ["report.json"]


def test_schema_file_is_current() -> None:
    assert json.loads(_SCHEMA.read_text()) == storage.json_schema()


def test_schema_accepts_reports_and_refuses_others(digits_report: m.Report) -> None:
    schema = json.loads(_SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    document = json.loads(storage.to_json(digits_report))
    validator.validate(document)
    for spoil in (
        lambda d: d.update(format="lemmanet.report/2"),
        lambda d: d.update(claims=[]),
        lambda d: d.update(surprise=1),
        lambda d: d["claims"][0].update(verdict="verified"),
        lambda d: d["model"].update(sha256="XYZ"),
    ):
        spoiled = json.loads(json.dumps(document))
        spoil(spoiled)
        assert not validator.is_valid(spoiled)
        with pytest.raises(InputError, match="not a valid report"):
            storage.from_json(json.dumps(spoiled).encode())


def _set(*path: Any, to: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = to

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_set("claims", 5, "verdict", to="proved"), "cannot be proved"),
        (_set("claims", 0, "audit", to=None), "audit is missing"),
        (_set("claims", 0, "sha256", "model", to="0" * 64), "about another model"),
        (_set("claims", 0, "files", 5, "status", to="timeout"), "ended timeout"),
        (_set("claims", 0, "seconds", to=-1), "seconds"),
        (_set("model", "nodes", 1, "inputs", to=["nowhere"]), "not an earlier node"),
    ],
)
def test_evidence_rules_hold_for_files_too(
    digits_report: m.Report, change: Callable[[Any], None], message: str
) -> None:
    document = json.loads(storage.to_json(digits_report))
    change(document)
    with pytest.raises(InputError, match=message):
        storage.from_json(json.dumps(document).encode())


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"format": 1}', b"[" * 100_000, b"NaN"]
)
def test_garbage_is_refused_in_one_sentence(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"^report\.json: not a valid report: ") as caught:
        storage.load(path)
    assert "\n" not in str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        storage.load(tmp_path / "none.json")


def test_failed_write_leaves_nothing(
    digits_report: m.Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        storage.save(digits_report, tmp_path / "report.json")
    assert list(tmp_path.iterdir()) == []


def test_schema_command(tmp_path: Path) -> None:
    assert storage.main([str(tmp_path / "schema.json")]) == 0
    assert (tmp_path / "schema.json").read_bytes() == _SCHEMA.read_bytes()
    assert storage.main([]) == 2

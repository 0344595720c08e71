"""The certificate's JSON form: round trips, the schema, and files that are not certificates."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from certificates import (
    Certificate,
    LinearAtom,
    LinearConstraints,
    Or,
    Robust,
    load_certificate,
    produce,
    save_certificate,
)
from certificates.schema import certificate_schema, main, property_schema
from runtime.errors import InputError

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schemas"


@pytest.fixture
def certificate(mlp) -> Certificate:
    graph = mlp([4, 5, 3])
    safe = Or((LinearAtom.of({0: 1}, -1000), LinearAtom.of({0: 1}, 1000)))
    result = produce(graph, LinearConstraints([0] * 4, [1] * 4, safe), 0)
    assert isinstance(result, Certificate)
    return result


def test_round_trip_and_same_bytes(certificate: Certificate, tmp_path: Path) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    save_certificate(certificate, first)
    assert load_certificate(first) == certificate
    save_certificate(load_certificate(first), second)
    assert first.read_bytes() == second.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "b.json"]


def test_integers_of_any_size_survive(certificate: Certificate, tmp_path: Path) -> None:
    big = certificate.boxes[0].den << 900
    box = msgspec.structs.replace(certificate.boxes[0], den=big, lo=[-big] * 4)
    changed = msgspec.structs.replace(certificate, boxes=[box, *certificate.boxes[1:]])
    save_certificate(changed, tmp_path / "c.json")
    assert load_certificate(tmp_path / "c.json").boxes[0].lo == [-big] * 4


@pytest.mark.parametrize("name", ["certificate-1.json", "property-1.json"])
def test_the_schema_files_are_current(name: str, tmp_path: Path) -> None:
    main([str(tmp_path)])
    assert (SCHEMAS / name).read_text() == (tmp_path / name).read_text()


def test_the_schemas_accept_what_is_written(certificate: Certificate) -> None:
    validator = jsonschema.Draft202012Validator(certificate_schema())
    validator.check_schema(validator.schema)
    value = json.loads(msgspec.json.encode(certificate))
    validator.validate(value)
    value["goal"]["and"] = [{"atom": {"through": None}}]
    assert not validator.is_valid(value)
    properties = jsonschema.Draft202012Validator(property_schema())
    properties.check_schema(properties.schema)
    robust = Robust([0.5] * 4, "3/100", label=1).to_json()
    properties.validate(robust)
    safe = Or((LinearAtom.of({0: 1}, -1000), LinearAtom.of({0: 1}, 1000)))
    properties.validate(LinearConstraints([0] * 4, [1] * 4, safe).to_json())
    robust["robust"]["radius"] = "1"
    assert not properties.is_valid(robust)


def edited(certificate: Certificate, **changes: object) -> str:
    return json.dumps(json.loads(msgspec.json.encode(certificate)) | changes)


BOX = {"node": "x", "den": 1, "lo": [0], "hi": [1]}
ATOM = {"atom": {"through": None}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "lemmanet.certificate/2"}, "format"),
        ({"claim": "maybe"}, "claim"),
        ({"case": -1}, "case"),
        ({"case": 0.5}, "case"),
        ({"case": True}, "case"),
        ({"model_sha256": "AB"}, "model_sha256"),
        ({"boxes": []}, "boxes"),
        ({"boxes": [BOX | {"den": 0}]}, "den"),
        ({"boxes": [BOX | {"lo": [0.5]}]}, "lo"),
        ({"boxes": [BOX | {"lo": ["0"]}]}, "lo"),
        ({"boxes": [BOX | {"node": "../x"}]}, "node"),
        ({"boxes": [BOX | {"extra": 1}]}, "extra"),
        ({"boxes": [{"node": "x", "den": 1, "lo": [0]}]}, "hi"),
        ({"goal": {}}, "goal"),
        ({"goal": ATOM | {"and": [ATOM]}}, "goal"),
        ({"goal": {"and": []}}, "goal"),
        ({"goal": {"or": {"index": -1, "proof": ATOM}}}, "index"),
        ({"goal": {"atom": {}}}, "through"),
        ({"notes": "hello"}, "notes"),
    ],
)
def test_other_forms_are_refused(
    certificate: Certificate, tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    path = tmp_path / "c.json"
    path.write_text(edited(certificate, **changes))
    with pytest.raises(InputError) as caught:
        load_certificate(path)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"[]", "format"),
        (b"\xff\xfe", "JSON"),
        (b'{"format": "lemmanet.certificate/1", "format": "x"}', "twice"),
        (b'{"case": NaN}', "NaN"),
        (b"[" * 100_000, "nested"),
        (b'{"case": ' + b"9" * 10_000 + b"}", "JSON"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "c.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        load_certificate(path)
    with pytest.raises(InputError, match="there is no file"):
        load_certificate(tmp_path / "missing.json")


def test_a_deep_goal_is_refused(certificate: Certificate, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    deep = '{"and": [' * 900 + '{"atom": {"through": null}}' + "]}" * 900
    path.write_text(edited(certificate, goal="GOAL").replace('"GOAL"', deep))
    with pytest.raises(InputError, match="nested"):
        load_certificate(path)

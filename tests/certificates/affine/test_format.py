"""The JSON form of affine certificates: round trips, the schema, and what is not one."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates import AffineCertificate, load_certificate, save_certificate
from certificates.affine.format import (
    FORMAT,
    Batch,
    Cut,
    Leaf,
    Region,
    RegionBox,
    Regions,
    RegionSplit,
    Relax,
    Row,
    Tree,
    TreeSplit,
    Upper,
    from_json,
    leaves,
    regions,
)
from certificates.schema import affine_schema, main
from runtime.errors import InputError
from tests.certificates.affine.support import empty_leaf

SCHEMAS = Path(__file__).resolve().parents[3] / "docs" / "schemas"


@pytest.fixture(scope="module")
def certificate() -> AffineCertificate:
    """The example, in two regions."""
    _, _, single = empty_leaf()
    root = RegionSplit(0, (-7, 2), single.root, single.root)
    return msgspec.structs.replace(single, root=root)


@pytest.fixture
def value(certificate: AffineCertificate) -> dict[str, Any]:
    """Its JSON value."""
    loaded: dict[str, Any] = json.loads(msgspec.json.encode(certificate))
    return loaded


def test_round_trip_and_same_bytes(certificate: AffineCertificate, tmp_path: Path) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    save_certificate(certificate, first)
    loaded = load_certificate(first)
    assert loaded == certificate
    save_certificate(loaded, second)
    assert first.read_bytes() == second.read_bytes()
    assert b'"batch"' not in first.read_bytes()


def test_the_schema_file_is_current(tmp_path: Path) -> None:
    main([str(tmp_path)])
    name = "certificate-2.json"
    assert (SCHEMAS / name).read_text() == (tmp_path / name).read_text()


def test_the_schema_agrees_with_the_reader(value: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(affine_schema())
    validator.check_schema(validator.schema)
    validator.validate(value)
    for change in CHANGES:
        changed = deepcopy(value)
        change(changed)
        assert not validator.is_valid(changed)


def region(value: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = value["root"]["low"]
    return found


def batch(value: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = region(value)["batches"][0]
    return found


CHANGES = [
    lambda v: v.update(format="lemmanet.certificate/1", claim="maybe"),
    lambda v: v.update(claim="violated"),
    lambda v: v.update(case=-1),
    lambda v: v.update(case=True),
    lambda v: v.update(model_sha256="AB"),
    lambda v: v.update(goal={}),
    lambda v: v.update(root={}),
    lambda v: v.update(root=[]),
    lambda v: v.update(root=None),
    lambda v: v["root"].pop("entry"),
    lambda v: v["root"].pop("high"),
    lambda v: v["root"].update(at=[1, 0]),
    lambda v: v["root"].update(at=[1, -2]),
    lambda v: v["root"].update(at=[1]),
    lambda v: v["root"].update(at=[1, 2, 3]),
    lambda v: v["root"].update(at="1/2"),
    lambda v: v["root"].update(entry=-1),
    lambda v: v["root"].update(boxes=[]),
    lambda v: region(v).update(boxes=[]),
    lambda v: region(v).update(batches=[]),
    lambda v: region(v).update(goal=-1),
    lambda v: region(v).update(goal=0.5),
    lambda v: region(v).update(tree={}),
    lambda v: region(v).update(tree={"leaf": -1}),
    lambda v: region(v).update(tree={"leaf": "0"}),
    lambda v: region(v).update(tree={"leaf": 0, "node": "z"}),
    lambda v: region(v)["tree"].pop("low"),
    lambda v: region(v)["tree"].update(node="../z"),
    lambda v: region(v)["tree"].update(node="z" * 201),
    lambda v: region(v)["boxes"][0].update(den=0),
    lambda v: region(v)["boxes"][0].update(lo=[0.5]),
    lambda v: region(v)["boxes"][0].update(lo=[]),
    lambda v: region(v)["boxes"][0].update(batch=None),
    lambda v: region(v)["boxes"][0].update(batch=-1),
    lambda v: region(v)["boxes"][0].update(extra=1),
    lambda v: region(v)["boxes"][0].pop("hi"),
    lambda v: batch(v).update(rows=[]),
    lambda v: batch(v).pop("relax"),
    lambda v: batch(v)["rows"][0].pop("leaf"),
    lambda v: batch(v)["rows"][0].update(leaf=-1),
    lambda v: batch(v)["rows"][0].update(form=[[0]]),
    lambda v: batch(v)["rows"][0].update(form=[[0, 1, 2]]),
    lambda v: batch(v)["rows"][0].update(form=[[-1, 1]]),
    lambda v: batch(v)["rows"][0].update(form=[[0, 1 << 63]]),
    lambda v: batch(v)["relax"][0].update(den=-1),
    lambda v: batch(v)["relax"][0].update(coefficients=[]),
    lambda v: batch(v)["relax"][0].update(coefficients=[[]]),
    lambda v: batch(v)["relax"][0].update(coefficients=[[1.5]]),
    lambda v: batch(v)["relax"][0].update(coefficients=[[(1 << 62) + 1]]),
    lambda v: batch(v)["relax"][0].update(coefficients=[[-(10**40)]]),
    lambda v: batch(v)["upper"].update(den=0),
    lambda v: batch(v)["upper"].update(num=[]),
    lambda v: batch(v)["upper"].update(num=[None]),
]


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_other_forms_are_refused(value: dict[str, Any], tmp_path: Path, number: int) -> None:
    CHANGES[number](value)
    path = tmp_path / "c.json"
    path.write_text(json.dumps(value))
    with pytest.raises(InputError) as caught:
        load_certificate(path)
    message = str(caught.value)
    assert message.startswith("The certificate c.json")
    assert message.endswith(".")
    assert "\n" not in message


def test_large_numbers(value: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    region(value)["boxes"][0]["lo"] = [-(1 << 3000)]
    path.write_text(json.dumps(value))
    loaded = load_certificate(path)  # the form allows it; the checker refuses it
    assert isinstance(loaded, AffineCertificate)
    path.write_text('{"format": "lemmanet.certificate/2", "case": ' + "9" * 10_000 + "}")
    with pytest.raises(InputError, match="JSON"):
        load_certificate(path)


@pytest.mark.parametrize("where", ["regions", "tree"])
def test_deep_nesting_is_refused(value: dict[str, Any], tmp_path: Path, where: str) -> None:
    path = tmp_path / "c.json"
    if where == "regions":
        head, last = '{"entry": 0, "at": [0, 1], "low": ', value["root"]
        value["root"] = "HERE"
    else:
        head, last = '{"node": "z", "entry": 0, "at": [0, 1], "low": ', {"leaf": 0}
        region(value)["tree"] = "HERE"
    tail = f', "high": {json.dumps(last)}}}'
    for depth in (900, 100_000):
        if depth * len(tail) > 10**7:
            tail = "}"
        deep = head * depth + json.dumps(last) + tail * depth
        path.write_text(json.dumps(value).replace('"HERE"', deep))
        with pytest.raises(InputError, match="nested"):
            load_certificate(path)


def test_a_hundred_leaves_in_a_row_are_read(value: dict[str, Any]) -> None:
    tree: dict[str, Any] = {"leaf": 0}
    for number in range(1, 100):
        tree = {"node": "z", "entry": 0, "at": [0, 1], "low": {"leaf": number}, "high": tree}
    region(value)["tree"] = tree
    loaded = from_json(value, "certificate")
    found = list(leaves(next(regions(loaded.root))[1].tree))
    assert [number for _, number in found] == list(range(99, -1, -1))
    assert len(found[-1][0]) == 99


def test_paths_come_from_left_to_right(certificate: AffineCertificate) -> None:
    (low, first), (high, second) = regions(certificate.root)
    assert first == second
    assert [(cut.entry, cut.low, str(cut.at)) for cut in (*low, *high)] == [
        (0, True, "-7/2"),
        (0, False, "-7/2"),
    ]
    paths = list(leaves(first.tree))
    assert [number for _, number in paths] == [0, 1, 2, 3]
    assert paths[1][0] == (Cut("z", 0, paths[0][0][0].at, True), Cut("z", 1, low[0].at * 0, False))
    for broken in (TreeSplit("z", 0, (1, 0), Leaf(0), Leaf(1)), Tree()):
        with pytest.raises(InputError):
            list(leaves(broken))
    for part in (RegionSplit(0, (1, 0), first, first), Regions()):
        with pytest.raises(InputError):
            list(regions(part))


PARTS = (Batch, Leaf, Region, RegionBox, RegionSplit, Relax, Row, TreeSplit, Upper)
KEYS = sorted({name for part in PARTS for name in part.__struct_fields__})
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 70), 1 << 70)
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.sampled_from(["x", "z", "relu", FORMAT]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_the_reader_is_never_surprised(data: st.DataObject) -> None:
    """A part of the example replaced by anything: a certificate or one sentence, nothing else."""
    _, _, certificate = empty_leaf()
    value = json.loads(msgspec.json.encode(certificate))
    place: Any = value
    while True:
        keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        inside = place[key]
        if not isinstance(inside, dict | list) or not inside or data.draw(st.booleans()):
            break
        place = inside
    place[key] = data.draw(JSON)
    try:
        found = from_json(value, "certificate")
    except InputError as error:
        message = str(error)
        assert message.endswith(".")
        assert "\n" not in message
        assert len(message) < 400
    else:
        again = from_json(json.loads(msgspec.json.encode(found)), "certificate")
        assert again == found
        assert list(regions(found.root))


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_anything_is_refused_as_a_root(value: Any) -> None:
    _, _, certificate = empty_leaf()
    whole = json.loads(msgspec.json.encode(certificate)) | {"root": value}
    with pytest.raises(InputError):
        from_json(whole, "certificate")

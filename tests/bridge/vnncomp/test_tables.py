"""Reading benchmark folders: the competition's tables, and tables that must be refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from bridge.vnncomp.expected import read_expected
from bridge.vnncomp.inputs import content_sha256, unpacked
from bridge.vnncomp.instances import read_benchmark
from bridge.vnncomp.paths import normalized
from runtime.errors import InputError

from .conftest import Folder


def test_the_competitions_form(folder: Folder) -> None:
    folder.table.write_text("./onnx/tent.onnx, vnnlib/open.vnnlib ,116\r\n\r\n")
    (instance,) = read_benchmark(folder.table).instances
    assert (instance.onnx, instance.vnnlib) == ("onnx/tent.onnx", "vnnlib/open.vnnlib")
    assert (instance.id, instance.category, instance.timeout) == ("tent_open", "tents", 116.0)


def test_named_columns_in_any_order(folder: Folder) -> None:
    folder.table.write_text("vnnlib,other,onnx\nvnnlib/open.vnnlib,9,onnx/tent.onnx\n")
    (instance,) = read_benchmark(folder.table).instances
    assert instance.onnx == "onnx/tent.onnx"
    assert instance.timeout is None


def test_packed_tables_and_files(folder: Folder) -> None:
    packed = folder.path / "packed.csv.gz"
    packed.write_bytes(gzip.compress(b"onnx/tent.onnx,vnnlib/holds.vnnlib.gz,5\n"))
    benchmark = read_benchmark(packed)
    (instance,) = benchmark.instances
    assert instance.vnnlib == "vnnlib/holds.vnnlib"
    onnx, vnnlib = benchmark.files(instance)
    assert vnnlib.name == "holds.vnnlib.gz"
    target = folder.path / "place"
    target.mkdir()
    plain, digest = unpacked(vnnlib, target)
    assert plain == target / "holds.vnnlib"
    assert "Y_0 0.5" in plain.read_text()
    assert digest == content_sha256(plain) == content_sha256(vnnlib)
    assert unpacked(onnx, target)[0] == onnx


def test_several_categories_in_one_table(folder: Folder) -> None:
    rows = ["acas/a.onnx,acas/p.vnnlib,5", "mnist/a.onnx,mnist/p.vnnlib,5", "a.onnx,p.vnnlib,5"]
    folder.table.write_text("\n".join(rows))
    found = read_benchmark(folder.table).instances
    assert [item.category for item in found] == ["acas", "mnist", "tents"]
    assert len({item.id for item in found}) == 3
    assert all(item.id.startswith("a_p-") for item in found)


@pytest.mark.parametrize("name", ["we ird;$(x)", "-rf", "ümlaut", "x" * 300, "..x", "CON"])
def test_ids_are_harmless_file_names(folder: Folder, name: str) -> None:
    folder.table.write_text(f"{name}.onnx,p.vnnlib,5\n")
    (instance,) = read_benchmark(folder.table).instances
    assert len(instance.id) <= 100
    assert instance.id.replace("-", "").replace("_", "").replace(".", "").isascii()
    assert instance.id[0].isalnum()
    assert not set(instance.id) & set(" ;$()/\\")


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd.onnx",
        "../other.onnx",
        "a/../../b.onnx",
        "C:/x.onnx",
        "a\\b.onnx",
        "a\x00.onnx",
        "a\u202e.onnx",
        "",
        "model.pt",
        "x" * 500 + ".onnx",
    ],
)
def test_hostile_paths_are_refused(path: str) -> None:
    with pytest.raises(InputError, match="the path"):
        normalized(path, ".onnx")


def test_links_must_stay_inside(folder: Folder, tmp_path: Path) -> None:
    secret = tmp_path / "secret.vnnlib"
    secret.write_text("x")
    (folder.path / "vnnlib" / "link.vnnlib").symlink_to(secret)
    (folder.path / "vnnlib" / "inner.vnnlib").symlink_to(folder.path / "vnnlib" / "open.vnnlib")
    folder.instances("link", "inner")
    benchmark = read_benchmark(folder.table)
    with pytest.raises(InputError, match="leaves the folder"):
        benchmark.files(benchmark.instances[0])
    assert benchmark.files(benchmark.instances[1])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there are no instances"),
        ("onnx,vnnlib,timeout\n", "there are no instances"),
        ("onnx/tent.onnx\n", "line 1: an instance is"),
        ("onnx/tent.onnx,vnnlib/open.vnnlib,soon\n", "line 1: the time limit 'soon'"),
        ("onnx/tent.onnx,vnnlib/open.vnnlib,-1\n", "line 1: the time limit"),
        ("onnx/tent.onnx,vnnlib/open.vnnlib,nan\n", "line 1: the time limit"),
        ("onnx/tent.onnx,vnnlib/open.vnnlib,1e999\n", "line 1: the time limit"),
        ("a.onnx,a.vnnlib,1\na.onnx,./a.vnnlib,2\n", "line 2: this instance is there twice"),
        ("a.vnnlib,a.onnx,1\n", "line 1: the path 'a.vnnlib' does not end in .onnx"),
        ('"a.onnx,a.vnnlib,1\n', "this is not CSV"),
        (b"\xff\xfe\x00", "not UTF-8"),
    ],
)
def test_tables_that_cannot_be_used(folder: Folder, text: str | bytes, message: str) -> None:
    folder.table.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(InputError, match=message):
        read_benchmark(folder.table)


def test_packed_files_that_are_not(folder: Folder) -> None:
    path = folder.path / "broken.csv.gz"
    path.write_bytes(b"not packed")
    with pytest.raises(InputError, match="cannot be read"):
        read_benchmark(path)
    path.write_bytes(gzip.compress(b"a" * 100)[:20])
    with pytest.raises(InputError, match="cannot be read"):
        content_sha256(path)


def test_selecting(folder: Folder) -> None:
    benchmark = read_benchmark(folder.table)
    assert len(benchmark.select(None)) == 3
    assert [i.id for i in benchmark.select("open")] == ["tent_open"]
    assert [i.id for i in benchmark.select("tent.onnx*viol")] == ["tent_violated"]
    with pytest.raises(InputError, match="No instance of tents matches 'absent'"):
        benchmark.select("absent")


def test_expectations(folder: Folder) -> None:
    folder.expected(holds="unsat", violated="6:1")
    benchmark = read_benchmark(folder.table)
    by_id = {item.id: benchmark.expectation(item) for item in benchmark.instances}
    disputed = by_id["tent_violated"]
    assert disputed is not None
    assert (disputed.consensus, disputed.tools_unsat, disputed.tools_sat) == ("disputed", 6, 1)
    assert disputed.fastest_seconds == 1.5
    assert by_id["tent_open"] is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("onnx,vnnlib\n", "does not name the column consensus"),
        ("onnx,vnnlib,consensus\na.onnx,a.vnnlib,perhaps\n", "line 2: the consensus 'perhaps'"),
        ("onnx,vnnlib,consensus\n../a.onnx,a.vnnlib,sat\n", "line 2: the path"),
        ("onnx,vnnlib,consensus\na.onnx\n", "line 2: the path '' is empty"),
        (
            "onnx,vnnlib,consensus,tools_sat\na.onnx,a.vnnlib,sat,many\n",
            "line 2: 'many' is not a number of tools",
        ),
        (
            "onnx,vnnlib,consensus,fastest_tool_s\na.onnx,a.vnnlib,sat,inf\n",
            "line 2: 'inf' is not a number of seconds",
        ),
        (
            "onnx,vnnlib,consensus\na.onnx,a.vnnlib,sat\na.onnx,a.vnnlib,unsat\n",
            "line 3: this instance is there twice",
        ),
    ],
)
def test_expectations_that_cannot_be_used(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "expected.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_expected(path)

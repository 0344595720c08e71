"""Bad input on the command line: one sentence, exit code 2, nothing left behind, no traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from ..conftest import Builds
from .conftest import Result, Run, onnx_model

pytestmark = pytest.mark.usefixtures("library")

BOXES = "".join(
    f"(declare-const X_{i} Real)(assert (>= X_{i} 0))(assert (<= X_{i} 1))" for i in range(4)
) + "".join(f"(declare-const Y_{i} Real)" for i in range(3))


def snapshot(folder: Path) -> set[str]:
    """All files around, but for a mark that onnxruntime leaves among temporary files."""
    parent = folder.parent
    return {
        str(path.relative_to(parent))
        for part in ("work", "temporary")
        for path in (parent / part).rglob("*")
        if path.name != ".ses"
    }


def refused(result: Result, before: set[str], folder: Path) -> str:
    """The sentence, after everything that holds for every refusal was checked."""
    assert result.code == 2, result
    assert result.out == ""
    lines = [line for line in result.err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, result.err
    assert "Traceback" not in result.err
    assert snapshot(folder) == before
    assert len(lines[0]) < 600
    return lines[0]


def saved(**changes: np.ndarray) -> Callable[[Path], None]:
    kind = changes.pop("kind", "Relu")
    return lambda path: onnx.save(onnx_model(kind, **changes), path)  # type: ignore[arg-type]


def written(data: bytes | str) -> Callable[[Path], None]:
    content = data.encode() if isinstance(data, str) else data
    return lambda path: path.write_bytes(content) and None


def attribute_nobody_knows(path: Path) -> None:
    model = onnx_model()
    model.graph.node[0].attribute.append(helper.make_attribute("surprise", 1))
    onnx.save(model, path)


def transposed_input(path: Path) -> None:
    model = onnx_model()
    model.graph.node[0].attribute.append(helper.make_attribute("transA", 1))
    onnx.save(model, path)


def two_inputs(path: Path) -> None:
    nodes = [helper.make_node("Add", ["a", "b"], ["y"])]
    values = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 4]) for n in "aby"]
    graph = helper.make_graph(nodes, "two", values[:2], values[2:])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)


def old_operators(path: Path) -> None:
    model = onnx_model()
    model.opset_import[0].version = 3
    onnx.save(model, path)


def outside_data(path: Path) -> None:
    model = onnx_model()
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../secret.bin")
    path.write_bytes(model.SerializeToString())


def double_weights(path: Path) -> None:
    model = onnx_model()
    array = numpy_helper.to_array(model.graph.initializer[0]).astype(np.float64)
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(array, "w1"))
    onnx.save(model, path)


NAN, INFINITE = np.full(5, np.nan, np.float32), np.full(5, np.inf, np.float32)
MODELS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "empty": ("m.onnx", written("")),
    "text": ("m.onnx", written("this is not a model")),
    "truncated": (
        "m.onnx",
        lambda p: p.write_bytes(onnx_model().SerializeToString()[:90]) and None,
    ),
    "suffix": ("m.xyz", written("x")),
    "no suffix": ("model", written("x")),
    "pickle": ("m.pt", written(b"\x80\x04cos\nsystem\n(S'touch owned'\ntR.")),
    "pickled checkpoint": ("m.ckpt", written(b"\x80\x04.")),
    "not a number": ("m.onnx", saved(b1=NAN)),
    "infinite": ("m.onnx", saved(b1=INFINITE)),
    "unknown operator": ("m.onnx", saved(kind="Einsum")),
    "operator of a later day": ("m.onnx", saved(kind="Softplus")),
    "unknown attribute": ("m.onnx", attribute_nobody_knows),
    "attribute value": ("m.onnx", transposed_input),
    "two inputs": ("m.onnx", two_inputs),
    "old opset": ("m.onnx", old_operators),
    "data outside": ("m.onnx", outside_data),
    "double precision": ("m.onnx", double_weights),
    "shapes": ("m.onnx", saved(b1=np.zeros(7, np.float32))),
    "json text": ("m.json", written("{")),
    "json list": ("m.json", written("[1, 2]")),
    "json format": ("m.json", written('{"format": "lemmanet.graph/9"}')),
    "json fields": ("m.json", written('{"format": "lemmanet.graph/1", "nodes": []}')),
    "json depth": ("m.json", written("[" * 100_000)),
    "weights alone": ("m.safetensors", written(b"\x00" * 16)),
}


@pytest.mark.parametrize("name", MODELS)
def test_models(name: str, run: Run, image: Path, builds: Builds, folder: Path) -> None:
    path, make = MODELS[name]
    make(folder / path)
    before = snapshot(folder)
    for command in ("verify", "export"):
        result = run(command, path, "--robust", image, "--eps", "0.01", "--out", "proof")
        refused(result, before, folder)
    assert builds.count == 0


def vnnlib(text: str) -> tuple[str, str]:
    return "p.vnnlib", text


def prop(**changes: object) -> tuple[str, str]:
    robust = {
        "center": ["1/10", "1/2", "3/10", "9/10"],
        "eps": "1/100",
        "norm": "linf",
        "label": 2,
        "clip": ["0", "1"],
    } | changes
    whole = {"format": "lemmanet.property/1", "kind": "robust", "name": "p", "robust": robust}
    return "p.json", json.dumps(whole)


PROPERTIES: dict[str, tuple[str, str]] = {
    "empty": vnnlib(""),
    "parentheses": vnnlib("(assert (<= X_0 1)"),
    "no bounds": vnnlib("(declare-const X_0 Real)(declare-const Y_0 Real)(assert (<= Y_0 1))"),
    "one bound missing": vnnlib(BOXES.replace("(assert (<= X_3 1))", "") + "(assert (<= Y_0 1))"),
    "empty box": vnnlib(BOXES + "(assert (>= X_0 2))(assert (<= Y_0 1))"),
    "no output": vnnlib(BOXES),
    "unknown variable": vnnlib(BOXES + "(assert (<= Z_0 1))"),
    "too many inputs": vnnlib(BOXES + "(declare-const X_4 Real)(assert (<= Y_0 1))"),
    "too many outputs": vnnlib(BOXES + "(declare-const Y_3 Real)(assert (<= Y_3 1))"),
    "inputs and outputs": vnnlib(BOXES + "(assert (<= (+ X_0 Y_0) 1))"),
    "product": vnnlib(BOXES + "(assert (<= (* Y_0 Y_1) 1))"),
    "number": vnnlib(BOXES + "(assert (<= Y_0 1.2.3))"),
    "nesting": vnnlib("(" * 50_000),
    "suffix": ("p.txt", "x"),
    "json": ("p.json", "{"),
    "json format": ("p.json", '{"format": "other"}'),
    "json twice": ("p.json", '{"format": "lemmanet.property/1", "format": "x"}'),
    "center too long": prop(center=["0"] * 5),
    "center not numbers": prop(center=["a", "b", "c", "d"]),
    "negative radius": prop(eps="-1/100"),
    "radius not a number": prop(eps="NaN"),
    "radius of nothing": prop(eps="1/0"),
    "radius too long": prop(eps="1e999"),
    "label too large": prop(label=3),
    "label negative": prop(label=-1),
    "label not an index": prop(label="2"),
    "norm": prop(norm="l7"),
    "clip reversed": prop(clip=["1", "0"]),
    "clip misses": prop(clip=["5", "6"]),
    "unknown field": prop(surprise=1),
}


@pytest.mark.parametrize("name", PROPERTIES)
def test_properties(name: str, run: Run, model: Path, builds: Builds, folder: Path) -> None:
    path, text = PROPERTIES[name]
    (folder / path).write_text(text)
    before = snapshot(folder)
    for command in ("verify", "export"):
        refused(run(command, model, "--property", path, "--out", "proof"), before, folder)
    assert builds.count == 0


def array(value: object) -> Callable[[Path], None]:
    return lambda path: np.save(path, np.asarray(value), allow_pickle=True)


INPUTS: dict[str, tuple[str, Callable[[Path], None], tuple[str, ...]]] = {
    "length": ("i.npy", array([0.5] * 3), ("--eps", "0.1")),
    "objects": ("i.npy", array([{}, None]), ("--eps", "0.1")),
    "text": ("i.npy", array(["a"]), ("--eps", "0.1")),
    "complex": ("i.npy", array([1j] * 4), ("--eps", "0.1")),
    "not a number": ("i.npy", array([np.nan] * 4), ("--eps", "0.1")),
    "not an array": ("i.npy", written("hello"), ("--eps", "0.1")),
    "empty file": ("i.npy", written(""), ("--eps", "0.1")),
    "json object": ("i.json", written("{}"), ("--eps", "0.1")),
    "json words": ("i.json", written('["a", 1, 1, 1]'), ("--eps", "0.1")),
    "suffix": ("i.png", written("x"), ("--eps", "0.1")),
    "no radius": ("i.npy", array([0.5] * 4), ()),
    "radius": ("i.npy", array([0.5] * 4), ("--eps", "big")),
    "negative radius": ("i.npy", array([0.5] * 4), ("--eps", "-1")),
    "label": ("i.npy", array([0.5] * 4), ("--eps", "0.1", "--label", "9")),
    "clip": ("i.npy", array([0.5] * 4), ("--eps", "0.1", "--clip", "wide")),
    "clip reversed": ("i.npy", array([0.5] * 4), ("--eps", "0.1", "--clip", "1,0")),
    "expectation": ("i.npy", array([0.5] * 4), ("--eps", "0.1", "--expect", "checked")),
}


@pytest.mark.parametrize("name", INPUTS)
def test_inputs(name: str, run: Run, model: Path, builds: Builds, folder: Path) -> None:
    path, make, options = INPUTS[name]
    make(folder / path)
    before = snapshot(folder)
    refused(run("verify", model, "--robust", path, *options, "--out", "proof"), before, folder)
    assert builds.count == 0


def test_missing_files(run: Run, model: Path, image: Path, folder: Path, builds: Builds) -> None:
    before = snapshot(folder)
    for arguments in (
        ("verify", "none.onnx", "--robust", image, "--eps", "0.1"),
        ("verify", model, "--property", "none.vnnlib"),
        ("verify", model, "--property", "none.json"),
        ("verify", model, "--robust", "none.npy", "--eps", "0.1"),
        ("verify", model),
        ("verify", model, "--eps", "0.1"),
        ("check", "nowhere"),
        ("check", "."),
        ("report", "nowhere"),
        ("report", "."),
    ):
        refused(run(*arguments), before, folder)


def test_folders_that_are_in_the_way(
    run: Run, model: Path, image: Path, folder: Path, builds: Builds
) -> None:
    (folder / "full").mkdir()
    (folder / "full" / "mine.txt").write_text("precious")
    (folder / "file").write_text("precious")
    (folder / "link").symlink_to(folder / "full")
    before = snapshot(folder)
    for place in ("full", "file", "link"):
        for force in ((), ("--force",)):
            arguments = ("--robust", image, "--eps", "0.01", "--out", place, *force)
            refused(run("verify", model, *arguments), before, folder)
            refused(run("export", model, *arguments), before, folder)
    assert (folder / "full" / "mine.txt").read_text() == "precious"


REPORTS = {
    "text": "hello",
    "json": "{",
    "format": '{"format": "x"}',
    "list": "[]",
    "depth": "[" * 100_000,
}


@pytest.mark.parametrize("name", REPORTS)
def test_reports(name: str, run: Run, folder: Path) -> None:
    (folder / "report.json").write_text(REPORTS[name])
    before = snapshot(folder)
    refused(run("report", "."), before, folder)


@given(data=st.binary(max_size=300), suffix=st.sampled_from([".onnx", ".json", ".safetensors"]))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_bytes_as_a_model(
    data: bytes, suffix: str, run: Run, image: Path, folder: Path, builds: Builds
) -> None:
    path = folder / f"fuzz{suffix}"
    path.write_bytes(data)
    before = snapshot(folder)
    refused(run("verify", path.name, "--robust", image, "--eps", "0.01"), before, folder)


@given(
    text=st.text(alphabet=st.sampled_from('() XY_01<>=+-*.andorstconlaRe\n"{}[]:,'), max_size=200)
)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_text_as_a_property(
    text: str, run: Run, model: Path, folder: Path, builds: Builds
) -> None:
    for name in ("fuzz.vnnlib", "fuzz.json"):
        (folder / name).write_text(text)
        before = snapshot(folder)
        refused(run("verify", model, "--property", name), before, folder)

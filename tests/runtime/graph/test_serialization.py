"""JSON files of graphs: bit-exact, strict, and never half-written."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.errors import InputError
from runtime.graph import Graph, GraphBuilder, Input, LeakyRelu, Linear, Node, Provenance, Relu
from tests.runtime.graph.random_graphs import graphs, random_graph


def small() -> Graph:
    builder = GraphBuilder("small")
    x = builder.input((2,), "x")
    hidden = builder.add(Linear(np.float32([[1, 2], [3, 4]]), np.float32([0, -0.0])), x)
    leaky = builder.add(LeakyRelu(np.float32(0.25)), hidden)
    source = Provenance("onnx", "ab" * 32, "small.onnx", 17, ("batch_norm_folded",))
    return builder.build(leaky, source)


@settings(max_examples=50, deadline=None)
@given(graphs())
def test_round_trip_is_exact(graph: Graph) -> None:
    text = json.dumps(graph.to_json())
    again = Graph.from_json(json.loads(text))
    assert json.dumps(again.to_json()) == text
    assert again.sha256() == graph.sha256()
    assert again.pretty() == graph.pretty()


def test_special_bits_survive() -> None:
    bits = np.array([0x80000000, 0x00000001, 0x007FFFFF, 0x7F7FFFFF], dtype=np.uint32)
    builder = GraphBuilder("bits")
    weight = bits.view(np.float32).reshape(1, 4)
    name = builder.add(Linear(weight, np.float32([-0.0])), builder.input((4,)))
    graph = builder.build(name, Provenance("runtime"))
    again = Graph.from_json(json.loads(json.dumps(graph.to_json())))
    op = again.nodes[0].op
    assert isinstance(op, Linear)
    assert op.weight.view(np.uint32).reshape(-1).tolist() == bits.tolist()
    assert np.signbit(op.bias[0])


def test_save_and_load(tmp_path: Path) -> None:
    graph = small()
    graph.save(tmp_path / "g.json")
    again = Graph.load(tmp_path / "g.json")
    assert again.to_json() == graph.to_json()
    assert again.source == graph.source
    assert [entry.name for entry in tmp_path.iterdir()] == ["g.json"]


def test_the_hash_sees_every_bit_but_not_the_provenance() -> None:
    graph = small()
    renamed = Graph("other", graph.inputs, graph.nodes, graph.output, Provenance("runtime"))
    assert renamed.sha256() == graph.sha256()
    op = graph.nodes[0].op
    assert isinstance(op, Linear)
    changed = op.weight.copy()
    changed.view(np.uint32)[0, 0] ^= 1
    node = Node(graph.nodes[0].name, Linear(changed, op.bias), ("x",), (2,))
    other = Graph("small", graph.inputs, (node, graph.nodes[1]), graph.output, graph.source)
    assert other.sha256() != graph.sha256()


def _set(path: list[Any], value: Any) -> Any:
    data = copy.deepcopy(small().to_json())
    target = data
    for key in path[:-1]:
        target = target[key]
    if value is None:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "an object is needed"),
        ([], "an object is needed"),
        (_set(["format"], "lemmanet.graph/2"), "is not lemmanet.graph/1"),
        (_set(["format"], None), "format are missing or unknown"),
        (_set(["extra"], 1), "extra are missing or unknown"),
        (_set(["name"], "Bad Name"), "must be a lower-case identifier"),
        (_set(["name"], 3), "text is needed"),
        (_set(["inputs"], {}), "a list is needed"),
        (_set(["inputs"], []), "at least one input"),
        (_set(["inputs", 0, "shape"], [0]), "an axis below 1"),
        (_set(["inputs", 0, "shape"], [2.0]), "is not an integer"),
        (_set(["inputs", 0, "shape"], [True, 2]), "is not an integer"),
        (_set(["inputs", 0, "shape"], [1 << 40]), "more than"),
        (_set(["inputs", 0, "shape"], [1] * 9), "more than the 8 allowed"),
        (_set(["inputs", 0, "shape"], [3]), "the weight needs"),
        (_set(["nodes", 0, "name"], "x"), "used twice"),
        (_set(["nodes", 0, "inputs"], ["nothing"]), "not defined before it"),
        (_set(["nodes", 0, "inputs"], []), "1 inputs are needed"),
        (_set(["nodes", 0, "shape"], [3]), "not the inferred one"),
        (_set(["nodes", 0, "op", "kind"], "Softmax"), "not an operator"),
        (_set(["nodes", 0, "op", "kind"], ["Linear"]), "not an operator"),
        (_set(["nodes", 0, "op", "bias"], None), "bias are missing"),
        (_set(["nodes", 0, "op", "weight", "f32"], "AAAA"), "do not fill the shape"),
        (_set(["nodes", 0, "op", "weight", "f32"], "not base64!"), "not valid base64"),
        (_set(["nodes", 0, "op", "weight", "f32"], "AADAfwAAgD8AAIA/AACAPw=="), "NaN or infinite"),
        (_set(["nodes", 1, "op", "alpha"], 0.25), "text is needed"),
        (_set(["nodes", 1, "op", "alpha"], "7fc00000"), "not a finite float32"),
        (_set(["nodes", 1, "op", "alpha"], "3E800000"), "eight hex digits"),
        (_set(["output"], "nothing"), "is not defined"),
        (_set(["source", "kind"], "magic"), "is unknown"),
        (_set(["source", "opset"], "17"), "opset must be an integer"),
        (_set(["source", "notes"], [1]), "text is needed"),
    ],
)
def test_malformed_json_is_refused(data: object, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        Graph.from_json(data)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b'{"a": NaN}', "NaN is not allowed"),
        (b'{"a": 1, "a": 2}', "occurs twice"),
        (b"[" * 100_000, "nested too deeply"),
        (b"1" * 5000, "not valid JSON"),
    ],
)
def test_bad_files_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        Graph.load(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no file 'nothing\.json'"):
        Graph.load(tmp_path / "nothing.json")


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 50), st.data())
def test_mutated_files_never_crash(seed: int, data: st.DataObject) -> None:
    text = json.dumps(random_graph(seed, 4).to_json())
    at = data.draw(st.integers(0, len(text) - 1))
    piece = data.draw(
        st.sampled_from(["", "0", "-", "1e999", '"', "}", "[", "null", "A", "9" * 30])
    )
    mutated = text[:at] + piece + text[at + 1 :]
    try:
        decoded = json.loads(mutated)
    except ValueError:
        return
    try:
        graph = Graph.from_json(decoded)
    except InputError:
        return
    graph.validate()


def test_from_the_constructor_too() -> None:
    with pytest.raises(InputError, match="not the inferred one"):
        Graph(
            "bad", (Input("x", (2,)),), (Node("y", Relu(), ("x",), (3,)),), "y", Provenance("json")
        )

"""The comparison with onnxruntime sees differences, and says when it cannot be made."""

from __future__ import annotations

import builtins
import sys

import numpy as np
import pytest

from bridge.importers import cross_check, from_onnx
from runtime.errors import InfrastructureError, InputError
from runtime.graph import Graph, Linear, Node, Reshape
from tests.bridge.importers.models import floats, model, node

MODEL = model(
    [node("Gemm", ["x", "w"], "h"), node("Relu", ["h"])], {"x": [1, 4]}, {"w": floats(4, 3)}
)


def test_agreement() -> None:
    result = cross_check(from_onnx(MODEL), MODEL, runs=7, seed=3)
    assert result.runs == 7
    assert 0 <= result.max_abs_difference < 1e-5


def _changed(weight: np.ndarray) -> Graph:
    graph = from_onnx(MODEL)
    first = graph.nodes[0]
    node_ = Node(first.name, Linear(weight, np.zeros(3, np.float32)), first.inputs, first.shape)
    return Graph(graph.name, graph.inputs, (node_, *graph.nodes[1:]), graph.output, graph.source)


def test_one_wrong_weight_is_seen() -> None:
    weight = np.ascontiguousarray(floats(4, 3).T)
    weight[1, 2] *= np.float32(1.01)
    with pytest.raises(InputError, match="the importer and onnxruntime disagree by"):
        cross_check(_changed(weight), MODEL)


def test_another_output_size_is_seen() -> None:
    graph = from_onnx(MODEL)
    more = Node("more", Linear(np.ones((4, 3), np.float32), np.zeros(4, np.float32)), ("y",), (4,))
    nodes = (*graph.nodes, more)
    renamed = Graph(graph.name, graph.inputs, nodes, "more", graph.source)
    with pytest.raises(InputError, match="4 outputs and onnxruntime 3"):
        cross_check(renamed, MODEL)


def test_shape_alone_is_no_difference() -> None:
    graph = from_onnx(MODEL)
    turned = Node("turned", Reshape((3, 1)), ("y",), (3, 1))
    again = Graph(graph.name, graph.inputs, (*graph.nodes, turned), "turned", graph.source)
    assert cross_check(again, MODEL).runs == 20


def test_no_runs_prove_nothing() -> None:
    with pytest.raises(InputError, match="at least one run"):
        cross_check(from_onnx(MODEL), MODEL, runs=0)


def test_a_model_that_onnxruntime_refuses() -> None:
    graph = from_onnx(MODEL)
    other = model([node("Nonsense", ["x"])], {"x": [1, 4]})
    with pytest.raises(InputError, match="onnxruntime refuses the model"):
        cross_check(graph, other)


def test_without_onnxruntime(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object, **more: object) -> object:
        if name == "onnxruntime":
            raise ImportError(name)
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.delitem(sys.modules, "onnxruntime", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InfrastructureError, match="onnxruntime is not installed"):
        cross_check(from_onnx(MODEL), MODEL)

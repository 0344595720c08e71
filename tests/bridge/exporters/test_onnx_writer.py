"""Graphs written as ONNX: onnxruntime and the importer agree with the graph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from hypothesis import given, settings

from bridge.exporters import save_onnx, to_onnx
from bridge.importers import from_onnx
from runtime.graph import Graph, GraphBuilder, Linear, Provenance, Relu
from tests.runtime.graph.random_graphs import graphs, random_graph


def _scale(graph: Graph, x: np.ndarray) -> float:
    return max(1.0, *(float(np.abs(value).max()) for value in graph.trace(x).values()))


@settings(max_examples=50, deadline=None)
@given(graphs())
def test_onnxruntime_runs_the_written_model(graph: Graph) -> None:
    model = to_onnx(graph)
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    x = np.random.default_rng(1).standard_normal(graph.inputs[0].shape).astype(np.float32)
    (y,) = session.run(None, {graph.inputs[0].name: x[None]})
    assert y.shape[1:] == graph.output_shape
    np.testing.assert_allclose(y[0], graph.evaluate(x), atol=2e-5 * _scale(graph, x), rtol=0)


@settings(max_examples=50, deadline=None)
@given(graphs())
def test_the_importer_reads_back_what_was_written(graph: Graph) -> None:
    again = from_onnx(to_onnx(graph))
    assert again.inputs[0].shape == graph.inputs[0].shape
    x = np.random.default_rng(2).standard_normal(graph.inputs[0].shape).astype(np.float32)
    got, expected = again.evaluate(x).reshape(-1), graph.evaluate(x).reshape(-1)
    np.testing.assert_allclose(got, expected, atol=2e-5 * _scale(graph, x), rtol=0)


def test_every_operator_comes_up_in_random_graphs() -> None:
    from runtime.graph import OPERATORS

    kinds = {node.op.kind for seed in range(300) for node in random_graph(seed, 12).nodes}
    assert kinds == set(OPERATORS)


def test_an_mlp_comes_back_bit_by_bit(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    builder = GraphBuilder("mlp")
    name = builder.input((4,), "x")
    for index, (rows, columns) in enumerate(((6, 4), (3, 6))):
        weight = rng.standard_normal((rows, columns)).astype(np.float32)
        bias = rng.standard_normal(rows).astype(np.float32)
        name = builder.add(Linear(weight, bias), name, hint=f"layer{index}")
        if index == 0:
            name = builder.add(Relu(), name)
    graph = builder.build(name, Provenance("runtime"))
    path = tmp_path / "mlp.onnx"
    save_onnx(graph, path)
    assert from_onnx(path).sha256() == graph.sha256()
    assert [entry.name for entry in tmp_path.iterdir()] == ["mlp.onnx"]


def test_a_graph_without_nodes_is_written() -> None:
    builder = GraphBuilder("identity")
    graph = builder.build(builder.input((3,), "x"), Provenance("runtime"))
    again = from_onnx(to_onnx(graph))
    assert again.evaluate([1.0, 2.0, 3.0]).tolist() == [1.0, 2.0, 3.0]

"""The competition's networks: all but the sigmoid one come in and agree with onnxruntime."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from bridge.importers import cross_check, from_onnx
from runtime.errors import UnsupportedError
from runtime.graph import Affine, Graph, Linear

NETWORKS = {
    "acasxu/ACASXU_run2a_1_1_batch_2000.onnx": ((1, 1, 5), (5,), 14),
    "mnistfc/mnist-net_256x2.onnx": ((784, 1), (10,), 6),
    "mnistfc/mnist-net_256x4.onnx": ((784, 1), (10,), 10),
    "verivital/Convnet_avgpool.onnx": ((1, 28, 28), (10,), 5),
    "verivital/Convnet_maxpool.onnx": ((1, 28, 28), (10,), 5),
    "cifar10_resnet/resnet_2b.onnx": ((3, 32, 32), (10,), 17),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_network(vnncomp: Path, name: str) -> None:
    path = vnncomp / name
    graph = from_onnx(path)
    assert (graph.inputs[0].shape, graph.output_shape, len(graph.nodes)) == NETWORKS[name]
    assert not any(isinstance(node.op, Affine) for node in graph.nodes)
    assert graph.source.path == path.name
    assert cross_check(graph, path, runs=3).max_rel < 1e-5
    assert Graph.from_json(graph.to_json()).sha256() == graph.sha256()
    x = np.random.default_rng(0).random(graph.inputs[0].shape, dtype=np.float32)
    exact = graph.evaluate_exact([Fraction(float(value)) for value in x.reshape(-1)])
    numerators, denominator = exact[graph.output]
    values = graph.trace(x)
    scale = max(float(np.abs(value).max()) for value in values.values())
    wanted = [numerator / denominator for numerator in numerators]
    np.testing.assert_allclose(values[graph.output], wanted, atol=1e-5 * scale, rtol=0)


def test_all_of_acas_xu(vnncomp: Path) -> None:
    paths = sorted((vnncomp / "acasxu").glob("*.onnx"))
    assert len(paths) == 45
    digests = set()
    for path in paths:
        graph = from_onnx(path)
        digests.add(graph.sha256())
        shapes = [node.op.weight.shape for node in graph.nodes if isinstance(node.op, Linear)]
        assert shapes == [(50, 5), *[(50, 50)] * 5, (5, 50)]
        cross_check(graph, path, runs=1)
    assert len(digests) == 45


def test_the_sigmoid_network_is_refused(vnncomp: Path) -> None:
    (path,) = (vnncomp / "eran").glob("*.onnx")
    with pytest.raises(UnsupportedError, match="the operator 'Sigmoid' is not supported"):
        from_onnx(path)

"""Each library computes every operator, and stays within the budget on random networks."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.conformance import conform
from bridge.conformance.cupy_runs import cupy_backend, run_arrays
from bridge.conformance.onnxruntime_runs import onnxruntime_backend
from bridge.conformance.runs import Backend, Run, blocks
from bridge.conformance.torch_runs import run_torch, torch_backend
from runtime.errors import UnsupportedError
from runtime.graph import OPERATORS, Graph, GraphBuilder, Linear, Op, Provenance
from tests.certificates.float32.networks import admitted, box_around

SEEDS = range(24)


class _Unknown(Op):
    """An operator that no library has."""


def _points(graph: Graph, seed: int, count: int = 2) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((count, *graph.inputs[0].shape)).astype(np.float32)


def _close(found, graph, points):
    expected = [graph.trace(point) for point in points]
    assert list(found) == [node.name for node in graph.nodes]
    for name, value in found.items():
        wanted = np.stack([trace[name] for trace in expected])
        assert np.shape(value) == wanted.shape
        np.testing.assert_allclose(value, wanted, rtol=1e-4, atol=1e-4 * np.abs(wanted).max())


def test_the_networks_have_every_operator():
    assert {n.op.kind for seed in SEEDS for n in admitted(seed, nodes=12).nodes} == set(OPERATORS)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_evaluators_agree_with_the_graph(seed):
    graph = admitted(seed, nodes=12)
    points = _points(graph, seed)
    _close(run_arrays(np, graph, points), graph, points)
    if not isinstance(torch_backend(), str):
        _close(run_torch(graph, points), graph, points)


@pytest.mark.parametrize("make", [onnxruntime_backend, torch_backend, cupy_backend])
@pytest.mark.parametrize("seed", [3, 8, 11])
def test_a_library_stays_within_the_budget(make, seed):
    backend = make()
    if isinstance(backend, str):
        pytest.skip(backend)
    graph = admitted(seed, nodes=12)
    box = box_around(_points(graph, seed, 1)[0], 0.25)
    result = conform(graph, [box], samples=4, backends=[backend])
    assert result.within, result
    (found,) = result.backends
    assert set(found.nodes) == {node.name for node in graph.nodes}
    assert found.runs >= len({1, 3})


@pytest.mark.parametrize("evaluate", [run_torch, lambda g, x: run_arrays(np, g, x)])
def test_unknown_operators_are_refused(evaluate, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setitem(OPERATORS, "_Unknown", _Unknown)
    builder = GraphBuilder("unknown")
    graph = builder.build(builder.add(_Unknown(), builder.input((1,))), Provenance("runtime"))
    with pytest.raises(UnsupportedError, match="_Unknown"):
        evaluate(graph, np.zeros((1, 1), np.float32))


def test_all_points_are_in_blocks():
    assert list(blocks(3, (1, 2, 64))) == [
        (1, slice(0, 1)),
        (1, slice(1, 2)),
        (1, slice(2, 3)),
        (2, slice(0, 2)),
        (2, slice(2, 3)),
        (3, slice(0, 3)),
    ]


def test_threads_of_torch_are_as_before():
    torch = pytest.importorskip("torch")
    graph = admitted(0)
    before = torch.get_num_threads()
    for _ in torch_backend().runs(graph, _points(graph, 0)):
        pass
    assert torch.get_num_threads() == before


@pytest.mark.gpu
def test_tf32_breaks_the_budget():
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("there is no CUDA device")
    if torch.cuda.get_device_capability()[0] < 8:
        pytest.skip("the CUDA device has no TF32")
    rng = np.random.default_rng(0)
    weight = (rng.standard_normal((512, 64)) / 8).astype(np.float32)
    builder = GraphBuilder("wide")
    layer = Linear(weight, np.zeros(512, np.float32))
    graph = builder.build(builder.add(layer, builder.input((64,))), Provenance("runtime"))
    box = box_around(rng.random(64).astype(np.float32), 0.25)

    def runs(tf32):
        def go(graph, points):
            # Many rows, so that the product is worth tensor cores.
            many = np.repeat(points, 64, axis=0)
            values = run_torch(graph, many, device="cuda", tf32=tf32)
            every = {name: value[::64] for name, value in values.items()}
            yield Run("CUDA", slice(0, len(points)), every)

        return Backend("CUDA", "", go)

    assert conform(graph, [box], samples=6, backends=[runs(False)]).within
    assert not conform(graph, [box], samples=6, backends=[runs(True)]).within

"""`lemmanet conform`: what it measures, shows, draws and refuses."""

from __future__ import annotations

import builtins
import json
from fractions import Fraction

import numpy as np
import pytest
from typer.testing import CliRunner

from bridge.cli.app import app
from bridge.conformance import conform
from bridge.conformance.inputs import sample
from bridge.conformance.measuring import hull
from bridge.conformance.numpy_runs import numpy_backend
from bridge.conformance.plot import save_plot
from bridge.conformance.runs import Backend, Run
from certificates.properties import Box
from runtime.errors import InfrastructureError, InputError
from runtime.graph import Graph, GraphBuilder, Linear, Provenance, Relu

UNIT = Box((Fraction(0),) * 4, (Fraction(1),) * 4)


@pytest.fixture(scope="module")
def graph() -> Graph:
    rng = np.random.default_rng(1)

    def layer(rows: int, columns: int) -> Linear:
        weight = rng.standard_normal((rows, columns)).astype(np.float32)
        return Linear(weight, rng.standard_normal(rows).astype(np.float32))

    builder = GraphBuilder("small")
    hidden = builder.add(Relu(), builder.add(layer(6, 4), builder.input((4,))))
    return builder.build(builder.add(layer(3, 6), hidden), Provenance("runtime"))


@pytest.fixture
def model(graph, tmp_path):
    path = tmp_path / "small.json"
    graph.save(path)
    return path


def _off(graph, points):
    """A library whose last layer loses 10 bits."""
    for run in numpy_backend().runs(graph, points):
        values = dict(run.values)
        values[graph.output] = values[graph.output].astype(np.float16).astype(np.float32)
        yield Run("half", run.rows, values)
        return


HALF = Backend("half", "1", _off)


def _run(*arguments):
    return CliRunner().invoke(app, ["conform", *map(str, arguments)])


def test_every_node_is_measured(graph):
    steps: list[str] = []
    result = conform(graph, [UNIT], samples=6, on_step=steps.append)
    assert result.within
    assert [node.node for node in result.nodes] == [node.name for node in graph.nodes]
    assert {b.name for b in result.backends} | {name for name, _ in result.missing} == {
        "NumPy",
        "onnxruntime",
        "PyTorch",
        "CuPy",
    }
    assert all(0 < backend.share <= 1 and backend.setting for backend in result.backends)
    assert "NumPy" in steps
    worst = max(backend.share for backend in result.backends)
    assert worst == max(node.worst.share for node in result.nodes)


def test_a_library_that_loses_bits_breaks_the_budget(graph):
    result = conform(graph, [UNIT], samples=6, backends=[HALF, ("other", "it is missing")])
    assert not result.within
    assert [node.worst.within for node in result.nodes] == [True, True, False]
    assert result.missing == (("other", "it is missing"),)


def test_inputs_lie_in_their_boxes_and_reach_the_ends(graph):
    third = Fraction(1, 3)
    boxes = [UNIT, Box((third,) * 4, (2 * third,) * 4)]
    points = sample(graph, boxes, 24, seed=0)
    exact = [[Fraction(float(v)) for v in point] for point in points]
    assert all(any(box.contains(tuple(x)) for box in boxes) for x in exact)
    assert any(set(x) == {0} for x in exact)
    assert any(set(x) <= {0, 1} and len(set(x)) == 2 for x in exact)
    assert sample(graph, boxes, 24, seed=0).tobytes() == points.tobytes()
    assert sample(graph, boxes, 24, seed=1).tobytes() != points.tobytes()
    assert hull(boxes) == UNIT


def test_a_box_without_float32_numbers_is_refused(graph):
    tenth = Box((Fraction(1, 10),) * 4, (Fraction(1, 10),) * 4)
    with pytest.raises(InputError, match="no float32 number at coordinate 0"):
        conform(graph, [tenth])


def test_a_network_without_nodes_is_refused():
    builder = GraphBuilder("empty")
    empty = builder.build(builder.input((4,)), Provenance("runtime"))
    with pytest.raises(InputError, match="computes nothing"):
        conform(empty, [UNIT])


def test_the_command_shows_a_table_and_exits_with_0(model):
    result = _run(model, "--range", "0,1", "--samples", 3)
    assert result.exit_code == 0, result.output
    for text in ("linear_2", "budget", "NumPy", "within the budget"):
        assert text in result.output


def test_the_command_writes_json_and_takes_properties(model, tmp_path):
    np.save(tmp_path / "x.npy", np.full(4, 0.5, np.float32))
    result = _run(model, "--robust", tmp_path / "x.npy", "--eps", "1/8", "--samples", 3, "--json")
    assert result.exit_code == 0, result.output
    value = json.loads(result.stdout)
    assert value["within"] is True
    assert [node["node"] for node in value["nodes"]] == ["linear", "relu", "linear_2"]
    assert all(0 < node["measured"] < node["budget"] for node in value["nodes"])
    assert value["backends"][0]["name"] == "NumPy"


def test_a_broken_budget_is_exit_code_1(model, monkeypatch):
    monkeypatch.setattr("bridge.conformance.measuring.known_backends", lambda: [HALF])
    result = _run(model, "--range", "0,1", "--samples", 3)
    assert result.exit_code == 1
    assert "the budget is broken" in result.output
    assert _run(model, "--range", "0,1", "--samples", 3, "--json").exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--range", "0"],
        ["--range", "1,0"],
        ["--range", "0,x"],
        ["--range", "0,1", "--plot", "picture.txt"],
        ["--range", "0,1", "--plot", "missing/picture.png"],
        ["--range", "1/10,1/10"],
        ["--eps", "1"],
    ],
)
def test_bad_options_are_exit_code_2(model, arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = _run(model, *arguments)
    assert result.exit_code == 2, result.output


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_plot_is_drawn(graph, tmp_path, suffix):
    pytest.importorskip("matplotlib")
    result = conform(graph, [UNIT], samples=3, backends=[numpy_backend()])
    path = tmp_path / f"picture.{suffix}"
    save_plot(result, path, "small")
    assert path.stat().st_size > 1000
    if suffix == "svg":
        assert path.read_text().count("linear_2") >= 1


def test_a_missing_matplotlib_is_one_clear_error(graph, tmp_path, monkeypatch):
    result = conform(graph, [UNIT], samples=3, backends=[numpy_backend()])
    original = builtins.__import__

    def without(name, *arguments, **keywords):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return original(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InfrastructureError, match="matplotlib is not installed"):
        save_plot(result, tmp_path / "picture.png", "small")

"""The command line in an empty folder, a small ONNX model, and a robust input for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from typer.testing import CliRunner

from bridge.cli.app import app


@dataclass(frozen=True)
class Result:
    """What a run of the command gave."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, empty; temporary files go to a folder of their own."""
    work, temporary = tmp_path / "work", tmp_path / "temporary"
    work.mkdir()
    temporary.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    return work


@pytest.fixture
def run(folder: Path) -> Run:
    """`lemmanet` with these arguments, in the current folder."""

    def call(*arguments: object) -> Result:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        return Result(result.exit_code, result.stdout, result.stderr)

    return call


def onnx_model(kind: str = "Relu", **changes: np.ndarray) -> onnx.ModelProto:
    """x [1, 4] to 3 outputs: two dense layers with one operator between them."""
    random = np.random.default_rng(0)
    arrays = {
        "w1": random.standard_normal((4, 5)).astype(np.float32),
        "b1": random.standard_normal(5).astype(np.float32),
        "w2": random.standard_normal((5, 3)).astype(np.float32),
        "b2": random.standard_normal(3).astype(np.float32),
    } | changes
    nodes = [
        helper.make_node("Gemm", ["x", "w1", "b1"], ["h"]),
        helper.make_node(kind, ["h"], ["r"]),
        helper.make_node("Gemm", ["r", "w2", "b2"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3])],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 10
    return model


@pytest.fixture
def model(folder: Path) -> Path:
    onnx.save(onnx_model(), folder / "small.onnx")
    return Path("small.onnx")


@pytest.fixture
def image(folder: Path) -> Path:
    np.save(folder / "image.npy", np.array([0.1, 0.5, 0.3, 0.9], np.float32))
    return Path("image.npy")

"""Weights by name with a list of layers, and TorchLean's files."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from bridge.importers import from_state_dict, from_torchlean, load_model
from runtime.errors import InputError, UnsupportedError
from runtime.graph import Conv2d, Graph, Linear
from tests.bridge.importers.models import floats

torch = pytest.importorskip("torch")

LAYERS: dict[str, Any] = {
    "format": "lemmanet.architecture/1",
    "name": "net",
    "input": [1, 2, 8, 8],
    "layers": [
        {"kind": "normalize", "mean": [0.5, 0.25], "std": [0.5, 2.0]},
        {"kind": "conv2d", "name": "0", "padding": [1, 1], "stride": [2, 1], "bias": False},
        {"kind": "batch_norm", "name": "1", "eps": 1e-3},
        {"kind": "leaky_relu", "alpha": 0.125},
        {"kind": "max_pool2d", "kernel": [2, 2], "padding": [1, 0]},
        {"kind": "avg_pool2d", "kernel": [2, 2], "stride": [1, 1]},
        {"kind": "flatten"},
        {"kind": "linear", "name": "7"},
        {"kind": "relu"},
        {"kind": "clip", "low": 0.0, "high": 2.0},
        {"kind": "linear", "name": "10"},
    ],
}


def network() -> Any:
    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(2, 3, 3, padding=1, stride=(2, 1), bias=False),
        torch.nn.BatchNorm2d(3, eps=1e-3),
        torch.nn.LeakyReLU(0.125),
        torch.nn.MaxPool2d(2, padding=(1, 0)),
        torch.nn.AvgPool2d(2, stride=1),
        torch.nn.Flatten(),
        torch.nn.Identity(),
        torch.nn.Linear(18, 5),
        torch.nn.ReLU(),
        torch.nn.Hardtanh(0, 2),
        torch.nn.Linear(5, 4),
    ).eval()
    net[1].running_mean.copy_(torch.randn(3))
    net[1].running_var.copy_(torch.rand(3) + 0.5)
    return net


def save(folder: Path) -> Path:
    path = folder / "net.safetensors"
    weights = {name: value.numpy() for name, value in network().state_dict().items()}
    safetensors.numpy.save_file(weights, path)
    (folder / "net.architecture.json").write_text(json.dumps(LAYERS))
    return path


def test_safetensors_with_layers_beside_it(tmp_path: Path) -> None:
    graph = load_model(save(tmp_path))
    x = floats(1, 2, 8, 8)
    scaled = (torch.from_numpy(x) - torch.tensor([0.5, 0.25]).view(2, 1, 1)) / torch.tensor(
        [0.5, 2.0]
    ).view(2, 1, 1)
    wanted = network()(scaled).detach().numpy()[0]
    np.testing.assert_allclose(graph.evaluate(x[0]), wanted, atol=1e-5)
    assert graph.source.kind == "safetensors"
    assert graph.source.path == "net.safetensors"
    assert graph.source.notes == ("batch_norm_folded",)


def _layers(path: list[Any], value: Any) -> dict[str, Any]:
    data = copy.deepcopy(LAYERS)
    target: Any = data
    for key in path[:-1]:
        target = target[key]
    if value is None:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (_layers(["format"], "other"), "Invalid enum value 'other'"),
        (_layers(["input"], []), "length >= 1"),
        (_layers(["input"], [0, 2]), ">= 1"),
        (_layers(["layers", 3, "kind"], "softmax"), "Invalid value 'softmax'"),
        (_layers(["layers", 3, "slope"], 1), "unknown field `slope`"),
        (_layers(["layers", 1, "stride"], [0, 1]), ">= 1"),
        (_layers(["layers", 1, "name"], "5"), "there is no weight '5.weight'"),
        (_layers(["layers", 7, "bias"], False), "'7.bias' belong to no layer"),
        (_layers(["layers", 10], None), "'10.bias', '10.weight' belong to no layer"),
        (_layers(["layers", 4, "padding"], [2, 2]), "must lie in 0 to 1"),
        (_layers(["layers", 6], None), "the weight reads 18 features"),
        (_layers(["layers", 9, "high"], -1.0), "is above high"),
        (_layers(["layers", 0, "mean"], [1.0, 2.0, 3.0]), "3 numbers do not fit 2 channels"),
        (_layers(["layers", 0, "std"], [0.0]), "divides by zero"),
    ],
)
def test_layers_that_do_not_fit(tmp_path: Path, layers: dict[str, Any], message: str) -> None:
    path = save(tmp_path)
    (tmp_path / "net.architecture.json").write_text(json.dumps(layers))
    with pytest.raises(InputError) as caught:
        load_model(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_data_types_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    safetensors.numpy.save_file({"7.weight": np.ones((2, 2))}, path)
    with pytest.raises(UnsupportedError, match="data type F64"):
        from_state_dict(path, LAYERS)


@pytest.mark.parametrize("content", [b"", b"\0" * 8, b"\xff" * 50, b"\x02" + b"\0" * 7 + b"{}x"])
def test_mangled_safetensors(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "net.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError):
        from_state_dict(path, LAYERS)


def test_torchlean_mlp(torchlean_fixtures: Path) -> None:
    graph = load_model(torchlean_fixtures / "mlp.json")
    data = json.loads((torchlean_fixtures / "mlp.json").read_text())["params"]
    x = np.float32([0.5, 0.8])
    hidden = np.array(data["layers.0.weight"]) @ x + np.array(data["layers.0.bias"])
    wanted = np.array(data["layers.2.weight"]) @ np.maximum(hidden, 0) + data["layers.2.bias"]
    np.testing.assert_allclose(graph.evaluate(x), wanted, rtol=1e-6)
    assert [node.op.kind for node in graph.nodes] == ["Linear", "Relu", "Linear"]
    assert (graph.source.kind, graph.source.notes) == ("torchlean", ())


def test_torchlean_cnn(torchlean_fixtures: Path) -> None:
    graph = load_model(torchlean_fixtures / "cnn.json")
    data = json.loads((torchlean_fixtures / "cnn.json").read_text())["params"]
    weights = {name: torch.tensor(value) for name, value in data.items()}
    x = torch.arange(1.0, 65.0).reshape(1, 1, 8, 8)
    functional, y = torch.nn.functional, x
    for name in ("conv1", "conv2"):
        y = functional.conv2d(y, weights[f"{name}.weight"], weights[f"{name}.bias"], padding=1)
        y = functional.max_pool2d(torch.relu(y), 2)
    wanted = functional.linear(y.flatten(1), weights["fc.weight"], weights["fc.bias"])
    np.testing.assert_allclose(graph.evaluate(x[0].numpy()), wanted.numpy()[0], rtol=1e-5)
    # The published weights were trained towards these outputs.
    np.testing.assert_allclose(graph.evaluate(x[0].numpy()), [1.0, 0.5], atol=0.05)
    assert sum(isinstance(node.op, Conv2d) for node in graph.nodes) == 2


def test_torchlean_digits_classifies_its_test_set(torchlean_fixtures: Path) -> None:
    graph = load_model(torchlean_fixtures / "digits_linear_weights.json")
    examples = json.loads((torchlean_fixtures / "digits_test.json").read_text())["examples"]
    inputs = np.array([example["x"] for example in examples], dtype=np.float32)
    labels = np.array([example["y"] for example in examples])
    # The certificate beside it says that 349 of 360 are classified right.
    assert int((graph.evaluate_batch(inputs).argmax(axis=1) == labels).sum()) == 349


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("transformer_encoder.json", "'TorchLean.TransformerEncoder' is not supported"),
        ("digits_test.json", "'digits_dataset_v0_1' holds no weights"),
        ("mlp_cert.json", "'None' holds no weights"),
    ],
)
def test_other_torchlean_files(torchlean_fixtures: Path, name: str, message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        load_model(torchlean_fixtures / name)


def _mlp(**changes: object) -> dict[str, object]:
    params: dict[str, object] = {"layers.0.weight": [[1.0, 2.0]], "layers.0.bias": [0.5]}
    params.update(changes)
    params = {key: value for key, value in params.items() if value is not None}
    return {"params": params, "meta": {"format": "TorchLean.MLP", "dtype": "float32"}}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "a JSON object is needed"),
        (_mlp(**{"layers.0.weight": None}), "no weight of a first linear layer"),
        (_mlp(**{"layers.0.bias": None}), "no weight 'layers.0.bias'"),
        (_mlp(**{"layers.0.weight": [[1.0], [2.0, 3.0]]}), "do not have one shape"),
        (_mlp(**{"layers.0.weight": [["a"]]}), "not a number"),
        (_mlp(**{"layers.0.weight": [[True]]}), "not a number"),
        (_mlp(**{"layers.0.weight": [[1e39]]}), "too large for float32"),
        (_mlp(**{"layers.0.weight": [[10**400]]}), "too large for float32"),
        (_mlp(**{"layers.0.weight": 1.0}), "nested lists of numbers"),
        (_mlp(**{"layers.0.weight": []}), "nested lists of numbers"),
        (_mlp(**{"layers.0.bias": [1.0, 2.0]}), "bias has 2 entries"),
        (_mlp(other=[1.0]), "'other' belong to no layer"),
        ({"params": {}, "meta": {"format": "TorchLean.MLP", "dtype": "float64"}}, "float32"),
        ({"format": "torchlean.ir.v1", "nodes": []}, "'torchlean.ir.v1' holds no weights"),
    ],
)
def test_malformed_torchlean(tmp_path: Path, data: object, message: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(data))
    with pytest.raises(InputError) as caught:
        from_torchlean(path)
    assert message in str(caught.value)


def test_rounded_numbers_are_noted(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    path.write_text(json.dumps(_mlp(**{"layers.0.weight": [[0.1, 1.0]]})))
    graph: Graph = load_model(path)
    op = graph.nodes[0].op
    assert isinstance(op, Linear)
    assert op.weight[0, 0] == np.float32(0.1)
    assert graph.source.notes == ("weights_rounded_to_float32",)

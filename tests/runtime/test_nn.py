"""Modules: names, state, files, initialization."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from runtime import nn
from runtime.errors import InputError
from runtime.tensor import Tensor


def _convnet(seed: int = 0) -> nn.Sequential:
    random = np.random.default_rng(seed)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, stride=(1, 2), padding=1, seed=random),
        nn.LeakyReLU(0.1),
        nn.MaxPool2d(2, stride=1),
        nn.Conv2d(4, 4, 3, padding=1, groups=2, bias=False, seed=random),
        nn.ReLU(),
        nn.AvgPool2d(2, padding=1, count_include_pad=False),
        nn.Flatten(),
        nn.Linear(32, 10, seed=random),
    )


class _Block(nn.Module):
    """A residual block with a parameter that is used twice."""

    def __init__(self, seed: int) -> None:
        self.inner = nn.Sequential(nn.Linear(4, 4, seed=seed), nn.ReLU())
        self.gain = nn.Parameter(np.ones(4, np.float32))
        self.again = self.gain

    def forward(self, x: Tensor) -> Tensor:
        return x + self.inner(x) * self.gain


def test_names_are_those_of_pytorch() -> None:
    assert [name for name, _ in _convnet().named_parameters()] == [
        "0.weight",
        "0.bias",
        "3.weight",
        "7.weight",
        "7.bias",
    ]
    assert [n for n, _ in _Block(0).named_parameters()] == [
        "gain",
        "inner.0.weight",
        "inner.0.bias",
    ]


def test_output_matches_torch_with_the_same_state() -> None:
    torch = pytest.importorskip("torch")
    theirs = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3, stride=(1, 2), padding=1),
        torch.nn.LeakyReLU(0.1),
        torch.nn.MaxPool2d(2, stride=1),
        torch.nn.Conv2d(4, 4, 3, padding=1, groups=2, bias=False),
        torch.nn.ReLU(),
        torch.nn.AvgPool2d(2, padding=1, count_include_pad=False),
        torch.nn.Flatten(),
        torch.nn.Linear(32, 10),
    )
    ours = _convnet()
    ours.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    x = np.random.default_rng(5).standard_normal((3, 1, 8, 8)).astype(np.float32)
    np.testing.assert_allclose(
        ours(Tensor(x)).data, theirs(torch.from_numpy(x)).detach().numpy(), rtol=1e-5, atol=1e-6
    )


def test_a_seed_decides_the_parameters() -> None:
    one, same, other = (_convnet(seed).state_dict() for seed in (0, 0, 1))
    assert all(np.array_equal(one[k], same[k]) for k in one)
    assert not any(np.array_equal(one[k], other[k]) for k in one)


def test_initialization_has_the_bounds_and_spread_of_pytorch() -> None:
    layer = nn.Conv2d(8, 64, 3, seed=0)
    bound = 1 / np.sqrt(8 * 9)
    weight = layer.weight.data
    assert weight.dtype == np.float32
    assert np.abs(weight).max() <= bound
    assert weight.std() == pytest.approx(bound / np.sqrt(3), rel=0.02)
    assert layer.bias is not None
    assert np.abs(layer.bias.data).max() <= bound


def test_files_keep_every_bit(tmp_path: Path) -> None:
    model = _convnet()
    model.save(tmp_path / "model.safetensors")
    read = _convnet(seed=9).load(tmp_path / "model.safetensors").state_dict()
    for name, value in model.state_dict().items():
        assert value.tobytes() == read[name].tobytes()


def test_state_dict_is_a_copy() -> None:
    model = _convnet()
    model.state_dict()["7.bias"][:] = 5
    assert not (model.state_dict()["7.bias"] == 5).any()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda s: s.pop("7.bias"), "missing"),
        (lambda s: s.update(more=np.zeros(1, np.float32)), "unknown"),
        (lambda s: s.update({"7.bias": np.zeros(9, np.float32)}), "7.bias"),
        (lambda s: s.update({"7.bias": np.zeros(10)}), "float64"),
        (lambda s: s["7.bias"].__setitem__(0, np.nan), "NaN"),
        (lambda s: s["7.bias"].__setitem__(0, np.inf), "infinity"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(change, word: str) -> None:
    model, state = _convnet(), _convnet(1).state_dict()
    before = model.state_dict()
    change(state)
    with pytest.raises(InputError, match=word):
        model.load_state_dict(state)
    assert all(np.array_equal(before[k], v) for k, v in model.state_dict().items())


@pytest.mark.parametrize("content", [None, b"", b"\xff" * 64, b"\x08\0\0\0\0\0\0\0{}      "])
def test_damaged_files_are_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "model.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError):
        _convnet().load(path)


@pytest.mark.parametrize(
    "build",
    [
        lambda: nn.Linear(0, 3, seed=0),
        lambda: nn.Conv2d(3, 4, 2, groups=2, seed=0),
        lambda: nn.Conv2d(0, 4, 2, seed=0),
        lambda: nn.Conv2d(1, 1, 0, seed=0),
        lambda: nn.Conv2d(1, 1, 2, padding=-1, seed=0),
    ],
)
def test_impossible_layers_are_refused(build) -> None:
    with pytest.raises(InputError):
        build()


def test_a_module_prints_its_structure() -> None:
    assert repr(nn.Sequential(nn.Linear(2, 3, seed=0), nn.ReLU())) == (
        "Sequential(\n  (0): Linear(2, 3, bias=True)\n  (1): ReLU()\n)"
    )


def test_moving_to_the_cpu_is_a_no_op_and_other_devices_are_refused() -> None:
    model = _convnet()
    assert model.to("cpu") is model
    with pytest.raises(InputError, match="tpu"):
        model.to("tpu")

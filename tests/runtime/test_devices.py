"""Devices: the CPU always, CUDA where CuPy and a GPU are, one clear error elsewhere."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from runtime import nn, optim
from runtime.autograd import cross_entropy
from runtime.devices import array_module, device, to_numpy
from runtime.errors import InfrastructureError, InputError
from runtime.tensor import Tensor


def test_the_cpu_is_numpy() -> None:
    cpu = device("cpu")
    array = np.ones(2)
    assert cpu.module is np
    assert device(cpu) is cpu
    assert cpu.asarray(array) is array
    assert array_module(array) is np
    assert to_numpy(array) is array
    assert Tensor(array).device == cpu


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(InputError, match="'cuda'"):
        device("cuda:7")


def test_cuda_without_cupy_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(InfrastructureError, match="CuPy"):
        device("cuda")


def test_cuda_without_a_gpu_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = ModuleType("cupy")
    fake.__dict__["cuda"] = SimpleNamespace(
        runtime=SimpleNamespace(getDeviceCount=lambda: 0),
    )
    monkeypatch.setitem(sys.modules, "cupy", fake)
    with pytest.raises(InfrastructureError, match="none is visible"):
        device("cuda")


@pytest.mark.gpu
def test_a_training_step_on_the_gpu_matches_the_cpu() -> None:
    try:
        device("cuda")
    except InfrastructureError as error:
        pytest.skip(str(error))
    random = np.random.default_rng(0)
    x = random.standard_normal((4, 1, 6, 6)).astype(np.float32)
    labels = np.array([0, 1, 2, 1])
    states = []
    for place in ("cpu", "cuda"):
        seed = np.random.default_rng(1)
        model = nn.Sequential(
            nn.Conv2d(1, 2, 3, seed=seed),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(8, 3, seed=seed),
        ).to(place)
        optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        for _ in range(3):
            optimizer.zero_grad()
            cross_entropy(model(Tensor(x, device=place)), labels).backward()
            optimizer.step()
        states.append(model.state_dict())
    for name, value in states[0].items():
        np.testing.assert_allclose(value, states[1][name], rtol=1e-4, atol=1e-5)

"""Optimizers against PyTorch's for twenty steps, and their refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from runtime import nn, optim
from runtime.errors import InputError

SETTINGS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01, "nesterov": True}),
    ("Adam", {"lr": 0.01}),
    ("Adam", {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1}),
    ("AdamW", {"lr": 0.01}),
    ("AdamW", {"lr": 0.01, "weight_decay": 0.2}),
]


@pytest.mark.parametrize(("name", "settings"), SETTINGS)
def test_twenty_steps_match_torch(name: str, settings: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(0)
    start = random.standard_normal((5, 7)).astype(np.float32)
    ours = nn.Parameter(start.copy())
    theirs = torch.nn.Parameter(torch.from_numpy(start.copy()))
    mine = getattr(optim, name)([ours], **settings)
    other = getattr(torch.optim, name)([theirs], **settings)
    for _ in range(20):
        gradient = random.standard_normal(start.shape).astype(np.float32)
        ours.grad, theirs.grad = gradient, torch.from_numpy(gradient.copy())
        mine.step()
        other.step()
        np.testing.assert_allclose(ours.data, theirs.detach().numpy(), rtol=2e-6, atol=2e-7)
    assert ours.data.dtype == np.float32


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW"])
def test_gradients_are_left_alone_and_missing_ones_skipped(name: str) -> None:
    used, unused = (nn.Parameter(np.ones(3, np.float32)) for _ in range(2))
    optimizer = getattr(optim, name)([used, unused], lr=0.1, weight_decay=0.5)
    used.grad = gradient = np.full(3, 2.0, np.float32)
    optimizer.step()
    np.testing.assert_array_equal(gradient, 2.0)
    np.testing.assert_array_equal(unused.data, 1.0)
    assert (used.data < 1).all()
    optimizer.zero_grad()
    assert used.grad is None


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("SGD", {"lr": -1.0}),
        ("SGD", {"lr": float("nan")}),
        ("SGD", {"momentum": -0.1}),
        ("SGD", {"nesterov": True}),
        ("Adam", {"betas": (1.0, 0.9)}),
        ("Adam", {"eps": -1e-8}),
        ("AdamW", {"weight_decay": -1.0}),
    ],
)
def test_settings_out_of_range_are_refused(name: str, settings: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        getattr(optim, name)([nn.Parameter(np.ones(1))], **settings)


def test_nothing_to_train_is_refused() -> None:
    with pytest.raises(InputError):
        optim.SGD([])

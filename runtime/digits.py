"""The demonstration model: a small network on 8 by 8 digits, trained to be provable."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from runtime.data import DigitsData, load_digits
from runtime.nn import Linear, ReLU, Sequential
from runtime.optim import Adam
from runtime.training import EpochRecord, RobustTraining, fit

__all__ = ["TO_RADIUS_0_03", "digits_network", "train_digits"]

TO_RADIUS_0_03 = RobustTraining(eps=0.03)
"""Interval bounds of the demonstration model hold for most images up to about this radius."""


def digits_network(seed: int = 0, hidden: int = 32) -> Sequential:
    """An untrained 64-``hidden``-10 network with one ReLU layer."""
    random = np.random.default_rng(seed)
    return Sequential(Linear(64, hidden, seed=random), ReLU(), Linear(hidden, 10, seed=random))


def train_digits(
    seed: int = 0,
    *,
    epochs: int = 60,
    robust: RobustTraining | None = TO_RADIUS_0_03,
    on_epoch: Callable[[EpochRecord], None] | None = None,
) -> tuple[Sequential, DigitsData]:
    """Trains the 64-32-10 network on the digits, in seconds on a CPU.

    ``seed`` decides the split, the initial weights and the order of batches. With ``robust``
    interval bounds prove many test images at radii up to about that of training; None trains
    with plain cross entropy.
    """
    data = load_digits(seed)
    model = digits_network(seed)
    optimizer = Adam(model.parameters(), lr=3e-3)
    fit(model, data.train, epochs, optimizer, seed=seed, robust=robust, on_epoch=on_epoch)
    return model, data

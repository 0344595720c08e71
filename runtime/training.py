"""The training loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from runtime.autograd import cross_entropy
from runtime.autograd.tape import no_grad
from runtime.data import Dataset, batches
from runtime.devices import Array
from runtime.errors import InputError
from runtime.nn import Module
from runtime.optim import Optimizer
from runtime.robust import ball, worst_logits
from runtime.tensor import Tensor

__all__ = ["EpochRecord", "RobustTraining", "accuracy", "fit"]


@dataclass(frozen=True, slots=True)
class RobustTraining:
    """Trains towards interval certificates (see ``runtime.robust``).

    The loss is (1 - weight) · cross entropy + weight · cross entropy of the worst logits over
    the ball. Both the radius and ``weight`` grow linearly from 0 over the first ``ramp`` share
    of the epochs, the schedule of Gowal et al. 2018 without its warm-up.
    ``clip`` is the range of valid inputs, None for no limit.
    """

    eps: float
    weight: float = 0.5
    ramp: float = 0.5
    clip: tuple[float, float] | None = (0.0, 1.0)

    def __post_init__(self) -> None:
        if not (self.eps >= 0 and 0 <= self.weight <= 1 and 0 <= self.ramp <= 1):
            raise InputError("robust training: eps must be ≥ 0, weight and ramp within 0..1")

    def loss(
        self, model: Module, x: Tensor, labels: Array, clean: Tensor, progress: float
    ) -> Tensor:
        """The mixed loss; ``progress`` is the share of epochs done, from 0 to 1."""
        share = 1.0 if progress >= self.ramp else progress / self.ramp
        weight = self.weight * share
        if weight == 0.0:
            return clean
        box = ball(x, self.eps * share, self.clip)
        worst = cross_entropy(worst_logits(model, box, labels), labels)
        return clean * (1 - weight) + worst * weight


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """What happened in an epoch: its number from 1, mean loss, wall seconds."""

    epoch: int
    loss: float
    seconds: float


def fit(
    model: Module,
    data: Dataset,
    epochs: int,
    optimizer: Optimizer,
    *,
    batch_size: int = 64,
    seed: int = 0,
    robust: RobustTraining | None = None,
    on_epoch: Callable[[EpochRecord], None] | None = None,
) -> list[EpochRecord]:
    """Trains ``model`` in place with cross entropy; returns one record per epoch.

    The order of batches follows from ``seed`` alone, so a run repeats bit for bit on the same
    machine and library build (matrix products may sum in another order elsewhere).
    Raises InputError where the loss stops being finite.
    """
    shuffle = np.random.default_rng(seed)
    records: list[EpochRecord] = []
    for epoch in range(1, epochs + 1):
        start, total = perf_counter(), 0.0
        for batch in batches(data, batch_size, shuffle):
            optimizer.zero_grad()
            x = Tensor(batch.inputs, device=model.device)
            loss = cross_entropy(model(x), batch.labels)
            if robust is not None:
                loss = robust.loss(model, x, batch.labels, loss, (epoch - 1) / epochs)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        mean = total / len(data)
        if not np.isfinite(mean):
            raise InputError(f"training diverged in epoch {epoch}; lower the learning rate")
        records.append(EpochRecord(epoch, mean, perf_counter() - start))
        if on_epoch is not None:
            on_epoch(records[-1])
    return records


def accuracy(model: Module, data: Dataset) -> float:
    """The share of examples whose greatest logit is that of the label."""
    with no_grad():
        logits = model(Tensor(data.inputs, device=model.device)).numpy()
    return float((logits.argmax(axis=1) == data.labels).mean())

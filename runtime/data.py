"""Data sets in memory, deterministic splits and batches, and scikit-learn's digits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np

from runtime.devices import Array
from runtime.errors import InfrastructureError, InputError

__all__ = ["Dataset", "DigitsData", "batches", "load_digits", "split"]


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Examples in order: ``inputs`` float32 [N, ...] and ``labels`` int64 [N].

    Raises InputError where the lengths differ or there is no example.
    """

    inputs: Array
    labels: Array

    def __post_init__(self) -> None:
        if self.labels.shape != self.inputs.shape[:1] or self.labels.size == 0:
            raise InputError(
                f"data set: inputs {self.inputs.shape} and labels {self.labels.shape} "
                "must have one label per example, and at least one example"
            )

    def __len__(self) -> int:
        return int(self.labels.size)

    def select(self, indices: Array) -> Dataset:
        """The examples at ``indices``, in that order."""
        return Dataset(self.inputs[indices], self.labels[indices])


@dataclass(frozen=True, slots=True, eq=False)
class DigitsData:
    """Handwritten digits of 8 by 8 pixels in [0, 1], with classes 0 to 9."""

    train: Dataset
    test: Dataset


def split(data: Dataset, test_share: float, seed: int) -> tuple[Dataset, Dataset]:
    """``data`` shuffled by ``seed`` and cut: (training part, test part).

    Raises InputError where a part would be empty.
    """
    count = round(len(data) * test_share)
    if not 0 < count < len(data):
        raise InputError(f"split: a test share of {test_share} leaves one part empty")
    order = np.random.default_rng(seed).permutation(len(data))
    return data.select(order[count:]), data.select(order[:count])


def batches(data: Dataset, size: int, shuffle: np.random.Generator | None) -> Iterator[Dataset]:
    """``data`` in batches of ``size`` (the last may be smaller), shuffled where asked."""
    if size < 1:
        raise InputError(f"batches: a size of {size} holds no example")
    order = np.arange(len(data)) if shuffle is None else shuffle.permutation(len(data))
    for start in range(0, len(data), size):
        yield data.select(order[start : start + size])


def load_digits(
    seed: int = 0, *, test_share: float = 0.2, shape: tuple[int, ...] = (64,)
) -> DigitsData:
    """scikit-learn's copy of the UCI optical digits (Alpaydin and Kaynak 1998), 1797 images.

    Pixels are whole numbers from 0 to 16, scaled by exactly 1/16, so that every value is a
    float32 without rounding. ``shape`` is that of one image: (64,), (8, 8) or (1, 8, 8).
    Raises InfrastructureError without scikit-learn and InputError for another size.
    """
    if prod(shape) != 64:
        raise InputError(f"digits: an image has 64 pixels, which shape {shape} does not hold")
    try:
        from sklearn.datasets import load_digits as load_bundled
    except ImportError as error:
        raise InfrastructureError(
            "the digits come with scikit-learn; install the extra 'demo'"
        ) from error
    pixels, labels = load_bundled(return_X_y=True)
    images = (pixels / 16.0).astype(np.float32).reshape(-1, *shape)
    return DigitsData(*split(Dataset(images, labels.astype(np.int64)), test_share, seed))

"""How layers are initialized: PyTorch's rule, from an explicit source of randomness."""

from __future__ import annotations

from math import prod, sqrt
from typing import TypeAlias

import numpy as np

from runtime.devices import Array

__all__ = ["Seed", "uniform_fan_in"]

Seed: TypeAlias = int | np.random.Generator
"""A number, or a generator that several layers draw from in turn."""


def uniform_fan_in(
    weight_shape: tuple[int, ...], bias: bool, seed: Seed
) -> tuple[Array, Array | None]:
    """A weight and a bias, uniform in ±1/√fan_in, float32.

    This is ``kaiming_uniform`` with a = √5, the default of PyTorch's Linear and Conv2d
    (He et al. 2015 with gain √(2/(1+a²))). ``fan_in`` is the product of all axes but the first.
    """
    random = np.random.default_rng(seed)
    bound = 1.0 / sqrt(max(prod(weight_shape[1:]), 1))
    weight = random.uniform(-bound, bound, weight_shape).astype(np.float32)
    if not bias:
        return weight, None
    return weight, random.uniform(-bound, bound, weight_shape[:1]).astype(np.float32)

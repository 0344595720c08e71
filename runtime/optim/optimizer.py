"""What all optimizers share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from math import isfinite

from runtime.devices import Array
from runtime.errors import InputError
from runtime.nn import Parameter

__all__ = ["Optimizer", "require_range"]


class Optimizer(ABC):
    """Changes parameters along their gradients; a subclass says how in ``update``."""

    def __init__(self, parameters: Iterable[Parameter], lr: float) -> None:
        self.parameters = list(parameters)
        if not self.parameters:
            raise InputError("optimizer: there is no parameter to train")
        require_range("lr", lr, 0.0)
        self.lr = lr

    def zero_grad(self) -> None:
        """Forgets the gradients of all parameters."""
        for parameter in self.parameters:
            parameter.grad = None

    def step(self) -> None:
        """One update of every parameter that has a gradient, in place."""
        for index, parameter in enumerate(self.parameters):
            if parameter.grad is not None:
                self.update(index, parameter.data, parameter.grad)

    @abstractmethod
    def update(self, index: int, values: Array, gradient: Array) -> None:
        """Changes ``values``, those of parameter number ``index``, in place."""


def require_range(name: str, value: float, least: float, below: float = float("inf")) -> None:
    """Raises InputError unless least ≤ value < below."""
    if not (isfinite(value) and least <= value < below):
        raise InputError(f"optimizer: {name} = {value} must be in [{least}, {below})")

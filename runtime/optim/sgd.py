"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable

from runtime.devices import Array
from runtime.errors import InputError
from runtime.nn import Parameter
from runtime.optim.optimizer import Optimizer, require_range

__all__ = ["SGD"]


class SGD(Optimizer):
    """Gradient descent with momentum, weight decay and Nesterov's look-ahead.

    The update is that of ``torch.optim.SGD`` (Sutskever et al. 2013, with the learning rate
    outside the velocity).
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 1e-3,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(parameters, lr)
        require_range("momentum", momentum, 0.0)
        require_range("weight_decay", weight_decay, 0.0)
        if nesterov and momentum == 0.0:
            raise InputError("optimizer: nesterov needs a momentum")
        self.momentum, self.weight_decay, self.nesterov = momentum, weight_decay, nesterov
        self._velocity: dict[int, Array] = {}

    def update(self, index: int, values: Array, gradient: Array) -> None:
        """v ← momentum·v + g; values ← values - lr·v."""
        if self.weight_decay:
            gradient = gradient + self.weight_decay * values
        if self.momentum:
            velocity = self._velocity.get(index)
            if velocity is None:
                velocity = self._velocity[index] = gradient.copy()
            else:
                velocity *= self.momentum
                velocity += gradient
            gradient = gradient + self.momentum * velocity if self.nesterov else velocity
        values -= self.lr * gradient

"""Adam and AdamW."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from runtime.devices import Array, array_module
from runtime.nn import Parameter
from runtime.optim.optimizer import Optimizer, require_range

__all__ = ["Adam", "AdamW"]


@dataclass(slots=True)
class _Moments:
    """Running means of gradient and squared gradient, the count, and room for intermediates."""

    first: Array
    second: Array
    scratch: Array
    steps: int = 0


class Adam(Optimizer):
    """Adaptive moments (Kingma and Ba 2015), the update of ``torch.optim.Adam``.

    Weight decay is added to the gradient; ``AdamW`` decays the weights themselves.
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        for name, beta in zip(("betas[0]", "betas[1]"), betas, strict=True):
            require_range(name, beta, 0.0, 1.0)
        require_range("eps", eps, 0.0)
        require_range("weight_decay", weight_decay, 0.0)
        self.betas, self.eps, self.weight_decay = betas, eps, weight_decay
        self._moments: dict[int, _Moments] = {}

    def update(self, index: int, values: Array, gradient: Array) -> None:
        """One step of bias-corrected moments, without allocation after the first."""
        gradient = self.decay(values, gradient)
        xp = array_module(values)
        state = self._moments.get(index)
        if state is None:
            fresh = (xp.zeros_like(values) for _ in range(3))
            state = self._moments[index] = _Moments(*fresh)
        state.steps += 1
        scratch = state.scratch
        beta1, beta2 = self.betas
        xp.subtract(gradient, state.first, out=scratch)
        scratch *= 1 - beta1
        state.first += scratch
        xp.multiply(gradient, gradient, out=scratch)
        scratch *= 1 - beta2
        state.second *= beta2
        state.second += scratch
        xp.sqrt(state.second, out=scratch)
        scratch /= sqrt(1 - beta2**state.steps)
        scratch += self.eps
        xp.divide(state.first, scratch, out=scratch)
        scratch *= self.lr / (1 - beta1**state.steps)
        values -= scratch

    def decay(self, values: Array, gradient: Array) -> Array:
        """The gradient with weight decay as an L2 penalty."""
        return gradient + self.weight_decay * values if self.weight_decay else gradient


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019), as ``torch.optim.AdamW``."""

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay)

    def decay(self, values: Array, gradient: Array) -> Array:
        """Shrinks the weights and leaves the gradient as it is."""
        values *= 1 - self.lr * self.weight_decay
        return gradient

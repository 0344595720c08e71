"""Interval bound propagation that can be differentiated, for training provable networks.

Gowal et al. 2018, "On the Effectiveness of Interval Bound Propagation for Training Verifiably
Robust Models". A network whose interval bounds are tight by training is one for which interval
certificates are cheap. The bounds here are rounded to nearest: they steer training and predict
what can be proved, and are no proof themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

import numpy as np

from runtime import autograd
from runtime.autograd.tape import no_grad
from runtime.devices import Array
from runtime.errors import InputError, UnsupportedError
from runtime.nn import (
    AvgPool2d,
    Conv2d,
    Flatten,
    LeakyReLU,
    Linear,
    MaxPool2d,
    Module,
    ReLU,
    Sequential,
)
from runtime.tensor import Tensor

__all__ = ["Interval", "ball", "interval_margins", "propagate", "worst_logits"]


@dataclass(frozen=True, slots=True, eq=False)
class Interval:
    """Lower and upper bounds of the values of a batch, of the same shape."""

    lo: Tensor
    hi: Tensor

    def center(self) -> Tensor:
        """The midpoints."""
        return (self.lo + self.hi) * 0.5

    def radius(self) -> Tensor:
        """Half the widths."""
        return (self.hi - self.lo) * 0.5


def ball(inputs: Tensor, eps: float, clip: tuple[float, float] | None = (0.0, 1.0)) -> Interval:
    """All inputs within ``eps`` of ``inputs`` in every coordinate, cut to ``clip``.

    Raises InputError for a negative radius.
    """
    if not eps >= 0:
        raise InputError(f"robust: the radius {eps} must not be negative")
    box = Interval(inputs - eps, inputs + eps)
    return box if clip is None else Interval(box.lo.clip(*clip), box.hi.clip(*clip))


@singledispatch
def propagate(module: Module, x: Interval) -> Interval:
    """Bounds of ``module`` over ``x``. Raises UnsupportedError for a module without a rule."""
    raise UnsupportedError(f"robust: no interval rule for module {type(module).__name__}")


@propagate.register
def _(module: Linear, x: Interval) -> Interval:
    center = module(x.center())
    radius = autograd.linear(x.radius(), abs(module.weight))
    return Interval(center - radius, center + radius)


@propagate.register
def _(module: Conv2d, x: Interval) -> Interval:
    center = module(x.center())
    radius = module.apply(x.radius(), abs(module.weight), None)
    return Interval(center - radius, center + radius)


@propagate.register(ReLU)
@propagate.register(MaxPool2d)
@propagate.register(AvgPool2d)
@propagate.register(Flatten)
def _(module: Module, x: Interval) -> Interval:
    return Interval(module(x.lo), module(x.hi))


@propagate.register
def _(module: LeakyReLU, x: Interval) -> Interval:
    if module.negative_slope < 0:
        raise UnsupportedError("robust: a LeakyReLU with a negative slope is not monotone")
    return Interval(module(x.lo), module(x.hi))


@propagate.register
def _(module: Sequential, x: Interval) -> Interval:
    for layer in module:
        x = propagate(layer, x)
    return x


def worst_logits(model: Module, x: Interval, labels: Array) -> Tensor:
    """Upper bounds of y_j - y_label over ``x``, [B, C]; the label's own column is 0.

    The last layer is composed with the differences before it is bounded, which is tighter
    than the difference of two bounds. Raises UnsupportedError unless ``model`` is a
    Sequential that ends in Linear.
    """
    layers = list(model) if isinstance(model, Sequential) else []
    if not layers or not isinstance(layers[-1], Linear):
        raise UnsupportedError("robust: the model must be a Sequential that ends in Linear")
    for layer in layers[:-1]:
        x = propagate(layer, x)
    weight, bias = layers[-1].weight, layers[-1].bias
    classes, width = weight.shape
    if labels.min() < 0 or labels.max() >= classes:
        raise InputError(f"robust: a label lies outside 0..{classes - 1}")
    chosen = Tensor(np.eye(classes, dtype=weight.dtype)[labels], device=weight.device)
    rows = weight.reshape(1, classes, width) - (chosen @ weight).reshape(-1, 1, width)
    center, radius = (t.reshape(-1, 1, width) for t in (x.center(), x.radius()))
    worst = (rows * center + abs(rows) * radius).sum(axis=2)
    if bias is None:
        return worst
    return worst + bias - chosen @ bias.reshape(classes, 1)


def interval_margins(
    model: Module,
    inputs: Array,
    labels: Array,
    eps: float,
    clip: tuple[float, float] | None = (0.0, 1.0),
) -> Array:
    """For each example the least y_label - y_j over j ≠ label that interval bounds allow, [B].

    A positive number predicts that an interval certificate for this radius exists.
    """
    box = ball(Tensor(inputs, device=model.device), eps, clip)
    with no_grad():
        worst = worst_logits(model, box, labels).numpy()
    others = np.where(np.arange(worst.shape[1]) == labels[:, None], -np.inf, worst)
    margins: Array = -others.max(axis=1)
    return margins

"""log-softmax and cross entropy over the last axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from runtime.devices import Array, array_module, to_numpy
from runtime.errors import InputError

if TYPE_CHECKING:
    from runtime.tensor import Tensor

__all__ = ["cross_entropy", "log_softmax"]


def _log_softmax(logits: Array) -> Array:
    """x - log Σ exp x, shifted by the maximum so that nothing overflows."""
    xp = array_module(logits)
    shifted: Array = logits - logits.max(axis=-1, keepdims=True)
    shifted -= xp.log(xp.exp(shifted).sum(axis=-1, keepdims=True))
    return shifted


def log_softmax(x: Tensor) -> Tensor:
    """The logarithm of softmax over the last axis."""
    if x.data.ndim == 0:
        raise InputError("log_softmax: a scalar has no axis to normalize")
    xp = array_module(x.data)
    out = _log_softmax(x.data)

    def pullback(g: Array) -> tuple[Array | None, ...]:
        return (g - xp.exp(out) * g.sum(axis=-1, keepdims=True),)

    return x.derive("log_softmax", out, (x,), pullback)


def cross_entropy(logits: Tensor, labels: Array) -> Tensor:
    """Mean of -log softmax(logits)[label], for logits [B, C] and integer labels [B].

    Raises InputError where shapes do not fit or a label lies outside 0..C-1.
    """
    xp = array_module(logits.data)
    targets = xp.asarray(labels if xp is not np else to_numpy(labels))
    if logits.data.ndim != 2 or targets.shape != logits.shape[:1] or targets.size == 0:
        raise InputError(f"cross_entropy: logits {logits.shape} need labels {logits.shape[:1]}")
    if targets.dtype.kind not in "iu":
        raise InputError(f"cross_entropy: labels must be integers, not {targets.dtype}")
    classes = logits.shape[1]
    if int(targets.min()) < 0 or int(targets.max()) >= classes:
        raise InputError(f"cross_entropy: a label lies outside 0..{classes - 1}")
    rows = xp.arange(targets.size)
    scores = _log_softmax(logits.data)
    out = -scores[rows, targets].mean()

    def pullback(g: Array) -> tuple[Array | None, ...]:
        slope = xp.exp(scores)
        slope[rows, targets] -= 1
        slope *= g / targets.size
        return (slope,)

    return logits.derive("cross_entropy", xp.asarray(out), (logits,), pullback)

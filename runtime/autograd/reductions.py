"""Sums and means over axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from runtime.devices import Array, array_module
from runtime.errors import InputError

if TYPE_CHECKING:
    from runtime.tensor import Tensor

__all__ = ["Axes", "mean", "sum_"]

Axes: TypeAlias = int | tuple[int, ...] | None


def _normalized(x: Tensor, axis: Axes) -> tuple[int, ...]:
    rank = x.data.ndim
    given = tuple(range(rank)) if axis is None else (axis,) if isinstance(axis, int) else axis
    axes = tuple(a + rank if a < 0 else a for a in given)
    if len(set(axes)) != len(axes) or any(not 0 <= a < rank for a in axes):
        raise InputError(f"reduction: axes {given} do not fit shape {x.shape}")
    return axes


def _spread(x: Tensor, g: Array, axes: tuple[int, ...]) -> Array:
    """The gradient of a reduced result, repeated over the axes that were reduced."""
    kept = tuple(1 if k in axes else n for k, n in enumerate(x.shape))
    spread: Array = array_module(g).broadcast_to(g.reshape(kept), x.shape)
    return spread


def sum_(x: Tensor, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """Sum over ``axis`` (all axes where None)."""
    axes = _normalized(x, axis)
    out = x.data.sum(axis=axes, keepdims=keepdims)
    return x.derive(
        "sum", out, (x,), lambda g: (_spread(x, g, axes),), axes=axes, keepdims=keepdims
    )


def mean(x: Tensor, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """Arithmetic mean over ``axis`` (all axes where None)."""
    axes = _normalized(x, axis)
    out = x.data.mean(axis=axes, keepdims=keepdims)
    count = x.data.size // max(out.size, 1)
    return x.derive(
        "mean", out, (x,), lambda g: (_spread(x, g / count, axes),), axes=axes, keepdims=keepdims
    )

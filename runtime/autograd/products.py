"""Matrix products."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runtime.devices import Array
from runtime.errors import InputError

if TYPE_CHECKING:
    from runtime.tensor import Tensor

__all__ = ["linear", "matmul"]


def matmul(x: Tensor, y: Tensor) -> Tensor:
    """Matrix product [..., n, k] @ [k, m] -> [..., n, m]; both operands have at least two axes.

    Leading axes of x are a batch; y is one matrix, or has the same leading axes as x.
    Raises InputError for other shapes.
    """
    batched = y.data.ndim > 2
    fits = (
        x.data.ndim >= 2
        and y.data.ndim >= 2
        and x.shape[-1] == y.shape[-2]
        and (not batched or x.shape[:-2] == y.shape[:-2])
    )
    if not fits:
        raise InputError(f"matmul: shapes {x.shape} and {y.shape} do not fit")

    def pullback(g: Array) -> tuple[Array | None, ...]:
        dx = g @ y.data.swapaxes(-1, -2) if x.requires_grad else None
        if not y.requires_grad:
            return dx, None
        if batched:
            return dx, x.data.swapaxes(-1, -2) @ g
        return dx, _rows(x.data).T @ _rows(g)

    return x.derive("matmul", x.data @ y.data, (x, y), pullback)


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x · weightᵀ + bias, for x [..., in], weight [out, in] and bias [out].

    Raises InputError where the shapes do not fit.
    """
    if weight.data.ndim != 2 or x.data.ndim < 1 or x.shape[-1] != weight.shape[1]:
        raise InputError(f"linear: input {x.shape} does not fit weight {weight.shape}")
    if bias is not None and bias.shape != weight.shape[:1]:
        raise InputError(f"linear: bias {bias.shape} does not fit weight {weight.shape}")
    out = x.data @ weight.data.T
    if bias is not None:
        out += bias.data

    def pullback(g: Array) -> tuple[Array | None, ...]:
        dx = g @ weight.data if x.requires_grad else None
        rows = _rows(g)
        dw = rows.T @ _rows(x.data) if weight.requires_grad else None
        if bias is None:
            return dx, dw
        return dx, dw, rows.sum(axis=0)

    parents = (x, weight) if bias is None else (x, weight, bias)
    return x.derive("linear", out, parents, pullback)


def _rows(array: Array) -> Array:
    """``array`` as a matrix: all leading axes joined."""
    return array.reshape(-1, array.shape[-1])

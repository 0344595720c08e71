"""Elementwise operations with NumPy broadcasting, and their derivatives.

At a kink the derivative is PyTorch's choice: 0 for relu and abs at 0, one half to each side of
a tie of maximum or minimum, 1 on the borders of clip.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runtime.devices import Array, array_module
from runtime.errors import InputError

if TYPE_CHECKING:
    from runtime.tensor import Tensor

__all__ = [
    "absolute",
    "add",
    "clip",
    "div",
    "exp",
    "leaky_relu",
    "log",
    "maximum",
    "minimum",
    "mul",
    "neg",
    "relu",
    "sub",
]


def _unbroadcast(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Sums ``gradient`` over the axes along which ``shape`` was broadcast."""
    if gradient.shape == shape:
        return gradient
    extra = gradient.ndim - len(shape)
    stretched = (extra + k for k, n in enumerate(shape) if n == 1 != gradient.shape[extra + k])
    axes = (*range(extra), *stretched)
    total: Array = gradient.sum(axis=axes, keepdims=True)
    return total.reshape(shape)


def _same_frame(operation: str, x: Tensor, y: Tensor) -> None:
    """Refuses shapes that do not broadcast, with both shapes in the message."""
    for m, n in zip(reversed(x.shape), reversed(y.shape), strict=False):
        if m != n and 1 not in (m, n):
            raise InputError(f"{operation}: shapes {x.shape} and {y.shape} do not broadcast")


def add(x: Tensor, y: Tensor) -> Tensor:
    """x + y, elementwise."""
    _same_frame("add", x, y)

    def pullback(g: Array) -> tuple[Array | None, ...]:
        return _unbroadcast(g, x.shape), _unbroadcast(g, y.shape)

    return x.derive("add", x.data + y.data, (x, y), pullback)


def sub(x: Tensor, y: Tensor) -> Tensor:
    """x - y, elementwise."""
    _same_frame("sub", x, y)

    def pullback(g: Array) -> tuple[Array | None, ...]:
        return _unbroadcast(g, x.shape), _unbroadcast(-g, y.shape)

    return x.derive("sub", x.data - y.data, (x, y), pullback)


def mul(x: Tensor, y: Tensor) -> Tensor:
    """x · y, elementwise."""
    _same_frame("mul", x, y)

    def pullback(g: Array) -> tuple[Array | None, ...]:
        dx = _unbroadcast(g * y.data, x.shape) if x.requires_grad else None
        dy = _unbroadcast(g * x.data, y.shape) if y.requires_grad else None
        return dx, dy

    return x.derive("mul", x.data * y.data, (x, y), pullback)


def div(x: Tensor, y: Tensor) -> Tensor:
    """x / y, elementwise."""
    _same_frame("div", x, y)
    out = x.data / y.data

    def pullback(g: Array) -> tuple[Array | None, ...]:
        share = g / y.data
        dy = _unbroadcast(-share * out, y.shape) if y.requires_grad else None
        return _unbroadcast(share, x.shape), dy

    return x.derive("div", out, (x, y), pullback)


def neg(x: Tensor) -> Tensor:
    """-x, elementwise."""
    return x.derive("neg", -x.data, (x,), lambda g: (-g,))


def absolute(x: Tensor) -> Tensor:
    """|x|, elementwise."""
    xp = array_module(x.data)
    return x.derive("abs", xp.abs(x.data), (x,), lambda g: (g * xp.sign(x.data),))


def relu(x: Tensor) -> Tensor:
    """max(x, 0), elementwise."""
    xp = array_module(x.data)
    out = xp.maximum(x.data, 0)
    return x.derive("relu", out, (x,), lambda g: (g * (out > 0),))


def leaky_relu(x: Tensor, alpha: float = 0.01) -> Tensor:
    """x where x > 0, alpha · x elsewhere; alpha is used as the nearest float of x's dtype."""
    xp = array_module(x.data)
    slope = x.data.dtype.type(alpha)

    def pullback(g: Array) -> tuple[Array | None, ...]:
        return (xp.where(x.data > 0, g, g * slope),)

    out = xp.where(x.data > 0, x.data, x.data * slope)
    return x.derive("leaky_relu", out, (x,), pullback, alpha=slope)


def clip(x: Tensor, low: float | None = None, high: float | None = None) -> Tensor:
    """min(max(x, low), high), elementwise; a bound of None is not applied.

    Raises InputError for low > high and where both bounds are None.
    """
    if low is None and high is None:
        raise InputError("clip: give low, high or both")
    if low is not None and high is not None and low > high:
        raise InputError(f"clip: low {low} is greater than high {high}")
    xp = array_module(x.data)
    kind = x.data.dtype.type
    least, most = (None if b is None else kind(b) for b in (low, high))

    def pullback(g: Array) -> tuple[Array | None, ...]:
        inside = xp.ones(x.shape, dtype=bool)
        if least is not None:
            inside &= x.data >= least
        if most is not None:
            inside &= x.data <= most
        return (g * inside,)

    out = xp.clip(x.data, least, most)
    return x.derive("clip", out, (x,), pullback, low=least, high=most)


def maximum(x: Tensor, y: Tensor) -> Tensor:
    """The greater of x and y, elementwise."""
    return _extremum("maximum", x, y)


def minimum(x: Tensor, y: Tensor) -> Tensor:
    """The lesser of x and y, elementwise."""
    return _extremum("minimum", x, y)


def _extremum(operation: str, x: Tensor, y: Tensor) -> Tensor:
    _same_frame(operation, x, y)
    xp = array_module(x.data)
    out: Array = getattr(xp, operation)(x.data, y.data)

    def pullback(g: Array) -> tuple[Array | None, ...]:
        half = g.dtype.type(0.5)
        tie = xp.where(x.data == y.data, half, half + half) * g
        return _unbroadcast(tie * (out == x.data), x.shape), _unbroadcast(
            tie * (out == y.data), y.shape
        )

    return x.derive(operation, out, (x, y), pullback)


def exp(x: Tensor) -> Tensor:
    """e to the x, elementwise."""
    out = array_module(x.data).exp(x.data)
    return x.derive("exp", out, (x,), lambda g: (g * out,))


def log(x: Tensor) -> Tensor:
    """Natural logarithm, elementwise."""
    return x.derive("log", array_module(x.data).log(x.data), (x,), lambda g: (g / x.data,))

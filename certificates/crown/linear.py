"""Operators that are linear in their inputs, y = M x + b, with their transposes.

Everything acts on batches [N, *shape], with the parameters in the program's dtype and on its
device. Coefficients are pushed backwards with Mᵀ, exactly but for the rounding of the dtype.
"""

# NumPy's types call the result of arithmetic on arrays of any dtype Any.
# mypy: disable-error-code=no-any-return

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any

from certificates.crown.windows import Windows
from runtime.devices import Array
from runtime.graph import ops

__all__ = [
    "Convolution",
    "Dense",
    "Fixed",
    "LinearRule",
    "Pooling",
    "Reduction",
    "Scaling",
    "Signed",
]


class LinearRule(ABC):
    """y = M x + b for one operator; x stands for all of its inputs together."""

    def apply(self, x: list[Array]) -> Array:
        """M x + b at points x, one array [N, *shape] an input."""
        return self.multiply(x)

    @abstractmethod
    def multiply(self, x: list[Array]) -> Array:
        """M x, without the constant part."""

    @abstractmethod
    def spread(self, radius: list[Array]) -> Array:
        """|M| radius: how far y moves when each entry of x moves by its radius."""

    @abstractmethod
    def pull(self, a: Array) -> list[Array]:
        """Mᵀ a, for each input: the coefficients of x in a·y, for a of [N, *shape of y]."""

    def constant(self, a: Array) -> Array | None:
        """a·b, [N]; None where b is zero."""
        return None


def flat(a: Array) -> Array:
    """[N, *shape] as [N, size]."""
    return a.reshape(a.shape[0], -1)


class Dense(LinearRule):
    """`Linear`: a matrix and a bias."""

    def __init__(self, op: ops.Linear, xp: Any, dtype: Any) -> None:
        self.weight: Array = xp.asarray(op.weight, dtype=dtype)
        self.bias: Array = xp.asarray(op.bias, dtype=dtype)
        self._transposed = xp.ascontiguousarray(self.weight.T)
        self._absolute = xp.abs(self._transposed)

    def apply(self, x: list[Array]) -> Array:
        return x[0] @ self._transposed + self.bias

    def multiply(self, x: list[Array]) -> Array:
        return x[0] @ self._transposed

    def spread(self, radius: list[Array]) -> Array:
        return radius[0] @ self._absolute

    def pull(self, a: Array) -> list[Array]:
        return [a @ self.weight]

    def constant(self, a: Array) -> Array | None:
        return a @ self.bias

    def pull_units(self, index: Array, sign: Array) -> tuple[list[Array], Array]:
        """`pull` and `constant` of the rows sign·e_index, without a multiplication by zeros."""
        return [self.weight[index] * sign[:, None]], self.bias[index] * sign


class Convolution(LinearRule):
    """`Conv2d`: one matrix product a group between kernels and unfolded windows."""

    def __init__(self, op: ops.Conv2d, size: tuple[int, int], xp: Any, dtype: Any) -> None:
        self._xp = xp
        self._windows = Windows(size, op.kernel, op.stride, op.padding, op.dilation)
        self._groups = op.groups
        self._channels = op.weight.shape[1] * op.groups
        kernel = xp.asarray(op.weight, dtype=dtype)
        self._kernel = kernel.reshape(op.groups, op.weight.shape[0] // op.groups, -1)
        self._transposed = xp.ascontiguousarray(self._kernel.swapaxes(1, 2))
        self._absolute = xp.abs(self._kernel)
        self._bias = xp.asarray(op.bias, dtype=dtype)

    def apply(self, x: list[Array]) -> Array:
        return self.multiply(x) + self._bias[:, None, None]

    def multiply(self, x: list[Array]) -> Array:
        return self._correlate(x[0], self._kernel)

    def spread(self, radius: list[Array]) -> Array:
        return self._correlate(radius[0], self._absolute)

    def _correlate(self, x: Array, kernel: Array) -> Array:
        oh, ow = self._windows.extents
        columns = self._windows.gather(self._xp, x).reshape(x.shape[0], self._groups, -1, oh * ow)
        return (kernel @ columns).reshape(x.shape[0], -1, oh, ow)

    def pull(self, a: Array) -> list[Array]:
        xp, rows, (oh, ow) = self._xp, a.shape[0], self._windows.extents
        last = xp.ascontiguousarray(xp.moveaxis(a, 0, 3)).reshape(self._groups, -1, oh * ow * rows)
        seen = (self._transposed @ last).reshape(self._channels, -1, oh, ow, rows)
        return [self._windows.scatter_last(xp, seen)]

    def constant(self, a: Array) -> Array | None:
        return a.sum(axis=(2, 3)) @ self._bias

    def pull_units(self, index: Array, sign: Array) -> tuple[list[Array], Array]:
        """`pull` and `constant` of the rows sign·e_index: a kernel at one place of the image."""
        oh, ow = self._windows.extents
        out, place = index // (oh * ow), index % (oh * ow)
        patches = self._kernel.reshape(-1, self._kernel.shape[2])[out] * sign[:, None]
        first = out // self._kernel.shape[1] * (self._channels // self._groups)
        placed = self._windows.placed(self._xp, patches, first, place, self._channels)
        return [placed], self._bias[out] * sign


class Scaling(LinearRule):
    """`Affine`: c factors and shifts, each for n / c elements in a row."""

    def __init__(self, op: ops.Affine, xp: Any, dtype: Any) -> None:
        factor = xp.asarray(op.scale, dtype=dtype)
        if op.divisor is not None:
            factor = factor / xp.asarray(op.divisor, dtype=dtype)
        self._factor = factor[:, None]
        self._shift = xp.asarray(op.shift, dtype=dtype)
        self._absolute = xp.abs(self._factor)

    def _scaled(self, x: Array, factor: Array) -> Array:
        return (x.reshape(x.shape[0], factor.shape[0], -1) * factor).reshape(x.shape)

    def apply(self, x: list[Array]) -> Array:
        parts = x[0].reshape(x[0].shape[0], self._factor.shape[0], -1)
        return (parts * self._factor + self._shift[:, None]).reshape(x[0].shape)

    def multiply(self, x: list[Array]) -> Array:
        return self._scaled(x[0], self._factor)

    def spread(self, radius: list[Array]) -> Array:
        return self._scaled(radius[0], self._absolute)

    def pull(self, a: Array) -> list[Array]:
        return [self._scaled(a, self._factor)]

    def constant(self, a: Array) -> Array | None:
        return a.reshape(a.shape[0], self._shift.shape[0], -1).sum(axis=2) @ self._shift


class Signed(LinearRule):
    """`Neg`, `Add` and `Sub`: each input enters with the factor 1 or −1."""

    def __init__(self, *signs: int) -> None:
        self._signs = signs

    def multiply(self, x: list[Array]) -> Array:
        first, *others = (
            value if sign > 0 else -value for sign, value in zip(self._signs, x, strict=True)
        )
        return first + others[0] if others else first

    def spread(self, radius: list[Array]) -> Array:
        return radius[0] + radius[1] if len(radius) == 2 else radius[0]

    def pull(self, a: Array) -> list[Array]:
        return [a if sign > 0 else -a for sign in self._signs]


class Fixed(LinearRule):
    """`Constant`: no input; the batch size comes from the caller."""

    def __init__(self, op: ops.Constant, xp: Any, dtype: Any) -> None:
        self._xp = xp
        self.value: Array = xp.asarray(op.value, dtype=dtype)

    def multiply(self, x: list[Array]) -> Array:
        return self._xp.zeros_like(self.value)[None]

    def apply(self, x: list[Array]) -> Array:
        return self.value[None]

    def spread(self, radius: list[Array]) -> Array:
        return self._xp.zeros_like(self.value)[None]

    def pull(self, a: Array) -> list[Array]:
        return []

    def constant(self, a: Array) -> Array | None:
        return flat(a) @ self.value.reshape(-1)


class Pooling(LinearRule):
    """`AvgPool2d`: sums of windows over what each is divided by."""

    def __init__(self, windows: Windows, counts: Array, xp: Any) -> None:
        self._xp, self._windows, self._counts = xp, windows, counts

    def multiply(self, x: list[Array]) -> Array:
        return self._windows.gather(self._xp, x[0]).sum(axis=2) / self._counts

    def spread(self, radius: list[Array]) -> Array:
        return self.multiply(radius)

    def pull(self, a: Array) -> list[Array]:
        taps = math.prod(self._windows.kernel)
        share = (a / self._counts)[:, :, None]
        seen = self._xp.broadcast_to(share, (*a.shape[:2], taps, *a.shape[2:]))
        return [self._windows.scatter(self._xp, seen)]


class Reduction(LinearRule):
    """`ReduceSum`, `ReduceMean` and `GlobalAvgPool`: a sum over axes times a factor."""

    def __init__(
        self, shape: tuple[int, ...], axes: tuple[int, ...], keepdims: bool, mean: bool, xp: Any
    ) -> None:
        self._xp, self._shape, self._keepdims = xp, shape, keepdims
        self._axes = tuple(axis + 1 for axis in axes)
        self._factor = 1.0 / math.prod(shape[axis] for axis in axes) if mean else 1.0

    def multiply(self, x: list[Array]) -> Array:
        return x[0].sum(axis=self._axes, keepdims=self._keepdims) * self._factor

    def spread(self, radius: list[Array]) -> Array:
        return self.multiply(radius)

    def pull(self, a: Array) -> list[Array]:
        kept = a if self._keepdims else self._xp.expand_dims(a, self._axes)
        return [self._xp.broadcast_to(kept * self._factor, (a.shape[0], *self._shape))]

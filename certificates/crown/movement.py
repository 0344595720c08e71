"""Operators that move entries: they are linear with a matrix of zeros and ones."""

# NumPy's types call the result of arithmetic on arrays of any dtype Any.
# mypy: disable-error-code=no-any-return

from __future__ import annotations

from typing import Any

from certificates.crown.linear import LinearRule, flat
from runtime.devices import Array
from runtime.graph import ops

__all__ = ["Cut", "Joined", "Padded", "Permuted", "Reshaped"]

Shape = tuple[int, ...]


class Reshaped(LinearRule):
    """`Flatten` and `Reshape`: the same entries in the same order."""

    def __init__(self, before: Shape, after: Shape) -> None:
        self._before, self._after = before, after

    def multiply(self, x: list[Array]) -> Array:
        return x[0].reshape(x[0].shape[0], *self._after)

    def spread(self, radius: list[Array]) -> Array:
        return self.multiply(radius)

    def pull(self, a: Array) -> list[Array]:
        return [a.reshape(a.shape[0], *self._before)]


class Permuted(LinearRule):
    """`Transpose`."""

    def __init__(self, op: ops.Transpose) -> None:
        self._forth = (0, *(axis + 1 for axis in op.perm))
        self._back = (0, *(op.perm.index(axis) + 1 for axis in range(len(op.perm))))

    def multiply(self, x: list[Array]) -> Array:
        return x[0].transpose(self._forth)

    def spread(self, radius: list[Array]) -> Array:
        return self.multiply(radius)

    def pull(self, a: Array) -> list[Array]:
        return [a.transpose(self._back)]


class Cut(LinearRule):
    """`Slice`: some entries along each axis, each at most once."""

    def __init__(self, op: ops.Slice, before: Shape, xp: Any) -> None:
        self._xp, self._before = xp, before
        index = [slice(None)]
        for start, step, count in zip(op.starts, op.steps, op.counts, strict=True):
            stop = start + step * count
            # A negative stop would count from the end; None is "past the first entry".
            index.append(slice(start, stop if stop >= 0 else None, step))
        self._index = tuple(index)

    def multiply(self, x: list[Array]) -> Array:
        return x[0][self._index]

    def spread(self, radius: list[Array]) -> Array:
        return self.multiply(radius)

    def pull(self, a: Array) -> list[Array]:
        result = self._xp.zeros((a.shape[0], *self._before), dtype=a.dtype)
        result[self._index] = a
        return [result]


class Padded(LinearRule):
    """`Pad`: a constant around the input."""

    def __init__(self, op: ops.Pad, before: Shape, after: Shape, xp: Any) -> None:
        self._xp, self._after, self._value = xp, after, float(op.value)
        self._inside = (
            slice(None),
            *(slice(lo, lo + size) for lo, size in zip(op.before, before, strict=True)),
        )

    def _around(self, x: Array, value: float) -> Array:
        result: Array = self._xp.full((x.shape[0], *self._after), value, dtype=x.dtype)
        result[self._inside] = x
        return result

    def apply(self, x: list[Array]) -> Array:
        return self._around(x[0], self._value)

    def multiply(self, x: list[Array]) -> Array:
        return self._around(x[0], 0.0)

    def spread(self, radius: list[Array]) -> Array:
        return self._around(radius[0], 0.0)

    def pull(self, a: Array) -> list[Array]:
        return [a[self._inside]]

    def constant(self, a: Array) -> Array | None:
        if self._value == 0.0:
            return None
        around = a.copy()
        around[self._inside] = 0.0
        return flat(around).sum(axis=1) * self._value


class Joined(LinearRule):
    """`Concat` of two inputs along an axis."""

    def __init__(self, op: ops.Concat, first: Shape, xp: Any) -> None:
        self._xp, self._axis = xp, op.axis + 1
        whole = (slice(None),) * self._axis
        self._parts = (
            (*whole, slice(None, first[op.axis])),
            (*whole, slice(first[op.axis], None)),
        )

    def multiply(self, x: list[Array]) -> Array:
        joined: Array = self._xp.concatenate(x, axis=self._axis)
        return joined

    def spread(self, radius: list[Array]) -> Array:
        return self.multiply(radius)

    def pull(self, a: Array) -> list[Array]:
        return [a[part] for part in self._parts]

"""Coefficients walked backwards through the linear operators, exactly.

A `Rows` holds the coefficients of a tensor with n entries in R rows: an array [n, R] of integers
over one denominator. For y = M·x + b the coefficients of x are Mᵀ·A and the constant is bᵀ·A.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import singledispatchmethod
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from certificates.checker.affine.wide import (
    Floats,
    Integers,
    Wide,
    beside,
    float32_digits,
    product,
)
from certificates.checker.bounds import Bounds, NoRuleError, Shape
from runtime.graph import Node, ops

__all__ = ["LinearSteps", "Rows", "added"]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Integers over one denominator ≥ 1: coefficients [n, R], or one number a row [R]."""

    value: Wide
    den: int

    def over(self, den: int) -> Wide:
        """The numerators over a multiple of the denominator."""
        return self.value.times(den // self.den)


def added(x: Rows, y: Rows) -> Rows:
    """The sum, over the least common denominator."""
    den = math.lcm(x.den, y.den)
    return Rows(x.over(den) + y.over(den), den)


@dataclass(frozen=True, slots=True, eq=False)
class _Matrix:
    """Digits of a parameter as float64 matrices, over `den`."""

    digits: list[Floats]
    den: int

    def times(self, rows: Wide, den: int) -> Rows:
        return Rows(product(self.digits, rows), self.den * den)


@dataclass(frozen=True, slots=True)
class _Shapes:
    inputs: tuple[Shape, ...]
    out: Shape


class LinearSteps:
    """Steps backwards through the linear nodes of one graph; weights are split into digits once."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Any] = {}

    def pull(
        self, node: Node, shapes: Sequence[Shape], rows: Rows
    ) -> tuple[tuple[Rows, ...], Rows | None]:
        """The coefficients of each input of `node`, and the constant [R] where there is one.

        `shapes` are those of the inputs, `rows` are the coefficients of the node's value.
        Raises NoRuleError for an operator that is not linear.
        """
        return self._pull(node.op, node.name, _Shapes(tuple(shapes), node.shape), rows)

    def intervals(self, node: Node, boxes: Sequence[Bounds]) -> list[Bounds]:
        """The interval rule of a Linear node on boxes of its input, through products of digits.

        From Σ w_j·lo_j a sum rises by Σ (hi_j − lo_j)·w_j over the positive w_j, and falls by the
        same over the negative ones. The denominators of several boxes are powers of two.
        """
        op = node.op
        if not isinstance(op, ops.Linear):
            raise NoRuleError(node.op.kind)
        transposed = self._matrix(node.name, "weight", op.weight.T)
        whole = [digit.T for digit in transposed.digits]
        upward = [digit * (op.weight > 0) for digit in whole]
        largest = max(box.den for box in boxes)
        lo = beside([Wide.of(box.lo).times(largest // box.den) for box in boxes])
        hi = beside([Wide.of(box.hi).times(largest // box.den) for box in boxes])
        width = hi - lo
        start, rise = product(whole, lo), product(upward, width)
        fall = product(whole, width) - rise
        bias, bias_den = Wide.of_float32(op.bias[:, None])
        den = transposed.den * largest
        common = math.lcm(den, bias_den)
        wanted = (len(op.bias), len(boxes))
        shift = bias.times(common // bias_den).map(lambda d: np.broadcast_to(d, wanted))
        low = (start + fall).times(common // den) + shift
        high = (start + rise).times(common // den) + shift
        return [
            Bounds(_list(low, place), _list(high, place), common, node.shape)
            for place in range(len(boxes))
        ]

    def _matrix(self, name: str, part: str, values: NDArray[np.float32]) -> _Matrix:
        """The digits of a parameter [M, K], from the first time that the node was met."""
        if (name, part) not in self._kept:
            self._kept[name, part] = _Matrix(*float32_digits(values))
        matrix: _Matrix = self._kept[name, part]
        return matrix

    @singledispatchmethod
    def _pull(
        self, op: ops.Op, name: str, shapes: _Shapes, rows: Rows
    ) -> tuple[tuple[Rows, ...], Rows | None]:
        raise NoRuleError(op.kind)

    @_pull.register
    def _(self, op: ops.Constant, name: str, shapes: _Shapes, rows: Rows) -> Any:
        value = self._matrix(name, "value", op.value.reshape(1, -1))
        return (), _flat(value.times(rows.value, rows.den))

    @_pull.register
    def _(self, op: ops.Linear, name: str, shapes: _Shapes, rows: Rows) -> Any:
        weight = self._matrix(name, "weight", op.weight.T)
        bias = self._matrix(name, "bias", op.bias[None])
        value = rows.value
        return (weight.times(value, rows.den),), _flat(bias.times(value, rows.den))

    @_pull.register
    def _(self, op: ops.Conv2d, name: str, shapes: _Shapes, rows: Rows) -> Any:
        channels, height, width = shapes.out
        share = channels // op.groups
        positions, count = height * width, rows.value.shape[1]
        planes = rows.value.map(lambda digit: digit.reshape(channels, positions * count))
        parts = []
        for group in range(op.groups):
            mine = slice(group * share, (group + 1) * share)
            kernel = self._matrix(name, f"weight {group}", op.weight[mine].reshape(share, -1).T)
            columns = kernel.times(planes.map(itemgetter(mine)), rows.den)
            parts.append(_windows_back(op, columns, shapes, count))
        den = math.lcm(*(part.den for part in parts))
        joined = _joined([part.over(den) for part in parts])
        bias = self._matrix(name, "bias", op.bias[None])
        sums = planes.map(
            lambda digit: digit.reshape(channels, positions, count).sum(axis=1), positions
        )
        return (Rows(joined, den),), _flat(bias.times(sums, rows.den))

    @_pull.register
    def _(self, op: ops.Affine, name: str, shapes: _Shapes, rows: Rows) -> Any:
        if (name, "factors") not in self._kept:
            self._kept[name, "factors"] = _factors(op)
        factors, den = self._kept[name, "factors"]
        shift = self._matrix(name, "shift", op.shift[None])
        coefficients, count = op.scale.size, rows.value.shape[1]
        blocks = rows.value.map(lambda digit: digit.reshape(coefficients, -1, count))
        scaled = blocks * factors
        block = blocks.shape[1]
        sums = blocks.map(lambda digit: digit.sum(axis=1), block)
        back = scaled.map(lambda digit: digit.reshape(-1, count))
        return (Rows(back, den * rows.den),), _flat(shift.times(sums, rows.den))

    @_pull.register
    def _(self, op: ops.Add, name: str, shapes: _Shapes, rows: Rows) -> Any:
        return (rows, rows), None

    @_pull.register
    def _(self, op: ops.Sub, name: str, shapes: _Shapes, rows: Rows) -> Any:
        return (rows, Rows(-rows.value, rows.den)), None

    @_pull.register
    def _(self, op: ops.Neg, name: str, shapes: _Shapes, rows: Rows) -> Any:
        return (Rows(-rows.value, rows.den),), None

    @_pull.register(ops.Flatten)
    @_pull.register(ops.Reshape)
    def _(self, op: ops.Op, name: str, shapes: _Shapes, rows: Rows) -> Any:
        return (rows,), None

    @_pull.register
    def _(self, op: ops.Transpose, name: str, shapes: _Shapes, rows: Rows) -> Any:
        inverse = [*np.argsort(op.perm).tolist(), len(op.perm)]
        return (_moved(rows, shapes.out, lambda digit: digit.transpose(inverse)),), None

    @_pull.register
    def _(self, op: ops.Slice, name: str, shapes: _Shapes, rows: Rows) -> Any:
        places = [
            start + step * np.arange(count)
            for start, step, count in zip(op.starts, op.steps, op.counts, strict=True)
        ]

        def back(digit: Integers) -> Integers:
            whole = np.zeros((*shapes.inputs[0], digit.shape[-1]), dtype=np.int64)
            whole[np.ix_(*places)] = digit
            return whole

        return (_moved(rows, shapes.out, back),), None

    @_pull.register
    def _(self, op: ops.Pad, name: str, shapes: _Shapes, rows: Rows) -> Any:
        inside = tuple(
            slice(before, before + extent)
            for before, extent in zip(op.before, shapes.inputs[0], strict=True)
        )
        kept = _moved(rows, shapes.out, lambda digit: digit[inside])
        # What lies on the padding has the padding's value as its only factor.
        outside = added(Rows(rows.value.sum(), rows.den), Rows(-kept.value.sum(), rows.den))
        value, den = float(op.value).as_integer_ratio()
        return (kept,), Rows(outside.value.times(value), outside.den * den)

    @_pull.register
    def _(self, op: ops.Concat, name: str, shapes: _Shapes, rows: Rows) -> Any:
        cut = shapes.inputs[0][op.axis]
        before = (slice(None),) * op.axis
        first = _moved(rows, shapes.out, lambda digit: digit[(*before, slice(None, cut))])
        second = _moved(rows, shapes.out, lambda digit: digit[(*before, slice(cut, None))])
        return (first, second), None

    @_pull.register
    def _(self, op: ops.AvgPool2d, name: str, shapes: _Shapes, rows: Rows) -> Any:
        _, height, width = shapes.inputs[0]
        _, rows_out, columns_out = shapes.out
        count = rows.value.shape[1]
        seen = (
            _seen(op, 0, rows_out, height),
            _seen(op, 1, columns_out, width),
        )
        counts = [a * b for a in seen[0] for b in seen[1]]
        common = math.lcm(*counts)
        shares = Wide.of([common // n for n in counts])
        spread = rows.value.map(lambda digit: digit.reshape(-1, rows_out * columns_out, count))
        each = spread * shares
        taps = op.kernel[0] * op.kernel[1]
        columns = each.map(
            lambda digit: np.broadcast_to(
                digit[:, None], (digit.shape[0], taps, digit.shape[1], count)
            )
        )
        return (_windows_back(op, Rows(columns, rows.den * common), shapes, count),), None

    @_pull.register
    def _(self, op: ops.GlobalAvgPool, name: str, shapes: _Shapes, rows: Rows) -> Any:
        _, height, width = shapes.inputs[0]
        return (_spread(rows, shapes, shapes.out, height * width),), None

    @_pull.register(ops.ReduceSum)
    @_pull.register(ops.ReduceMean)
    def _(self, op: ops.ReduceSum | ops.ReduceMean, name: str, shapes: _Shapes, rows: Rows) -> Any:
        source = shapes.inputs[0]
        kept = tuple(1 if axis in op.axes else extent for axis, extent in enumerate(source))
        number = math.prod(source) // math.prod(kept) if isinstance(op, ops.ReduceMean) else 1
        return (_spread(rows, shapes, kept, number),), None


def _list(columns: Wide, place: int) -> list[int]:
    return columns.map(lambda digit: digit[:, place]).integers()


def _flat(rows: Rows) -> Rows:
    """[1, R] as [R]."""
    return Rows(rows.value.map(lambda digit: digit[0]), rows.den)


def _joined(parts: Sequence[Wide]) -> Wide:
    """Parts with equal numbers of columns, one below the other."""
    if len(parts) == 1:
        return parts[0]
    length = max(len(part.digits) for part in parts)
    digits = []
    for i in range(length):
        pieces = [
            part.digits[i] if i < len(part.digits) else np.zeros(part.shape, dtype=np.int64)
            for part in parts
        ]
        digits.append(np.concatenate(pieces))
    return Wide(tuple(digits), max(part.limit for part in parts))


def _moved(rows: Rows, shape: Shape, move: Any) -> Rows:
    """`move` acts on [*shape, R] without adding; the result is flat again."""
    count = rows.value.shape[1]

    def flat(digit: Integers) -> Integers:
        moved: Integers = move(digit.reshape(*shape, count))
        return moved.reshape(-1, count)

    return Rows(rows.value.map(flat), rows.den)


def _spread(rows: Rows, shapes: _Shapes, kept: Shape, number: int) -> Rows:
    """Each coefficient, divided by `number`, goes to every entry that was summed."""
    source = shapes.inputs[0]
    spread = _moved(rows, kept, lambda digit: np.broadcast_to(digit, (*source, digit.shape[-1])))
    return Rows(spread.value, spread.den * number)


def _factors(op: ops.Affine) -> tuple[Wide, int]:
    """scale / divisor as integers [c, 1, 1] over one denominator."""
    scale, den = Wide.of_float32(op.scale[:, None])
    if op.divisor is not None:
        ratios = [value.as_integer_ratio() for value in op.divisor.tolist()]
        common = math.lcm(*(abs(n) for n, _ in ratios))
        # 1 / (n/d) is d·(common/n) / common, with the sign on top.
        scale = scale * Wide.of([d * (common // n) for n, d in ratios])
        den *= common
    return scale.map(lambda digit: digit[:, :, None]), den


def _seen(op: ops.AvgPool2d, axis: int, count: int, size: int) -> list[int]:
    """How many positions of one axis each of its windows counts."""
    kernel = op.kernel[axis]
    if op.count_include_pad:
        return [kernel] * count
    starts = [window * op.stride[axis] - op.padding[axis] for window in range(count)]
    return [min(start + kernel, size) - max(start, 0) for start in starts]


def _windows_back(
    op: ops.Conv2d | ops.AvgPool2d, columns: Rows, shapes: _Shapes, count: int
) -> Rows:
    """Coefficients of what each tap of each window sees, added up where windows overlap.

    `columns` is [channels·taps, positions·R] for some channels of the image, or the same entries
    in another shape; the padding's coefficients meet zeros and are dropped.
    """
    _, height, width = shapes.inputs[0]
    _, rows, lines = shapes.out
    (kh, kw), (sh, sw) = op.kernel, op.stride
    dh, dw = op.dilation if isinstance(op, ops.Conv2d) else (1, 1)
    top, left, bottom, right = op.padding
    inside = (slice(None), slice(top, top + height), slice(left, left + width))

    def back(digit: Integers) -> Integers:
        seen = digit.reshape(-1, kh, kw, rows, lines, count)
        whole = np.zeros(
            (seen.shape[0], top + height + bottom, left + width + right, count), dtype=np.int64
        )
        for i in range(kh):
            for j in range(kw):
                down = slice(i * dh, i * dh + sh * (rows - 1) + 1, sh)
                across = slice(j * dw, j * dw + sw * (lines - 1) + 1, sw)
                whole[:, down, across] += seen[:, i, j]
        return whole[inside].reshape(-1, count)

    return Rows(columns.value.map(back, kh * kw), columns.den)

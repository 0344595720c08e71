"""Evaluation in binary32 in a chosen order of every sum: what some device could compute.

A graph leaves open in which order a sum is added up, whether a product is rounded before it is
added or fused into the addition, how a mean divides, and whether subnormal numbers are flushed. An
`Order` chooses all of that. Same graph, inputs and order: same bits, on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from runtime.errors import InputError
from runtime.graph import arrays, evaluate, ops
from runtime.graph.ir import Graph
from runtime.graph.ops import FloatArray

__all__ = ["ORDERS", "Arrangement", "Order", "evaluate_in_order"]

Arrangement = Literal[
    "sequential",
    "reversed",
    "pairwise",
    "lanes",
    "ascending",
    "descending",
    "signed",
    "pushed",
    "tree",
]
Mean = Literal["divided", "reciprocal", "weighted"]

_ELEMENTS = 1 << 22
"""Most products that are held at a time."""
_LANES = 8
_CHOICES = 16
_SORTED = ("ascending", "descending", "signed", "pushed")
_LEAST_NORMAL = np.float32(2.0**-126)


@dataclass(frozen=True, slots=True)
class Order:
    """One way to compute.

    Attributes:
        arrangement: "sequential" and "reversed" add term by term; "pairwise" halves; "lanes" keeps
            eight partial sums; "ascending", "descending" and "signed" sort the products of every
            sum by size or by value first; "pushed" goes through the sorted values and takes, of
            the next few, the one whose rounding errs most in a wanted direction; "tree" adds along
            a random tree.
        fused: products are fused into additions where one operand is a product.
        flushed: subnormal operands and results become zero.
        mean: the sum is divided, or multiplied by the rounded reciprocal of the number of terms,
            or each term is multiplied by it.
        seed: of the random tree.
    """

    arrangement: Arrangement = "sequential"
    fused: bool = False
    flushed: bool = False
    mean: Mean = "divided"
    seed: int = 0

    @property
    def name(self) -> str:
        """A short text for tables."""
        parts: list[str] = [self.arrangement]
        if self.arrangement == "tree":
            parts.append(str(self.seed))
        parts += ["fused"] * self.fused + ["flushed"] * self.flushed
        return " ".join(parts)


ORDERS: tuple[Order, ...] = (
    Order("sequential"),
    Order("sequential", fused=True, flushed=True, mean="reciprocal"),
    Order("reversed", fused=True, mean="weighted"),
    Order("pairwise", mean="reciprocal"),
    Order("lanes", fused=True),
    Order("ascending", mean="weighted"),
    Order("descending", flushed=True),
    Order("signed"),
    Order("signed", fused=True),
    Order("pushed"),
    Order("tree", seed=1),
    Order("tree", fused=True, flushed=True, seed=2),
)
"""Orders that differ in everything there is to choose."""


def evaluate_in_order(
    graph: Graph,
    x: ArrayLike,
    order: Order,
    directions: Mapping[str, NDArray[Any]] | None = None,
) -> dict[str, FloatArray]:
    """All tensors of a run on inputs [B, ...] by name, the input included.

    `directions` are for "pushed": by node, arrays [B, ...] of numbers above zero where its value is
    to err upward, below where downward; upward where nothing is said.

    Raises InputError for several inputs or a wrong shape.
    """
    if len(graph.inputs) != 1:
        raise InputError(f"graph {graph.name}: an order needs exactly one input")
    given = np.asarray(x, dtype=np.float32)
    entry = graph.inputs[0]
    if given.ndim == 0 or given.shape[1:] != entry.shape:
        raise InputError(f"input {entry.name}: the shape {list(given.shape)} is no batch of inputs")
    values = {entry.name: given}
    with np.errstate(over="ignore", invalid="ignore"):
        for node in graph.nodes:
            inputs = [_flush(values[name], order) for name in node.inputs]
            if len(inputs) == 1:
                way = None if directions is None else directions.get(node.name)
                result = _apply(node.op, inputs[0], _Way(order, way))
            else:
                result = evaluate.apply(node.op, inputs, given.shape[0])
            values[node.name] = _flush(np.ascontiguousarray(result, dtype=np.float32), order)
    return values


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """An order, and the direction [B, ...] for the sums of one node."""

    order: Order
    direction: NDArray[Any] | None

    def rows(self, start: int, count: int, shape: tuple[int, ...]) -> _Way:
        """For a part of the batch, whose sums have the shape [count, *shape]."""
        if self.direction is None:
            return self
        part = self.direction[start : start + count]
        return _Way(self.order, part.reshape(len(part), *shape))


@singledispatch
def _apply(op: ops.Op, x: FloatArray, way: _Way) -> FloatArray:
    return evaluate.apply(op, [x], x.shape[0])


@_apply.register
def _(op: ops.Linear, x: FloatArray, way: _Way) -> FloatArray:
    weight = op.weight.T[:, None, :]
    step = max(1, _ELEMENTS // op.weight.size)
    parts = [
        _sum(
            _Terms(weight, x[start : start + step].T[:, :, None], (op.bias[None, :],)),
            way.rows(start, step, (-1,)),
        )
        for start in range(0, x.shape[0], step)
    ]
    return np.concatenate(parts)


@_apply.register
def _(op: ops.Conv2d, x: FloatArray, way: _Way) -> FloatArray:
    channels, height, width = op.infer([x.shape[1:]])
    taps, share = math.prod(op.weight.shape[1:]), channels // op.groups
    kernel = op.weight.reshape(op.groups, share, taps).transpose(2, 0, 1)[:, None, :, :, None]
    bias = op.bias.reshape(1, op.groups, share, 1)
    step = max(1, _ELEMENTS // (taps * channels * height * width))
    parts = []
    for start in range(0, x.shape[0], step):
        part = x[start : start + step]
        seen = arrays.windows(part, op.kernel, op.stride, op.padding, op.dilation)
        columns = seen.transpose(1, 4, 5, 0, 2, 3).reshape(
            op.groups, taps, part.shape[0], 1, height * width
        )
        right = columns.transpose(1, 2, 0, 3, 4)
        rows = way.rows(start, step, (op.groups, share, height * width))
        parts.append(_sum(_Terms(kernel, right, (bias,)), rows))
    return np.concatenate(parts).reshape(-1, channels, height, width)


@_apply.register
def _(op: ops.Affine, x: FloatArray, way: _Way) -> FloatArray:
    if op.divisor is not None:
        return evaluate.apply(op, [x], x.shape[0])
    seen = arrays.per_channel(x, op.scale.size)
    terms = _Terms(op.scale[None, None, :, None], seen[None], (op.shift[None, :, None],))
    return _sum(terms, way.rows(0, x.shape[0], seen.shape[1:])).reshape(x.shape)


@_apply.register
def _(op: ops.AvgPool2d, x: FloatArray, way: _Way) -> FloatArray:
    seen = arrays.windows(x, op.kernel, op.stride, op.padding, (1, 1))
    terms = seen.transpose(4, 5, 0, 1, 2, 3).reshape(-1, *seen.shape[:4])
    counts = arrays.window_counts(op, x.shape[2:])
    return _mean(terms, counts.astype(np.float32), way.order)


@_apply.register
def _(op: ops.GlobalAvgPool, x: FloatArray, way: _Way) -> FloatArray:
    terms, shape = _reduced(x, (1, 2), True)
    return _mean(terms, np.float32(terms.shape[0]), way.order).reshape(shape)


@_apply.register
def _(op: ops.ReduceSum, x: FloatArray, way: _Way) -> FloatArray:
    terms, shape = _reduced(x, op.axes, op.keepdims)
    return _sum(_Terms(None, None, tuple(terms)), _Way(way.order, None)).reshape(shape)


@_apply.register
def _(op: ops.ReduceMean, x: FloatArray, way: _Way) -> FloatArray:
    terms, shape = _reduced(x, op.axes, op.keepdims)
    return _mean(terms, np.float32(terms.shape[0]), way.order).reshape(shape)


def _reduced(
    x: FloatArray, axes: Sequence[int], keepdims: bool
) -> tuple[FloatArray, tuple[int, ...]]:
    """The elements of each sum in front, [n, B, kept...], and the result's shape [B, ...]."""
    summed = [axis + 1 for axis in axes]
    kept = [axis for axis in range(1, x.ndim) if axis not in summed]
    terms = x.transpose(*summed, 0, *kept)
    extents = [1 if axis in summed else x.shape[axis] for axis in range(1, x.ndim)]
    if not keepdims:
        extents = [x.shape[axis] for axis in kept]
    return terms.reshape(-1, *terms.shape[len(summed) :]), (x.shape[0], *extents)


def _mean(terms: FloatArray, counts: NDArray[np.float32] | np.float32, order: Order) -> FloatArray:
    """The mean over the first axis, divided in the way that the order says."""
    reciprocal = np.asarray(np.float32(1) / counts, dtype=np.float32)
    if order.mean == "weighted":
        return _sum(_Terms(np.broadcast_to(reciprocal, terms.shape), terms, ()), _Way(order, None))
    sums = _sum(_Terms(None, None, tuple(terms)), _Way(order, None))
    return np.asarray(sums / counts if order.mean == "divided" else sums * reciprocal)


@dataclass(frozen=True, slots=True)
class _Terms:
    """Sums of products left[j]·right[j] and of single terms; everything broadcasts together."""

    left: FloatArray | None
    right: FloatArray | None
    single: tuple[FloatArray, ...]


_Item = tuple[FloatArray, FloatArray] | FloatArray
"""A product that is not rounded yet, or a number."""


def _sum(terms: _Terms, way: _Way) -> FloatArray:
    order = way.order
    items = _items(terms, order)
    if order.arrangement == "pushed":
        return _pushed([_value(item, order) for item in items], way)
    for target, source in _schedule(len(items), order):
        items[target] = _added(items[target], items[source], order)
    return _value(items[0], order)


def _items(terms: _Terms, order: Order) -> list[_Item]:
    """The terms in the order in which a sequential sum takes them."""
    singles: list[_Item] = [_flush(term, order) for term in terms.single]
    if order.arrangement not in _SORTED:
        products: list[_Item] = []
        if terms.left is not None and terms.right is not None:
            left, right = _flush(terms.left, order), terms.right
            products = list(zip(left, right, strict=True))
        return (
            products[::-1] + singles[::-1]
            if order.arrangement == "reversed"
            else [
                *singles,
                *products,
            ]
        )
    if terms.left is None or terms.right is None:
        stacked = np.stack(terms.single)
        return list(np.take_along_axis(stacked, _ranks(stacked, order), axis=0))
    left, right = np.broadcast_arrays(_flush(terms.left, order), terms.right)
    ranks = _ranks(left * right, order)
    left, right = (np.take_along_axis(side, ranks, axis=0) for side in (left, right))
    return [*singles, *zip(left, right, strict=True)]


def _ranks(values: FloatArray, order: Order) -> NDArray[np.intp]:
    match order.arrangement:
        case "signed":
            keys = values
        case "pushed":
            # Away from zero first and then back, by the longer way.
            keys = np.where(values.sum(axis=0) > 0, -values, values)
        case _:
            keys = np.abs(values)
    ranks = np.argsort(keys, axis=0, kind="stable")
    return ranks[::-1] if order.arrangement == "descending" else ranks


def _pushed(values: list[FloatArray], way: _Way) -> FloatArray:
    """The sum that takes, of the next few values, the one whose rounding errs most as wanted."""
    total = np.ascontiguousarray(np.broadcast_arrays(*values[:1], *values[-1:])[0])
    waiting = [np.broadcast_to(value, total.shape) for value in values[1:]]
    if not waiting:
        return total
    window = np.stack(waiting[:_CHOICES])
    direction = np.float64(1) if way.direction is None else np.where(way.direction < 0, -1.0, 1.0)
    later = iter(waiting[_CHOICES:])
    for left in range(len(waiting), 0, -1):
        sums = _flush(total + window, way.order)
        errors = sums - (total.astype(np.float64) + window.astype(np.float64))
        chosen = np.argmax(errors * direction, axis=0)[None]
        total = np.take_along_axis(sums, chosen, axis=0)[0]
        if left > len(window):
            np.put_along_axis(window, chosen, next(later)[None], axis=0)
        else:
            np.put_along_axis(window, chosen, window[-1:].copy(), axis=0)
            window = window[:-1]
    return total


def _schedule(count: int, order: Order) -> list[tuple[int, int]]:
    """Which item is added to which, until all are in item 0."""
    match order.arrangement:
        case "pairwise":
            return [
                (target, target + width)
                for width in (1 << level for level in range(count.bit_length()))
                for target in range(0, count - width, 2 * width)
            ]
        case "lanes":
            lanes = min(_LANES, count)
            steps = [(item % lanes, item) for item in range(lanes, count)]
            return steps + [(0, lane) for lane in range(1, lanes)]
        case "tree":
            rng = np.random.default_rng(order.seed)
            alive, merges = list(range(count)), []
            while len(alive) > 1:
                first, second = rng.choice(len(alive), 2, replace=False).tolist()
                target, source = sorted((alive[first], alive[second]))
                merges.append((target, source))
                alive.remove(source)
            return merges
    return [(0, item) for item in range(1, count)]


def _added(first: _Item, second: _Item, order: Order) -> FloatArray:
    if order.fused:
        if isinstance(second, tuple):
            return _flush(_fused(*second, _value(first, order)), order)
        if isinstance(first, tuple):
            return _flush(_fused(*first, second), order)
    return _flush(_value(first, order) + _value(second, order), order)


def _value(item: _Item, order: Order) -> FloatArray:
    return _flush(item[0] * item[1], order) if isinstance(item, tuple) else item


def _fused(x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
    """x·y + z rounded once to binary32.

    The product is exact in binary64, and so is sum + rest. Where a rest is lost, the sum is made
    odd, so that rounding it to 24 bits cannot see a tie that is none (53 ≥ 2·24 + 2).
    """
    product = x.astype(np.float64) * y.astype(np.float64)
    addend = z.astype(np.float64)
    total = np.asarray(product + addend)
    back = total - product
    rest = (product - (total - back)) + (addend - back)
    even = (total.view(np.int64) & 1) == 0
    toward = np.where(rest > 0, np.inf, -np.inf)
    lost = np.isfinite(rest) & (rest != 0)
    odd = np.where(lost & even, np.nextafter(total, toward), total)
    return np.asarray(odd, dtype=np.float32)


def _flush(values: FloatArray, order: Order) -> FloatArray:
    if not order.flushed:
        return values
    return np.where(np.abs(values) < _LEAST_NORMAL, np.float32(0), values)

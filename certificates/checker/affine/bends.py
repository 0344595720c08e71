"""The operators that bend: the smallest constant that their literal coefficients need.

For coefficients A on the operator's value and literal ones A' on what it reads, row by row,
    A·f(z) ≤ A'·z + c   for all z of the box,
holds from some c on. Each function here computes such a c exactly, entry by entry, and adds it up.

- Two pieces (Relu, LeakyRelu, Abs): f(z) = z for z ≥ 0 and s·z for z ≤ 0. Both sides are linear on
  either side of zero, so c is the largest of 0, (A − A')·up and (A' − s·A)·down, where the box is
  cut to [−down, up] with up, down ≥ 0. A row at a leaf with z ≤ 0 leaves the second out, at one
  with z ≥ 0 the third.
- Clip: A·f(z) − A'·z is linear between the ends of the box and the corners in it; c is its
  largest value there.
- Maxima and minima: `certificates.checker.affine.maxima`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce

import numpy as np

from certificates.checker.affine.ends import Ends, Signs
from certificates.checker.affine.linear import Rows
from certificates.checker.affine.maxima import pair, pool
from certificates.checker.affine.wide import Wide
from certificates.checker.bounds import NoRuleError, Shape
from runtime.graph import Node, ops

__all__ = ["BENDS", "bend", "lines"]

BENDS = (
    ops.Relu,
    ops.LeakyRelu,
    ops.Abs,
    ops.Clip,
    ops.Maximum,
    ops.Minimum,
    ops.MaxPool2d,
)
"""Operators whose coefficients are replaced by literal ones."""


def lines(node: Node, inputs: Sequence[Shape]) -> int:
    """How many lines the literal coefficients of this node have."""
    size = sum(math.prod(shape) for shape in inputs)
    if isinstance(node.op, ops.MaxPool2d):
        return math.prod(node.shape) * math.prod(node.op.kernel)
    return size


def bend(
    node: Node,
    inputs: Sequence[Shape],
    rows: Rows,
    literal: Rows,
    boxes: Sequence[Ends],
    signs: Signs | None,
) -> tuple[tuple[Rows, ...], Rows]:
    """The coefficients of each input of the node, and the constant [R].

    `rows` is [n, R] on the node's value, `literal` has the node's `lines`, `boxes` are those of the
    inputs; `signs` are used by operators of two pieces alone.
    Raises NoRuleError for an operator that does not bend, RejectedError for a coefficient on
    padding.
    """
    den = math.lcm(rows.den, literal.den)
    value, given = rows.over(den), literal.over(den)
    match node.op:
        case ops.Relu():
            constant = _two_pieces(value, given, boxes[0], (0, 1), signs)
        case ops.Abs():
            constant = _two_pieces(value, given, boxes[0], (-1, 1), signs)
        case ops.LeakyRelu():
            slope = float(node.op.alpha).as_integer_ratio()
            constant = _two_pieces(value, given, boxes[0], slope, signs)
        case ops.Clip():
            constant = _clip(node.op, value, given, boxes[0])
        case ops.Maximum() | ops.Minimum():
            return pair(node.op, value, literal, given, boxes, den)
        case ops.MaxPool2d():
            return pool(node.op, node.shape, inputs[0], value, literal, given, boxes[0], den)
        case _:
            raise NoRuleError(node.op.kind)
    return (literal,), Rows(constant.value, constant.den * den)


def _two_pieces(
    value: Wide, given: Wide, box: Ends, slope: tuple[int, int], signs: Signs | None
) -> Rows:
    top, bottom = slope
    rise = ((value - given) * box.up).times(bottom)
    fall = (given.times(bottom) - value.times(top)) * box.down
    if signs is not None:
        rise, fall = rise.keep(~signs.below), fall.keep(~signs.above)
    # max(0, rise, fall) = fall⁺ + (rise − fall⁺)⁺
    fall = fall.positive()
    return Rows(fall.sum() + (rise - fall).positive().sum(), box.den * bottom)


def _larger(x: Wide, y: Wide) -> Wide:
    return x + (y - x).positive()


def _clip(op: ops.Clip, value: Wide, given: Wide, box: Ends) -> Rows:
    corners = [float(c).as_integer_ratio() for c in (op.low, op.high) if c is not None]
    box = box.over(math.lcm(box.den, *(den for _, den in corners)))
    places = [num * (box.den // den) for num, den in corners]
    low = None if op.low is None else places[0]
    high = None if op.high is None else places[-1]
    # A corner outside of the box turns into the end next to it.
    inside = [_least(_larger(box.lo, _constant(place, box.lo)), box.hi) for place in places]
    gaps = []
    for point in (box.lo, box.hi, *inside):
        result = point if low is None else _larger(point, _constant(low, point))
        result = result if high is None else _least(result, _constant(high, result))
        gaps.append(value * result.carried() - given * point.carried())
    return Rows(reduce(_larger, gaps).sum(), box.den)


def _least(x: Wide, y: Wide) -> Wide:
    return x - (x - y).positive()


def _constant(number: int, like: Wide) -> Wide:
    ones = Wide((np.ones(like.shape, dtype=np.int64),), 1)
    return ones.times(number)

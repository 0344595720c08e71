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
- Maxima (Maximum, MaxPool2d) for A ≥ 0: c is the largest over j of the supremum over the box of
  A·x_j − Σ A'_i·x_i. For A < 0, A·max x is at most any mean of the A·x_j with weights w_j ≥ 0 that
  add up to one. c is the smallest supremum of Σ (w_j·A − A'_j)·x_j for these weights: all on one j;
  and, where they are weights, w_i = A'_i/A for all i but one j and the rest on j, which leaves
  (A − Σ A'_i)·x_j.
- A minimum is the negative of a maximum of negatives.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from certificates.checker.affine_integers import Integers, Wide
from certificates.checker.affine_linear import Rows
from certificates.checker.bounds import Bounds, NoRuleError, Shape
from certificates.checker.boxes import RejectedError
from runtime.graph import Node, ops

__all__ = ["BENDS", "Ends", "Signs", "bend", "lines"]

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

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Ends:
    """The box of a tensor as columns [n, 1] over `den`."""

    lo: Wide
    hi: Wide
    den: int

    @classmethod
    def of(cls, box: Bounds) -> Ends:
        """From the lists of the interval rules."""
        return cls(Wide.of(box.lo), Wide.of(box.hi), box.den)

    @cached_property
    def up(self) -> Wide:
        """How far the box reaches above zero."""
        return self.hi.positive()

    @cached_property
    def down(self) -> Wide:
        """How far it reaches below zero."""
        return (-self.lo).positive()

    @cached_property
    def width(self) -> Wide:
        """hi − lo."""
        return (self.hi - self.lo).carried()

    def over(self, den: int) -> Ends:
        """The same box over a multiple of the denominator."""
        if den == self.den:
            return self
        factor = den // self.den
        return Ends(self.lo.times(factor), self.hi.times(factor), den)

    def mirrored(self) -> Ends:
        """The box of the negative values."""
        return Ends(-self.hi, -self.lo, self.den)

    def take(self, index: NDArray[np.intp]) -> Ends:
        """The box of the entries at `index`."""
        return Ends(self.lo.map(lambda d: d[index]), self.hi.map(lambda d: d[index]), self.den)


@dataclass(frozen=True, slots=True, eq=False)
class Signs:
    """Where [n, R] a row's leaf has z ≤ 0, and where z ≥ 0."""

    below: Mask
    above: Mask


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
            return _pair(node.op, value, literal, given, boxes, den)
        case ops.MaxPool2d():
            return _pool(node.op, node.shape, inputs[0], value, literal, given, boxes[0], den)
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


def _supremum(weight: Wide, box: Ends) -> Wide:
    """The supremum of weight·x over the box, entry by entry."""
    return weight * box.lo + weight.positive() * box.width


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """One of the arguments of a maximum: its literal coefficients [n, R] and its box."""

    given: Wide
    box: Ends
    valid: Mask
    """[n, 1]: which entries have this argument."""


def _maximum(value: Wide, candidates: Sequence[_Candidate]) -> Wide:
    """The smallest constants for a maximum of the candidates; the module's text has the rule."""
    apart = [_supremum(-c.given, c.box) for c in candidates]
    together, total = apart[0], candidates[0].given
    positive = (candidates[0].given.sign() > 0).astype(np.int64)
    for candidate, own in zip(candidates[1:], apart[1:], strict=True):
        together, total = together + own, total + candidate.given
        positive += candidate.given.sign() > 0
    rest = value - total
    above = below = Wide((np.zeros(value.shape, dtype=np.int64),), 0)
    seen = np.zeros((value.shape[0], 1), dtype=np.bool_)
    for candidate, own in zip(candidates, apart, strict=True):
        need = (together - own) + _supremum(value - candidate.given, candidate.box)
        new, again = candidate.valid & ~seen, candidate.valid & seen
        above = above + need.keep(new) + (need - above).positive().keep(again)
        # Weights given/value on the others and what is left on this one, none of them negative.
        mean = (positive == (candidate.given.sign() > 0)) & ((rest + candidate.given).sign() <= 0)
        need = need - (need - _supremum(rest, candidate.box)).positive().keep(mean)
        below = below + need.keep(new) - (below - need).positive().keep(again)
        seen = seen | candidate.valid
    upward = value.sign() >= 0
    return above.keep(upward) + below.keep(~upward)


def _pair(
    op: ops.Maximum | ops.Minimum,
    value: Wide,
    literal: Rows,
    given: Wide,
    boxes: Sequence[Ends],
    den: int,
) -> tuple[tuple[Rows, ...], Rows]:
    common = math.lcm(boxes[0].den, boxes[1].den)
    half = value.shape[0]
    every = np.ones((half, 1), dtype=np.bool_)
    candidates = [
        _Candidate(given.map(lambda d: d[:half]), boxes[0].over(common), every),
        _Candidate(given.map(lambda d: d[half:]), boxes[1].over(common), every),
    ]
    if isinstance(op, ops.Minimum):
        # A·min x is −A·max −x, and A'·x is −A'·(−x).
        value = -value
        candidates = [_Candidate(-c.given, c.box.mirrored(), every) for c in candidates]
    constant = _maximum(value, candidates)
    first = Rows(literal.value.map(lambda d: d[:half]), literal.den)
    second = Rows(literal.value.map(lambda d: d[half:]), literal.den)
    return (first, second), Rows(constant.sum(), den * common)


def _pool(
    op: ops.MaxPool2d,
    out: Shape,
    image: Shape,
    value: Wide,
    literal: Rows,
    given: Wide,
    box: Ends,
    den: int,
) -> tuple[tuple[Rows, ...], Rows]:
    count = value.shape[1]
    index, valid = _taps(op, out, image)
    taps = index.shape[1]
    by_tap = literal.value.map(lambda d: d.reshape(-1, taps, count))
    if any(bool(digit[~valid].any()) for digit in by_tap.digits):
        raise RejectedError("A coefficient of MaxPool2d stands on a tap of the padding")
    each = given.map(lambda d: d.reshape(-1, taps, count))
    candidates = [
        _Candidate(
            each.map(itemgetter((slice(None), tap))), box.take(index[:, tap]), valid[:, tap, None]
        )
        for tap in range(taps)
    ]
    constant = _maximum(value, candidates)

    def back(digit: Integers) -> Integers:
        whole = np.zeros((math.prod(image), count), dtype=np.int64)
        for tap in range(taps):
            # Windows of one tap see different entries, so that nothing is lost here.
            whole[index[valid[:, tap], tap]] += digit[valid[:, tap], tap]
        return whole

    return (Rows(by_tap.map(back, taps), literal.den),), Rows(constant.sum(), den * box.den)


def _taps(op: ops.MaxPool2d, out: Shape, image: Shape) -> tuple[NDArray[np.intp], Mask]:
    """For each output entry and each tap the flat entry of the image, and whether it is one."""
    lines = []
    for axis in range(2):
        window = np.arange(out[axis + 1])[:, None] * op.stride[axis] - op.padding[axis]
        lines.append(window + np.arange(op.kernel[axis])[None, :] * op.dilation[axis])
    down = lines[0][:, None, :, None]
    across = lines[1][None, :, None, :]
    inside = (down >= 0) & (down < image[1]) & (across >= 0) & (across < image[2])
    plane = np.where(inside, down * image[2] + across, 0)
    channels = np.arange(image[0])[:, None, None, None, None] * (image[1] * image[2])
    taps = op.kernel[0] * op.kernel[1]
    index = (plane[None] + channels).reshape(-1, taps)
    return index, np.broadcast_to(inside[None], (image[0], *inside.shape)).reshape(-1, taps)

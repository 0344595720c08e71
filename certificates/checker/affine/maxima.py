"""Maximum, Minimum and MaxPool2d: the smallest constant that their literal coefficients need.

For A ≥ 0, A·max x ≤ Σ A'_i·x_i + c where c is the largest over j of the supremum over the box of
A·x_j − Σ A'_i·x_i. For A < 0, A·max x is at most any mean of the A·x_j with weights w_j ≥ 0 that
add up to one. c is the smallest supremum of Σ (w_j·A − A'_j)·x_j for these weights: all on one j;
and, where they are weights, w_i = A'_i/A for all i but one j and the rest on j, which leaves
(A − Σ A'_i)·x_j. A minimum is the negative of a maximum of negatives.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from certificates.checker.affine.ends import Ends, Mask
from certificates.checker.affine.linear import Rows
from certificates.checker.affine.wide import Integers, Wide
from certificates.checker.bounds import Shape
from certificates.checker.boxes import RejectedError
from runtime.graph import ops

__all__ = ["pair", "pool"]


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


def pair(
    op: ops.Maximum | ops.Minimum,
    value: Wide,
    literal: Rows,
    given: Wide,
    boxes: Sequence[Ends],
    den: int,
) -> tuple[tuple[Rows, ...], Rows]:
    """Maximum or Minimum of two tensors: arguments and result as `bends.bend` has them."""
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


def pool(
    op: ops.MaxPool2d,
    out: Shape,
    image: Shape,
    value: Wide,
    literal: Rows,
    given: Wide,
    box: Ends,
    den: int,
) -> tuple[tuple[Rows, ...], Rows]:
    """MaxPool2d on the shape `image`; raises RejectedError for a coefficient on padding."""
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

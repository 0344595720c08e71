"""Forward linear bounds: each tensor between two linear functions of the input.

L·x + l ≤ value ≤ U·x + u. Costs as many coefficients an entry as the input has dimensions, so that
it is cheap where those are few, and looser than a backward pass: what cancels between paths through
a non-linear node is lost. Its boxes serve as inner boxes for one backward pass from the output (the
hybrid of auto_LiRPA; Xu et al., Automatic Perturbation Analysis for Scalable Certified Robustness
and Beyond, NeurIPS 2020).
"""

# NumPy's types call the result of arithmetic on arrays of any dtype Any.
# mypy: disable-error-code=no-any-return

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from certificates.crown.intermediate import Boxes, interval_step, meet
from certificates.crown.linear import LinearRule
from certificates.crown.lines import LinesRelaxed, TwoPieces
from certificates.crown.program import Program
from certificates.crown.relaxation import Box
from runtime.devices import Array

__all__ = ["forward_boxes"]


@dataclass(frozen=True, slots=True)
class _Linear:
    """Lower and upper functions: coefficients [B, d, *shape] and constants [B, *shape]."""

    lower: Array
    low: Array
    upper: Array
    high: Array

    def box(self, xp: Any, center: Array, radius: Array) -> Box:
        """The least and largest values over the input boxes, given flat [B, d]."""
        at = [
            xp.einsum("bd...,bd->b...", coefficients, center) + constant
            for coefficients, constant in ((self.lower, self.low), (self.upper, self.high))
        ]
        lo = at[0] - xp.einsum("bd...,bd->b...", xp.abs(self.lower), radius)
        return lo, at[1] + xp.einsum("bd...,bd->b...", xp.abs(self.upper), radius)


def forward_boxes(program: Program, lo: Array, hi: Array) -> Boxes:
    """Boxes [B, *shape] of all tensors from forward linear bounds and intervals together.

    Non-linear operators of several arguments, and clipping, fall back to their interval box.
    """
    xp = program.xp
    count, size = lo.shape[0], program.size(program.input)
    center = ((lo + hi) / 2).reshape(count, size)
    radius = ((hi - lo) / 2).reshape(count, size)
    shape = (count, size, *program.shapes[program.input])
    unit = xp.broadcast_to(xp.eye(size, dtype=program.dtype).reshape(1, size, *shape[2:]), shape)
    zero = xp.zeros(lo.shape, dtype=program.dtype)
    functions = {program.input: _Linear(unit, zero, unit, zero)}
    boxes: Boxes = {program.input: (lo, hi)}
    for step in program.above(program.output):
        given = [functions[name] for name in step.inputs]
        box = interval_step(program, step.rule, [boxes[name] for name in step.inputs])
        wanted = (count, *step.shape)
        box = xp.broadcast_to(box[0], wanted), xp.broadcast_to(box[1], wanted)
        if isinstance(step.rule, LinearRule):
            function = _linear(xp, step.rule, given, wanted, size)
        elif isinstance(step.rule, TwoPieces):
            lines = step.rule.relax([boxes[name] for name in step.inputs])
            function = _between(xp, lines, given[0])
        else:
            function = _constant(xp, box, size)
        boxes[step.name] = meet(xp, box, function.box(xp, center, radius))
        functions[step.name] = function
    return boxes


def _constant(xp: Any, box: Box, size: int) -> _Linear:
    shape = (box[0].shape[0], size, *box[0].shape[1:])
    none = xp.zeros(shape, dtype=box[0].dtype)
    return _Linear(none, box[0], none, box[1])


def _linear(
    xp: Any, rule: LinearRule, given: list[_Linear], wanted: tuple[int, ...], size: int
) -> _Linear:
    """M⁺ on one side and M⁻ on the other, as M on the mean and |M| on half of the difference."""
    if not given:
        value = xp.broadcast_to(rule.apply([]), wanted)
        return _constant(xp, (value, value), size)
    means = [_merged((g.upper + g.lower) / 2) for g in given]
    halves = [_merged((g.upper - g.lower) / 2) for g in given]
    shape = (wanted[0], size, *wanted[1:])
    mean, half = rule.multiply(means).reshape(shape), rule.spread(halves).reshape(shape)
    center = rule.apply([(g.high + g.low) / 2 for g in given])
    gap = rule.spread([(g.high - g.low) / 2 for g in given])
    return _Linear(mean - half, center - gap, mean + half, center + gap)


def _merged(coefficients: Array) -> Array:
    """[B, d, *shape] as [B·d, *shape], for rules that know one batch axis."""
    return coefficients.reshape(-1, *coefficients.shape[2:])


def _between(xp: Any, lines: LinesRelaxed, z: _Linear) -> _Linear:
    """The default lines above and below applied to the functions around their argument."""
    ends = []
    for side, (first, second) in (
        (lines.below, ((z.lower, z.low), (z.upper, z.high))),
        (lines.above, ((z.upper, z.high), (z.lower, z.low))),
    ):
        slope, intercept = side.fixed()
        rising = slope >= 0
        constant = xp.where(rising, first[1], second[1]) * slope
        if intercept is not None:
            constant = constant + intercept
        coefficients = xp.where(rising[:, None], first[0], second[0]) * slope[:, None]
        ends.append((coefficients, constant))
    return _Linear(*ends[0], *ends[1])

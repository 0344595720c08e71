"""Boxes of all tensors of a network: interval arithmetic, tightened backwards where it pays.

Only the entries whose boxes matter to a relaxation are tightened: for a ReLU those that may be of
either sign. Two rows an entry, e_k and −e_k, are pushed back for all sub-problems at once; each
sub-problem has its own entries, so rows know which sub-problem they belong to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from certificates.crown.backward import InputBox, Rows, backward
from certificates.crown.linear import LinearRule
from certificates.crown.program import Program
from certificates.crown.relaxation import Box, NonlinearRule, Owner, Relaxed
from runtime.devices import Array

__all__ = [
    "Bounding",
    "Boxes",
    "Lines",
    "intermediate",
    "interval_step",
    "lines_on",
    "plain",
    "rows_at_once",
]

Boxes = dict[str, Box]
Lines = dict[str, Relaxed]

Bounding = Callable[[Rows, Lines], Array]
"""How rows are bounded: upper bounds [N] from rows and the lines of the nodes before the target."""

_CPU_BYTES = 1 << 18
_GPU_BYTES = 1 << 28
"""Size of one tensor of coefficients; on a CPU, a few of them fit into the cache of a core."""
_LEAST_ROWS = 128


def rows_at_once(program: Program, target: str) -> int:
    """How many rows to push back together from `target`."""
    names = [name for step in program.above(target) for name in (step.name, *step.inputs)]
    largest = max((program.size(name) for name in names), default=1)
    room = _CPU_BYTES if program.xp.__name__ == "numpy" else _GPU_BYTES
    return max(_LEAST_ROWS, room // (largest * int(program.dtype.itemsize)))


def plain(program: Program, box: InputBox) -> Bounding:
    """Bounds by one backward pass with the default lines, in portions."""

    def bounding(rows: Rows, lines: Lines) -> Array:
        step = rows_at_once(program, rows.target)
        parts = [
            backward(program, rows.part(slice(start, start + step)), lines, box).upper
            for start in range(0, rows.count, step)
        ]
        joined: Array = program.xp.concatenate(parts)
        return joined

    return bounding


def interval_step(program: Program, rule: LinearRule | NonlinearRule, boxes: list[Box]) -> Box:
    """Interval bounds of one operator's result; in floats, not rounded outward."""
    if isinstance(rule, NonlinearRule):
        return rule.box(boxes)
    center = rule.apply([(lo + hi) / 2 for lo, hi in boxes])
    radius = rule.spread([(hi - lo) / 2 for lo, hi in boxes])
    return center - radius, center + radius


def meet(xp: Any, first: Box, second: Box) -> Box:
    """The intersection; where roundings left nothing, the gap between the two."""
    lo, hi = xp.maximum(first[0], second[0]), xp.minimum(first[1], second[1])
    return xp.minimum(lo, hi), xp.maximum(lo, hi)


def lines_on(program: Program, boxes: Mapping[str, Box], target: str) -> Lines:
    """Relaxations of the non-linear nodes before `target` on given boxes of their arguments."""
    return {
        step.name: step.rule.relax([boxes[name] for name in step.inputs])
        for step in program.above(target)
        if isinstance(step.rule, NonlinearRule)
    }


def intermediate(
    program: Program,
    lo: Array,
    hi: Array,
    *,
    target: str | None = None,
    bounding: Bounding | None = None,
    known: Mapping[str, Box] | None = None,
) -> tuple[Boxes, Lines]:
    """Boxes [B, *shape] of the input and of everything before `target`, and the lines on them.

    Args:
        program: the network.
        lo, hi: ends of B input boxes [B, *input shape].
        target: where to stop; the output by default.
        bounding: how to tighten; None leaves interval bounds.
        known: boxes that hold anyway, such as those of a larger input box.
    """
    xp, count = program.xp, lo.shape[0]
    boxes: Boxes = {program.input: (lo, hi)}
    tightened: dict[str, Array] = {}
    lines: Lines = {}
    for step in program.above(target or program.output):
        if isinstance(step.rule, NonlinearRule):
            if bounding is not None:
                masks = step.rule.loose([boxes[name] for name in step.inputs])
                for name, mask in zip(step.inputs, masks, strict=True):
                    if name not in program.exact:
                        done = tightened.get(name)
                        wanted = mask if done is None else mask & ~done
                        boxes[name] = _tighten(program, name, boxes[name], wanted, lines, bounding)
                        tightened[name] = mask if done is None else mask | done
            lines[step.name] = step.rule.relax([boxes[name] for name in step.inputs])
        box = interval_step(program, step.rule, [boxes[name] for name in step.inputs])
        if box[0].shape[0] != count:
            shape = (count, *step.shape)
            box = xp.broadcast_to(box[0], shape), xp.broadcast_to(box[1], shape)
        if known is not None and step.name in known:
            box = meet(xp, box, known[step.name])
        boxes[step.name] = box
    return boxes, lines


def _tighten(
    program: Program, name: str, box: Box, wanted: Array, lines: Lines, bounding: Bounding
) -> Box:
    """The box with the wanted entries [B, *shape] intersected with backward bounds."""
    xp = program.xp
    flat = wanted.reshape(wanted.shape[0], -1)
    owner, index = xp.nonzero(flat)
    number = int(owner.shape[0])
    if number == 0:
        return box
    sign = xp.ones(2 * number, dtype=program.dtype)
    sign[number:] = -1
    both = xp.concatenate([owner, owner]) if flat.shape[0] > 1 else None
    rows = Rows(name, Owner(both), index=xp.concatenate([index, index]), sign=sign)
    upper = bounding(rows, lines)
    lo, hi = (end.reshape(flat.shape).copy() for end in box)
    found = meet(xp, (lo[owner, index], hi[owner, index]), (-upper[number:], upper[:number]))
    lo[owner, index], hi[owner, index] = found
    return lo.reshape(wanted.shape), hi.reshape(wanted.shape)

"""Where the entries of a value go that an operator copies, as a Lean argument."""

from __future__ import annotations

from math import prod

import numpy as np

from bridge.export.packing import digit_width, literal
from runtime.graph import Shape
from runtime.graph import ops as g

__all__ = ["targets"]


def targets(op: g.Transpose | g.Slice | g.Pad, shape: Shape) -> str:
    """The arguments `width targets ` of a step: for each entry of the operator's input one more
    than the flat index of its copy in the output, zero where there is none."""
    size = prod(shape)
    source = _sources(op, np.arange(size).reshape(shape)).reshape(-1)
    digits = np.zeros(size, np.int64)
    copies = np.flatnonzero(source >= 0)
    digits[source[copies]] = copies + 1
    width = digit_width([int(digits.max(initial=0))])
    return f"{width} {literal(digits.tolist(), width)} "


def _sources(op: g.Transpose | g.Slice | g.Pad, places: np.ndarray) -> np.ndarray:
    """The output's entries as flat indices of the input; -1 in the margin."""
    if isinstance(op, g.Transpose):
        return places.transpose(op.perm)
    if isinstance(op, g.Slice):
        axes = zip(op.starts, op.steps, op.counts, strict=True)
        return places[np.ix_(*(start + step * np.arange(count) for start, step, count in axes))]
    widths = list(zip(op.before, op.after, strict=True))
    return np.pad(places, widths, constant_values=-1)

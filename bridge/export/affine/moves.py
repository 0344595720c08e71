"""In what order the Lean library has entries and lines: copies, and the taps of windows."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from bridge.export.packing import digit_width, literal
from runtime.graph import Node, Shape
from runtime.graph import ops as g

__all__ = ["coefficient_lines", "targets"]


def coefficient_lines(node: Node, coefficients: Sequence[Sequence[int]]) -> Sequence[Sequence[int]]:
    """The certificate's lines for a node in the order of the Lean library.

    For MaxPool2d the certificate goes through the windows and the taps of each, the library through
    the channels, the taps and the windows of each. All others have one order.
    """
    if not isinstance(node.op, g.MaxPool2d):
        return coefficients
    taps, windows = prod(node.op.kernel), prod(node.shape[1:])
    return [
        coefficients[(channel * windows + window) * taps + tap]
        for channel in range(node.shape[0])
        for tap in range(taps)
        for window in range(windows)
    ]


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

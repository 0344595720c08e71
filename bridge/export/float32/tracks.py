"""By which lemma a node keeps to its error, and with which arguments: one row an operator.

A lemma is `NAME_tracks` of `Lemmanet.Runs`; its arguments are the relative error γ = p/q of
an element, majorants, and the shift, as far as the operator has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from certificates.float32 import Magnitudes, NodeBudget
from runtime.errors import UnsupportedError
from runtime.graph import Node
from runtime.graph import ops as g

__all__ = ["Row", "Wants", "row", "unflushed"]


class Wants(Enum):
    """What a lemma takes before its check."""

    NOTHING = "nothing"
    """The error of the result follows from those of the arguments alone."""
    CARRIED = "carried"
    """The error before a subnormal result is flushed."""
    GAMMA = "gamma"
    """The relative error."""
    MAJORANTS = "majorants"
    """The relative error, and a majorant for each argument."""
    SUMS = "sums"
    """The same, and the error before a subnormal result is flushed."""
    SHIFT = "shift"
    """The relative error, a majorant, and the error that the bias brings along."""


@dataclass(frozen=True, slots=True)
class Row:
    """A lemma and what it takes."""

    lemma: str
    wants: Wants


_ROWS: Mapping[type[g.Op], Row] = {
    g.Constant: Row("constant_tracks", Wants.GAMMA),
    g.Linear: Row("linear_tracks", Wants.SHIFT),
    g.Conv2d: Row("conv2d_tracks", Wants.SHIFT),
    g.Affine: Row("affine_tracks", Wants.SHIFT),
    g.Add: Row("add_tracks", Wants.SUMS),
    g.Sub: Row("sub_tracks", Wants.SUMS),
    g.LeakyRelu: Row("leakyRelu_tracks", Wants.MAJORANTS),
    g.AvgPool2d: Row("avgPool2d_tracks", Wants.SUMS),
    g.GlobalAvgPool: Row("globalAvgPool_tracks", Wants.SUMS),
    g.ReduceSum: Row("reduceSum_tracks", Wants.SUMS),
    g.ReduceMean: Row("reduceMean_tracks", Wants.SUMS),
    g.Relu: Row("relu_tracks", Wants.NOTHING),
    g.Flatten: Row("reshape_tracks", Wants.NOTHING),
    g.Reshape: Row("reshape_tracks", Wants.NOTHING),
    g.Neg: Row("neg_tracks", Wants.NOTHING),
    g.Abs: Row("abs_tracks", Wants.NOTHING),
    g.Maximum: Row("max_tracks", Wants.NOTHING),
    g.Minimum: Row("min_tracks", Wants.NOTHING),
    g.Clip: Row("clip_tracks", Wants.NOTHING),
    g.MaxPool2d: Row("maxPool2d_tracks", Wants.CARRIED),
    g.Transpose: Row("transpose_tracks", Wants.CARRIED),
    g.Concat: Row("concat_tracks", Wants.CARRIED),
    g.Slice: Row("slice_tracks", Wants.CARRIED),
    g.Pad: Row("pad_tracks", Wants.CARRIED),
}


def row(node: Node) -> Row:
    """The row of the node's operator; raises UnsupportedError where there is none."""
    if type(node.op) not in _ROWS:
        raise UnsupportedError(
            f"The operator {node.op.kind} of node {node.name} has no float32 theorem."
        )
    return _ROWS[type(node.op)]


def unflushed(entry: NodeBudget) -> Magnitudes:
    """The error of a result, less one unit for what is flushed."""
    error = entry.error
    return Magnitudes(error.den, [max(0, digit - 1) for digit in error.digits])

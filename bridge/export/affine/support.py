"""What of affine certificates can be brought to Lean today."""

from __future__ import annotations

from runtime.graph import Graph
from runtime.graph import ops as g

__all__ = ["missing"]

_WALKED = (
    *(g.Linear, g.Affine, g.Constant, g.Flatten, g.Reshape, g.Neg, g.Add, g.Sub),
    *(g.Conv2d, g.AvgPool2d, g.GlobalAvgPool, g.ReduceSum, g.ReduceMean),
    *(g.Concat, g.Transpose, g.Slice, g.Pad),
    *(g.Relu, g.LeakyRelu, g.Abs, g.Maximum, g.Minimum, g.MaxPool2d),
)


def missing(graph: Graph) -> str | None:
    """Why affine certificates of a network cannot be exported; None where they can."""
    for node in graph.nodes:
        if not isinstance(node.op, _WALKED):
            return f"Rows do not pass the operator {node.op.kind} of node {node.name} in Lean yet."
        op = node.op
        if isinstance(op, g.AvgPool2d) and any(op.padding) and not op.count_include_pad:
            return (
                f"The windows of AvgPool2d {node.name} differ in how many pixels they count; "
                "rows do not pass such pools in Lean yet."
            )
    return None

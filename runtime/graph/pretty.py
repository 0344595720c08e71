"""The architecture of a graph as a table of text."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from runtime.graph.ops import Op, shape_text

if TYPE_CHECKING:
    from runtime.graph.ir import Graph

__all__ = ["describe", "pretty"]


def describe(op: Op) -> str:
    """The operator with its parameters, arrays by shape: `Conv2d(weight [8, 3, 3, 3], ...)`.

    Fields at their default value are left out.
    """
    parts = []
    for field in dataclasses.fields(op):
        value = getattr(op, field.name)
        if isinstance(value, np.ndarray):
            parts.append(f"{field.name} {shape_text(value.shape)}")
        elif value is not None and value != field.default:
            shown = shape_text(value) if isinstance(value, tuple) else str(value)
            parts.append(f"{field.name} {shown}")
    return f"{op.kind}({', '.join(parts)})" if parts else op.kind


def pretty(graph: Graph) -> str:
    """One line a tensor: name, shape, operator with parameters, and what it reads."""
    rows = [(entry.name, shape_text(entry.shape), "input", "") for entry in graph.inputs]
    for node in graph.nodes:
        rows.append((node.name, shape_text(node.shape), describe(node.op), ", ".join(node.inputs)))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [f"{graph.name}: {graph.parameters_count:,} parameters, output {graph.output}"]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)]
        lines.append(f"  {'  '.join(cells)}{'  <- ' + row[3] if row[3] else ''}".rstrip())
    return "\n".join(lines)

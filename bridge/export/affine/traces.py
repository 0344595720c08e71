"""What has run up to each node, as Lean definitions, and the variables of the values there."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.export.case import Case
from bridge.export.operators import op_type, shape_text
from bridge.export.statements import NamedText
from runtime.graph import Graph

__all__ = ["context_text", "order_of", "traces", "variable"]


def order_of(graph: Graph) -> list[str]:
    """The names of all values as they appear: the input, then the nodes."""
    return [graph.inputs[0].name, *(node.name for node in graph.nodes)]


def variable(place: int) -> str:
    """The variable of a value with `place` values behind it."""
    text = ".last"
    for _ in range(place):
        text = f"(.before {text})"
    return text


def context_text(graph: Graph, names: Sequence[str]) -> str:
    """The shapes of the values, the last one first."""
    return "[" + ", ".join(shape_text(graph.shape_of(name)) for name in reversed(names)) + "]"


def traces(case: Case) -> list[NamedText]:
    """What has run, node by node: `NODE_trace`."""
    graph, order = case.graph, order_of(case.graph)
    first = order[0]
    start = shape_text(graph.shape_of(first))
    found = [NamedText(f"{first}_trace", "The input alone.", f"Trace {start} [{start}] := .input")]
    for number, node in enumerate(graph.nodes, 1):
        arguments = ".nil"
        for name in reversed(node.inputs):
            arguments = f"(.cons {variable(number - 1 - order.index(name))} {arguments})"
        found.append(
            NamedText(
                f"{node.name}_trace",
                f"What has run up to `{node.name}`.",
                f"Trace {start} {context_text(graph, order[: number + 1])} :=\n"
                f"  {order[number - 1]}_trace.bind "
                f"({case.terms[node.name].expression} : {op_type(graph, node)}) {arguments}",
            )
        )
    return found

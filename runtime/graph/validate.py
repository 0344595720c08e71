"""Well-formedness of a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runtime.errors import InputError
from runtime.graph.names import MAX_NAME_LENGTH, is_identifier
from runtime.graph.ops import OPERATORS, Shape, shape_text
from runtime.graph.ops.base import check_shape

if TYPE_CHECKING:
    from runtime.graph.ir import Graph

__all__ = ["MAX_NODES", "validate"]

MAX_NODES = 100_000


def validate(graph: Graph) -> None:
    """Raise InputError at the first fault: names, order, arities, shapes, output."""
    _check_name(graph.name, "graph")
    if not graph.inputs:
        raise InputError(f"graph {graph.name}: at least one input is needed")
    if len(graph.nodes) > MAX_NODES:
        raise InputError(
            f"graph {graph.name}: {len(graph.nodes)} nodes are more than the {MAX_NODES} allowed"
        )
    shapes: dict[str, Shape] = {}
    for entry in graph.inputs:
        _check_new(entry.name, shapes)
        shapes[entry.name] = check_shape(entry.shape, f"input {entry.name}")
    for node in graph.nodes:
        _check_new(node.name, shapes)
        if OPERATORS.get(node.op.kind) is not type(node.op):
            raise InputError(f"node {node.name}: {node.op.kind} is not an operator of the graph IR")
        for name in node.inputs:
            if name not in shapes:
                raise InputError(f"node {node.name}: the input {name!r} is not defined before it")
        try:
            inferred = node.op.infer([shapes[name] for name in node.inputs])
        except InputError as error:
            raise InputError(f"node {node.name}: {error}") from error
        if inferred != node.shape:
            raise InputError(
                f"node {node.name}: the stated shape {shape_text(node.shape)} is not the inferred "
                f"one {shape_text(inferred)}"
            )
        shapes[node.name] = inferred
    if graph.output not in shapes:
        raise InputError(f"graph {graph.name}: the output {graph.output!r} is not defined")


def _check_name(name: object, what: str) -> None:
    if not is_identifier(name):
        raise InputError(
            f"the {what} name {str(name)[:60]!r} must be a lower-case identifier of at most "
            f"{MAX_NAME_LENGTH} characters"
        )


def _check_new(name: str, shapes: dict[str, Shape]) -> None:
    _check_name(name, "tensor")
    if name in shapes:
        raise InputError(f"the tensor name {name!r} is used twice")

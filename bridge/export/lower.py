"""Rewriting a graph into the operators of the Lean library, with the same exact meaning."""

from __future__ import annotations

from math import prod

from runtime.errors import InputError
from runtime.graph import (
    Flatten,
    Graph,
    GraphBuilder,
    Linear,
    Node,
    ReduceMean,
    ReduceSum,
    Reshape,
    Transpose,
)

__all__ = ["lower"]


def lower(graph: Graph) -> Graph:
    """The graph that is exported: its exact output is the flat output of `graph`.

    The axes of a reduction over several are made into one first, so that every sum stays one sum,
    which a device may add up in any order; reshapes after the last Linear node fall away, any
    other output gets rank one, and nodes without use fall away. A graph
    that needs none of this is returned as it is. Raises InputError for a graph that does not have
    exactly one input.
    """
    if len(graph.inputs) != 1:
        raise InputError(
            f"The model has {len(graph.inputs)} inputs; an exported theorem speaks about one."
        )
    output = _stripped_output(graph)
    rank_one = len(graph.shape_of(output)) == 1
    if (
        output == graph.output
        and rank_one
        and not any(_splits(node) for node in graph.nodes)
        and not _has_dead_nodes(graph)
    ):
        return graph
    builder = GraphBuilder(graph.name)
    names = {graph.inputs[0].name: builder.input(graph.inputs[0].shape, graph.inputs[0].name)}
    for node in graph.nodes:
        names[node.name] = _add(builder, node, [names[name] for name in node.inputs])
    result = names[output]
    if not rank_one:
        size = prod(graph.shape_of(output))
        result = builder.add(Reshape((size,)), result, hint="flat_output")
    return builder.build(result, graph.source)


def _stripped_output(graph: Graph) -> str:
    name = graph.output
    nodes = {node.name: node for node in graph.nodes}
    while name in nodes and isinstance(nodes[name].op, Flatten | Reshape):
        name = nodes[name].inputs[0]
    return name if name in nodes and isinstance(nodes[name].op, Linear) else graph.output


def _has_dead_nodes(graph: Graph) -> bool:
    return any(not graph.consumers(node.name) and node.name != graph.output for node in graph.nodes)


def _splits(node: Node) -> bool:
    op = node.op
    return isinstance(op, ReduceSum | ReduceMean) and (len(op.axes) != 1 or op.keepdims)


def _add(builder: GraphBuilder, node: Node, inputs: list[str]) -> str:
    op = node.op
    if not isinstance(op, ReduceSum | ReduceMean) or not _splits(node):
        return builder.add(op, *inputs, hint=node.name)
    name, axes = inputs[0], sorted(op.axes)
    axis = axes[0]
    if len(axes) > 1:
        name, axis = _joined(builder, node, name, axes)
    name = builder.add(type(op)((axis,), False), name, hint=f"{node.name}_axis_{axis}")
    return builder.add(Reshape(node.shape), name, hint=node.name) if op.keepdims else name


def _joined(builder: GraphBuilder, node: Node, name: str, axes: list[int]) -> tuple[str, int]:
    """The tensor with these axes made into one, which comes last, and the number of that axis."""
    shape = builder.shape_of(name)
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    order = (*kept, *axes)
    if order != tuple(range(len(shape))):
        name = builder.add(Transpose(order), name, hint=f"{node.name}_turned")
    joined = (*(shape[axis] for axis in kept), prod(shape[axis] for axis in axes))
    return builder.add(Reshape(joined), name, hint=f"{node.name}_joined"), len(kept)

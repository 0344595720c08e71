"""How much work checks are for Lean's kernel, roughly: products with numbers of all lanes."""

from __future__ import annotations

from math import prod

from runtime.graph import Conv2d, Graph, Linear, Node

__all__ = ["FILE", "products", "walked"]

FILE = 120_000
"""Products of about a minute: a file with more than that ends with the batch that exceeds it."""


def products(node: Node) -> int:
    """Of the operator of a node."""
    if isinstance(node.op, Linear):
        return int(node.op.weight.size)
    if isinstance(node.op, Conv2d):
        return prod(node.shape) * prod(node.op.weight.shape[1:])
    return prod(node.shape)


def walked(graph: Graph, target: str) -> int:
    """Of a batch that goes from a node back to the input."""
    total = 0
    for node in graph.nodes:
        total += products(node)
        if node.name == target:
            break
    return total

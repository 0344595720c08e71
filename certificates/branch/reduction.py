"""A smaller network that agrees with the given one on a box: without neurons that never fire.

Where a ReLU's argument is at most zero on the whole box, its result is zero there. Between two
dense layers such neurons are left out: most of a search's work is matrix products over them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from certificates.branch.root import Root
from runtime.graph import Graph, Linear, Node, Relu

__all__ = ["Reduction", "reduced"]


@dataclass(frozen=True, slots=True)
class Reduction:
    """The smaller graph with its root, and by tensor which entries of the given one are kept."""

    graph: Graph
    root: Root
    kept: dict[str, NDArray[np.intp]]


def reduced(graph: Graph, root: Root) -> Reduction:
    """Leave out what never fires on the root's boxes."""
    kept: dict[str, NDArray[np.intp]] = {}
    for node in graph.nodes:
        if _removable(graph, node):
            fires = np.flatnonzero(root.boxes[node.inputs[0]][1].reshape(-1) > 0)
            if 0 < fires.size < node.shape[0]:
                kept[node.name] = kept[node.inputs[0]] = fires
    nodes = tuple(_cut(node, kept) for node in graph.nodes)
    smaller = Graph(graph.name, graph.inputs, nodes, graph.output, graph.source)
    boxes = {
        name: (lo[:, kept[name]], hi[:, kept[name]]) if name in kept else (lo, hi)
        for name, (lo, hi) in root.boxes.items()
    }
    slopes = {
        name: value[:, kept[name]] if name in kept else value for name, value in root.slopes.items()
    }
    return Reduction(smaller, replace(root, boxes=boxes, slopes=slopes), kept)


def _removable(graph: Graph, node: Node) -> bool:
    """Whether this is a ReLU between dense layers that nothing else reads."""
    if not isinstance(node.op, Relu) or node.name == graph.output:
        return False
    before = next((other for other in graph.nodes if other.name == node.inputs[0]), None)
    after = graph.consumers(node.name)
    return (
        before is not None
        and isinstance(before.op, Linear)
        and before.name != graph.output
        and graph.consumers(before.name) == (node,)
        and all(isinstance(reader.op, Linear) for reader in after)
    )


def _cut(node: Node, kept: Mapping[str, NDArray[np.intp]]) -> Node:
    if not isinstance(node.op, Linear):
        shape = (len(kept[node.name]),) if node.name in kept else node.shape
        return replace(node, shape=shape)
    weight, bias = node.op.weight, node.op.bias
    if node.name in kept:
        weight, bias = weight[kept[node.name]], bias[kept[node.name]]
    if node.inputs[0] in kept:
        weight = weight[:, kept[node.inputs[0]]]
    return replace(node, op=Linear(weight, bias), shape=(len(bias),))

"""The boxes along a trace: those of an affine certificate, filled in where it leaves nodes out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from certificates.affine.format import AffineCertificate, Region
from certificates.affine.format import regions as regions_of
from certificates.format import NodeBox
from certificates.producer.boxes import ExactBox
from certificates.producer.rules import propagate
from runtime.graph import Graph, Node

__all__ = ["TracedBox", "interval_pairs", "traced_boxes"]

_BITS = 24
"""What boxes keep that are filled in."""


@dataclass(frozen=True, slots=True)
class TracedBox:
    """A box of a value; `tightened` is its index among the region's boxes where rows justify it."""

    ends: NodeBox
    tightened: int | None


def traced_boxes(graph: Graph, region: Region) -> list[TracedBox]:
    """A box of the input and of every node in order, up to the last one whose box is read.

    A trace grows by one operator with one box at a time, so that none can be left out.
    """
    plain: dict[str, NodeBox] = {}
    tightened: dict[str, list[int]] = {}
    for index, box in enumerate(region.boxes):
        if isinstance(box.batch, int):
            tightened.setdefault(box.node, []).append(index)
        else:
            plain[box.node] = _node_box(region, index)
    order = [node.name for node in graph.nodes]
    before = dict(zip(order, [graph.inputs[0].name, *order], strict=False))
    read = plain.keys() | {
        name
        for batch in region.batches
        for item in batch.relax
        for name in (*graph.node(item.node).inputs, before[item.node])
    }
    last = max((i for i, node in enumerate(graph.nodes) if node.name in read), default=-1)
    first = graph.inputs[0].name
    found = [TracedBox(plain[first], None)]
    best = {first: plain[first]}
    for node in graph.nodes[: last + 1]:
        ends = plain.get(node.name) or _filled(graph, node, best)
        found.append(TracedBox(ends, None))
        for index in tightened.get(node.name, ()):
            ends = _node_box(region, index)
            found.append(TracedBox(ends, index))
        best[node.name] = ends
    return found


def interval_pairs(
    graph: Graph, node: Node, certificate: AffineCertificate
) -> Iterator[tuple[NodeBox, NodeBox]]:
    """The boxes of the node's first input and of its value that its interval check compares."""
    for _, region in regions_of(certificate.root):
        best: dict[str, NodeBox] = {}
        for box in traced_boxes(graph, region):
            if box.ends.node == node.name and box.tightened is None:
                yield best[node.inputs[0]], box.ends
            best[box.ends.node] = box.ends


def _node_box(region: Region, index: int) -> NodeBox:
    box = region.boxes[index]
    return NodeBox(node=box.node, den=box.den, lo=list(box.lo), hi=list(box.hi))


def _filled(graph: Graph, node: Node, known: dict[str, NodeBox]) -> NodeBox:
    """What the interval rule gives, rounded outward."""
    inputs = [_exact(known[name], graph.shape_of(name)) for name in node.inputs]
    box = propagate(node.op, inputs).rounded(_BITS)
    lo, hi = (list(map(int, values.reshape(-1))) for values in (box.lo, box.hi))
    return NodeBox(node=node.name, den=box.den, lo=lo, hi=hi)


def _exact(box: NodeBox, shape: tuple[int, ...]) -> ExactBox:
    lo, hi = (np.array(values, dtype=object).reshape(1, *shape) for values in (box.lo, box.hi))
    return ExactBox(lo, hi, box.den)

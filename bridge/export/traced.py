"""The boxes along a trace: those of an affine certificate, filled in where it leaves nodes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import lcm

import numpy as np

from certificates.affine.format import AffineCertificate, Region
from certificates.affine.format import regions as regions_of
from certificates.format import NodeBox
from certificates.producer.boxes import ExactBox
from certificates.producer.rules import propagate
from runtime.graph import Graph, Node

__all__ = ["TracedBox", "interval_pairs", "signature", "traced_boxes", "traced_regions"]

_BITS = 24
"""What boxes keep that are filled in."""


@dataclass(frozen=True, slots=True)
class TracedBox:
    """A box of a value; `tightened` is its index among the region's boxes where rows justify it."""

    ends: NodeBox
    tightened: int | None


def traced_boxes(graph: Graph, region: Region, *, to_goal: bool = False) -> list[TracedBox]:
    """A box of the input and of every node in order, up to the last one whose box is read.

    A trace grows by one operator with one box at a time, so that none can be left out.
    With `to_goal` they reach at least to the last node before the one that the goal is about.
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
    if to_goal:
        read.add(before.get(region.batches[region.goal].target, graph.inputs[0].name))
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


def traced_regions(
    graph: Graph, certificate: AffineCertificate
) -> list[tuple[Region, list[TracedBox]]]:
    """The regions from left to right, each with its boxes along the trace.

    Regions with the same sequence of boxes have them over the same denominators, so that their
    forms can be bounded side by side.
    """
    regions = [region for _, region in regions_of(certificate.root)]
    several = len(regions) > 1
    found = [traced_boxes(graph, region, to_goal=several) for region in regions]
    alike: dict[tuple[tuple[str, bool], ...], list[int]] = {}
    for number, boxes in enumerate(found):
        alike.setdefault(signature(boxes), []).append(number)
    for numbers in alike.values():
        for place in range(len(found[numbers[0]])):
            den = lcm(*(found[number][place].ends.den for number in numbers))
            for number in numbers:
                box = found[number][place]
                found[number][place] = TracedBox(_over(box.ends, den), box.tightened)
    return list(zip(regions, found, strict=True))


def signature(boxes: Sequence[TracedBox]) -> tuple[tuple[str, bool], ...]:
    """The values of a sequence of boxes, and which of them rows make smaller."""
    return tuple((box.ends.node, box.tightened is not None) for box in boxes)


def _over(ends: NodeBox, den: int) -> NodeBox:
    """The same box over a multiple of its denominator."""
    factor = den // ends.den
    lo, hi = ([factor * n for n in end] for end in (ends.lo, ends.hi))
    return NodeBox(ends.node, den, lo, hi)


def interval_pairs(
    graph: Graph, node: Node, certificate: AffineCertificate
) -> Iterator[tuple[NodeBox, NodeBox]]:
    """The boxes of the node's first input and of its value that its interval check compares."""
    for _, boxes in traced_regions(graph, certificate):
        best: dict[str, NodeBox] = {}
        for box in boxes:
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

"""Producing certificates: boxes node by node in exact integers, each rounded outward."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

import numpy as np

from certificates.format import Certificate, NodeBox
from certificates.producer.boxes import ExactBox, from_box
from certificates.producer.goal import GoalFinder, last_linear
from certificates.producer.rules import propagate
from certificates.properties import Box, Property
from certificates.results import Undecided
from runtime.errors import InputError
from runtime.graph import Graph

__all__ = ["produce"]

HOLDS_BITS = 24
VIOLATED_BITS = 100
MAX_BITS = 4096

Bits = int | Literal["exact"]


def produce(
    graph: Graph,
    prop: Property,
    case: int,
    *,
    claim: Literal["holds", "violated"] = "holds",
    point: Sequence[Fraction] | None = None,
    bits: Bits | None = None,
    known: Sequence[NodeBox] = (),
) -> Certificate | Undecided:
    """An interval certificate of one case of the property, or Undecided with all margins.

    Args:
        graph: the model; one input, one output.
        prop: the property; bound to the graph here where it was not.
        case: which of `prop.cases`.
        claim: "holds" bounds the case's box; "violated" bounds the one input `point` (flat
            rationals inside the box) and shows the negation.
        bits: how many bits the largest bound of a node keeps; more is tighter and slower.
            "exact" rounds nothing, so that numbers grow with each layer.
        known: for "holds", right boxes of the input and of all nodes, in order, over a box that
            contains the case's: taken as they are, in place of boxes made here.

    Raises InputError for a property that does not fit, a case out of range, bits out of range, or
    a point that is missing or outside the box.
    """
    prop = prop.bind(graph)
    if not 0 <= case < len(prop.cases):
        raise InputError(f"Case {case} does not exist; the property has {len(prop.cases)} cases.")
    box, formula = prop.cases[case].box, prop.cases[case].safe
    if isinstance(bits, int) and not 1 <= bits <= MAX_BITS:
        raise InputError(f"bits is {bits}; from 1 to {MAX_BITS} work.")
    attempts: list[Bits] = [bits or HOLDS_BITS]
    if claim == "violated":
        if point is None or not box.contains(tuple(point)):
            raise InputError("A violation needs a point inside the box of its case; give one.")
        box, formula = Box(tuple(point), tuple(point)), formula.negate()
        # A violation by nothing, such as equal outputs, shows in exact numbers alone.
        attempts = [bits or VIOLATED_BITS, "exact"]
    through = last_linear(graph)
    finder = None
    for attempt in attempts:
        # A point is never widened: a violation is about that very input.
        first = from_box(box, graph.inputs[0].shape)
        start = first if claim == "violated" else _rounded(first, attempt)
        if known and claim == "holds":
            boxes = _known(graph, known, through)
        else:
            boxes = _boxes(graph, start, attempt, through)
        through_input = graph.output if through is None else graph.node(through).inputs[0]
        finder = GoalFinder(graph, prop, through, boxes[through_input])
        goal = finder.find(formula)
        if goal is not None:
            return Certificate(
                format="lemmanet.certificate/1",
                model_sha256=graph.sha256(),
                property_sha256=prop.sha256(),
                case=case,
                claim=claim,
                boxes=[_node_box(name, value) for name, value in boxes.items()],
                goal=goal,
            )
    margins = tuple(finder.margins) if finder else ()
    missing = sum(not margin.shown for margin in margins)
    subject = "Interval bounds" if claim == "holds" else "The exact outputs at this point"
    return Undecided(f"{subject} leave {missing} of {len(margins)} inequalities open.", margins)


def _boxes(graph: Graph, start: ExactBox, bits: Bits, through: str | None) -> dict[str, ExactBox]:
    """Boxes of the input and of the nodes in order, up to (not including) `through`."""
    boxes = {graph.inputs[0].name: start}
    for node in graph.nodes:
        if node.name == through:
            break
        value = propagate(node.op, [boxes[name] for name in node.inputs])
        boxes[node.name] = _rounded(value, bits)
    return boxes


def _known(graph: Graph, known: Sequence[NodeBox], through: str | None) -> dict[str, ExactBox]:
    """Boxes that were made elsewhere, up to (not including) `through`."""
    boxes = {}
    for box in known:
        if box.node == through:
            break
        shape = graph.shape_of(box.node)
        lo, hi = (np.array(end, dtype=object).reshape(1, *shape) for end in (box.lo, box.hi))
        boxes[box.node] = ExactBox(lo, hi, box.den)
    return boxes


def _rounded(box: ExactBox, bits: Bits) -> ExactBox:
    return box if bits == "exact" else box.rounded(bits)


def _node_box(name: str, box: ExactBox) -> NodeBox:
    lo, hi = (list(map(int, values.reshape(-1))) for values in (box.lo, box.hi))
    return NodeBox(node=name, den=box.den, lo=lo, hi=hi)

"""Checking that the formula follows from the boxes as the certificate says."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from operator import mul

from msgspec import UNSET

from certificates.checker.bounds import Bounds
from certificates.checker.integers import scaled
from certificates.format import Goal
from certificates.properties import And, Formula, LinearAtom, Or
from certificates.results import approximate
from runtime.graph import Flatten, Graph, Linear, Reshape

__all__ = ["GoalError", "check_goal"]


class GoalError(Exception):
    """The proof does not show the formula; the message says where."""


def check_goal(
    graph: Graph, formula: Formula, proof: Goal, boxes: dict[str, Bounds], where: str = "goal"
) -> list[tuple[LinearAtom, Fraction]]:
    """The atoms that were shown, each with bound − (upper bound of its left side).

    Raises GoalError where the proof does not have the formula's form, names a part or node that
    does not fit, or a bound does not suffice.
    """
    if isinstance(formula, And):
        if proof.all_of is UNSET or len(proof.all_of) != len(formula.parts):
            raise GoalError(f"{where} must prove all {len(formula.parts)} parts of a conjunction")
        shown = []
        for i, (part, inner) in enumerate(zip(formula.parts, proof.all_of, strict=True)):
            shown += check_goal(graph, part, inner, boxes, f"{where}.and[{i}]")
        return shown
    if isinstance(formula, Or):
        if proof.one_of is UNSET or not 0 <= proof.one_of.index < len(formula.parts):
            raise GoalError(f"{where} must prove one of {len(formula.parts)} parts, by its number")
        index = proof.one_of.index
        return check_goal(
            graph, formula.parts[index], proof.one_of.proof, boxes, f"{where}.or[{index}]"
        )
    if proof.atom is UNSET:
        raise GoalError(f"{where} must prove a linear inequality")
    through = proof.atom.through
    upper = (
        _over_output(graph, formula, boxes, where)
        if through is None
        else _through(graph, formula, boxes, through, where)
    )
    if not (upper < formula.bound or (upper == formula.bound and not formula.strict)):
        relation = "below" if formula.strict else "at most"
        raise GoalError(
            f"{where}: the left side is bounded by {approximate(upper):.9g} only, which is not "
            f"{relation} {approximate(formula.bound):.9g}"
        )
    return [(formula, formula.bound - upper)]


def _over_output(graph: Graph, atom: LinearAtom, boxes: dict[str, Bounds], where: str) -> Fraction:
    if graph.output not in boxes:
        raise GoalError(f"{where} needs the box of the output {graph.output}, which is not there")
    box = boxes[graph.output]
    ends = (c * (box.hi[i] if c > 0 else box.lo[i]) for i, c in atom.coefficients)
    return sum(ends, Fraction(0)) / box.den


def _through(
    graph: Graph, atom: LinearAtom, boxes: dict[str, Bounds], through: str, where: str
) -> Fraction:
    """Combine the rows of the Linear node with the atom's coefficients, then bound the result."""
    name = graph.output
    nodes = {node.name: node for node in graph.nodes}
    while name != through and name in nodes and isinstance(nodes[name].op, Flatten | Reshape):
        name = nodes[name].inputs[0]
    if name != through or name not in nodes:
        raise GoalError(f"{where} goes through {through}, whose result is not the output")
    op, source = nodes[name].op, nodes[name].inputs[0]
    if not isinstance(op, Linear):
        raise GoalError(f"{where} goes through {through}, which is not a Linear node")
    if source not in boxes:
        raise GoalError(f"{where} needs the box of {source}, which is not there")
    box = boxes[source]
    common = lcm(*(c.denominator for _, c in atom.coefficients))
    combined, shift = [0] * len(box.lo), Fraction(0)
    weight, weight_den = scaled(op.weight[[i for i, _ in atom.coefficients]])
    width = len(box.lo)
    for number, (i, c) in enumerate(atom.coefficients):
        factor = c.numerator * (common // c.denominator)
        row = weight[number * width : (number + 1) * width]
        combined = [g + factor * w for g, w in zip(combined, row, strict=True)]
        shift += c * Fraction(float(op.bias[i]))
    positive = [g if g > 0 else 0 for g in combined]
    negative = [g if g < 0 else 0 for g in combined]
    largest = sum(map(mul, positive, box.hi)) + sum(map(mul, negative, box.lo))
    return Fraction(largest, common * weight_den * box.den) + shift

"""Choosing how the formula follows from the boxes, with the margin of every atom on the way."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from certificates.format import AtomProof, Goal, OrProof
from certificates.producer.boxes import ExactBox
from certificates.properties import And, Formula, LinearAtom, Property
from certificates.results import AtomMargin, margin_of
from runtime.graph import Flatten, Graph, Linear, Reshape
from runtime.graph.exact import exact_parameter

__all__ = ["GoalFinder", "last_linear"]


def last_linear(graph: Graph) -> str | None:
    """The Linear node whose result, at most flattened or reshaped, is the output; or None."""
    nodes = {node.name: node for node in graph.nodes}
    name = graph.output
    while name in nodes:
        node = nodes[name]
        if isinstance(node.op, Linear):
            return name
        if not isinstance(node.op, Flatten | Reshape):
            return None
        name = node.inputs[0]
    return None


@dataclass
class GoalFinder:
    """Bounds atoms `through` the last Linear node over `box`, its input; or over the output's box.

    `margins` collects every atom that was looked at, in order.
    """

    graph: Graph
    prop: Property
    through: str | None
    box: ExactBox
    margins: list[AtomMargin] = field(default_factory=list)

    def find(self, formula: Formula) -> Goal | None:
        """A proof of the formula, or None where the bounds do not suffice."""
        if isinstance(formula, LinearAtom):
            margin = margin_of(self.prop, formula, formula.bound - self._upper(formula))
            self.margins.append(margin)
            return Goal(atom=AtomProof(self.through)) if margin.shown else None
        if isinstance(formula, And):
            # Every part is tried, so that the report has all margins.
            proofs = [self.find(part) for part in formula.parts]
            complete = [proof for proof in proofs if proof is not None]
            return Goal(all_of=complete) if len(complete) == len(proofs) else None
        for index, part in enumerate(formula.parts):
            proof = self.find(part)
            if proof is not None:
                return Goal(one_of=OrProof(index, proof))
        return None

    def _upper(self, atom: LinearAtom) -> Fraction:
        """The exact maximum of the atom's left side over the box."""
        common = math.lcm(*(c.denominator for _, c in atom.coefficients))
        factors = [c.numerator * (common // c.denominator) for _, c in atom.coefficients]
        indices = [index for index, _ in atom.coefficients]
        lo, hi = self.box.lo.reshape(-1), self.box.hi.reshape(-1)
        if self.through is None:
            row, start = np.array(factors, dtype=object), Fraction(0)
            lo, hi, unit = lo[indices], hi[indices], common
        else:
            op = self.graph.node(self.through).op
            if not isinstance(op, Linear):
                raise TypeError(f"{self.through} is not Linear")
            weight, bias = exact_parameter(op.weight[indices]), exact_parameter(op.bias[indices])
            row = np.asarray(np.array(factors, dtype=object) @ weight.numerators)
            shift = int(np.array(factors, dtype=object) @ bias.numerators)
            start, unit = Fraction(shift, common * bias.denominator), common * weight.denominator
        return start + Fraction(int(np.maximum(row * lo, row * hi).sum()), unit * self.box.den)

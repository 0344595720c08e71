"""Branch and bound: the tree that floats find, made into an exact certificate."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from certificates import AffineCertificate, Property, Undecided
from certificates.affine.produce import produce_affine
from certificates.branch import Progress, branch, plan
from certificates.properties import Case
from runtime.graph import Graph

__all__ = ["Branched", "branched"]

_SHARE = 0.6
"""Of the time left, for finding a tree; the rest is for the exact certificate and its check."""
_SLACKS = (1e-5, 2e-4)
"""By how much parts must be shown; where exact rounding needs more, a larger one splits on."""
_MANY = 1000
"""From so many parts on, splitting more is cheaper than exact certificates that may fall short."""


@dataclass(frozen=True)
class Branched:
    """What branch and bound came to.

    Attributes:
        nodes, leaves: of the tree.
        distance: how far the worst part is from being shown.
        exact: the certificate that the case holds, or what rounding left open of it; None where
            the tree has open parts.
        point: an input that violates the case, at binary32 numbers where those do, too.
    """

    nodes: int
    leaves: int
    distance: float
    exact: AffineCertificate | Undecided | None = None
    point: tuple[Fraction, ...] | None = None

    @property
    def reason(self) -> str:
        """Why the case is open, where the tree is."""
        return (
            f"Branch and bound has {self.leaves} parts after {self.nodes} nodes, "
            "not all of them shown."
        )


def branched(
    graph: Graph,
    prop: Property,
    case: int,
    seconds: float,
    *,
    tell: Callable[[str], None],
    watch: Callable[[Branched], None] | None = None,
) -> Branched:
    """Split the input or the signs of neurons until all parts are shown or a point violates.

    Args:
        graph: a lowered graph.
        prop: a property bound to it.
        case: which of its cases.
        seconds: how long to try; the exact certificate can take longer.
        tell: told in words what is being done.
        watch: told how far the tree is, as something that is open.

    Raises UnsupportedError for an operator without linear bounds.
    """
    end = time.monotonic() + seconds
    tree, nodes = None, 0
    found = Branched(0, 0, np.inf)

    def progress(now: Progress) -> None:
        """Of a search that goes on from another of `nodes` nodes."""
        state = Branched(nodes + now.nodes, now.open + now.proved, now.bound)
        tell(
            f"branch and bound: {state.nodes} nodes, {now.open} open, {now.proved} leaves, "
            f"bound {-now.bound:.3g}"
        )
        if watch is not None:
            watch(state)

    for slack in _SLACKS:
        tell("branch and bound")
        outcome = branch(
            graph,
            prop,
            case,
            seconds=_SHARE * max(0.0, end - time.monotonic()),
            slack=slack,
            tree=tree,
            progress=progress,
        )
        nodes += outcome.nodes
        if outcome.violation is not None:
            given = outcome.violation.input
            point = _binary32(graph, prop.cases[case], given) or tuple(given)
            return Branched(nodes, 0, np.inf, point=point)
        tree, leaves = outcome.tree, len(outcome.tree.leaves())
        found = Branched(nodes, leaves, outcome.bound)
        if outcome.status != "proved":
            return found
        if leaves > _MANY and slack != _SLACKS[-1]:
            continue
        tell(f"certificates of {leaves} parts")
        exact = produce_affine(graph, prop, case, plan(graph, prop, case, tree))
        found = Branched(nodes, leaves, outcome.bound, exact)
        if isinstance(exact, AffineCertificate):
            break
    return found


def _binary32(graph: Graph, case: Case, point: Sequence[Fraction]) -> tuple[Fraction, ...] | None:
    """The nearest point of binary32 numbers, if it is a violation in the box."""
    near = tuple(Fraction(float(np.float32(float(value)))) for value in point)
    if not case.contains(near):
        return None
    numerators, den = graph.evaluate_exact(near)[graph.output]
    return None if case.safe.holds([Fraction(n, den) for n in numerators]) else near

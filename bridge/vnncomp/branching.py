"""Branch and bound as a strategy: the tree that floats find, made into an exact certificate."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from bridge.vnncomp.attempts import Attempt, Task
from bridge.vnncomp.strategies import attempt, violation
from certificates.affine.produce import produce_affine
from certificates.branch import Progress, Violation, branch, plan
from certificates.properties import Case
from runtime.graph import Graph

__all__ = ["branch_and_bound"]

_SHARE = 0.6
"""Of the time left, for finding a tree; the rest is for the exact certificate and its check."""
_SLACKS = (1e-5, 2e-4)
"""By how much parts must be shown; where exact rounding needs more, a larger one splits on."""


def branch_and_bound(task: Task) -> Attempt:
    """Split the input or the signs of neurons until all parts are shown or a point violates."""
    end = time.monotonic() + task.seconds
    tree, nodes = None, 0
    result = Attempt()
    for slack in _SLACKS:
        task.tell("branch and bound")
        outcome = branch(
            task.graph,
            task.prop,
            task.case,
            seconds=_SHARE * max(0.0, end - time.monotonic()),
            slack=slack,
            tree=tree,
            progress=functools.partial(_watch, task, nodes),
        )
        nodes += outcome.nodes
        if outcome.violation is not None:
            return _violated(task, outcome.violation, nodes)
        tree, leaves = outcome.tree, len(outcome.tree.leaves())
        if outcome.status != "proved":
            return _open(nodes, leaves, outcome.bound)
        task.tell(f"certificates of {leaves} parts")
        exact = produce_affine(
            task.graph, task.prop, task.case, plan(task.graph, task.prop, task.case, tree)
        )
        result = attempt(task, exact, nodes, leaves)
        if result.certificate is not None:
            break
    return result


def _watch(task: Task, before: int, progress: Progress) -> None:
    """Tell how far a search is that goes on from another of `before` nodes."""
    nodes = before + progress.nodes
    task.tell(
        f"branch and bound: {nodes} nodes, {progress.open} open, {progress.proved} leaves, "
        f"bound {-progress.bound:.3g}"
    )
    task.report(_open(nodes, progress.open + progress.proved, progress.bound))


def _open(nodes: int, leaves: int, distance: float) -> Attempt:
    """What is known while parts are open; `distance` is how far the worst is from being shown."""
    return Attempt(
        reason=f"Branch and bound has {leaves} parts after {nodes} nodes, not all of them shown.",
        bound=-distance if math.isfinite(distance) else None,
        nodes=nodes,
        leaves=leaves,
    )


def _violated(task: Task, found: Violation, nodes: int) -> Attempt:
    """The violation as a certificate, at binary32 numbers where those violate the property too."""
    case = task.prop.cases[task.case]
    point = _binary32(task.graph, case, found.input) or found.input
    return replace(violation(task, point), nodes=nodes)


def _binary32(graph: Graph, case: Case, point: Sequence[Fraction]) -> tuple[Fraction, ...] | None:
    """The nearest point of binary32 numbers, if it is a violation in the box."""
    near = tuple(Fraction(float(np.float32(float(value)))) for value in point)
    if not case.box.contains(near):
        return None
    numerators, den = graph.evaluate_exact(near)[graph.output]
    return None if case.safe.holds([Fraction(n, den) for n in numerators]) else near

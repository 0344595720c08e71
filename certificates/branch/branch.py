"""Decide a case of a property by branch and bound."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from certificates.branch.attack import Attack, Violation
from certificates.branch.goal import Goal
from certificates.branch.inputs import InputSplits
from certificates.branch.search import Outcome, Progress, Search
from certificates.branch.tree import Tree
from certificates.crown import Program
from certificates.interval import outward
from certificates.properties import Case, Property
from certificates.search import find_counterexample
from runtime.errors import InputError
from runtime.graph import Graph

__all__ = ["branch"]


def branch(
    graph: Graph,
    prop: Property,
    case: int,
    *,
    seconds: float = 60.0,
    search_seconds: float = 1.0,
    tree: Tree | None = None,
    slack: float = 1e-6,
    batch: int = 256,
    progress: Callable[[Progress], None] | None = None,
    xp: Any = np,
) -> Outcome:
    """Prove a case of a property by splitting, or find a violation, or run out of time.

    Splits the input box, in float32 for speed. When all leaves are proved they are bounded again in
    float64, each on its own, as whoever checks them must; what then fails is split further.

    Args:
        graph: the model.
        prop: the property; bound to the graph here where it was not.
        case: which of its cases.
        seconds: wall-clock budget.
        search_seconds: how much of it goes to a search for a violation at the start.
        tree: the tree of an outcome that was "open", to go on from.
        slack: by how much each atom of a leaf must hold, so that exact rounding has room.
        batch: sub-problems split at a time.
        progress: called after each batch.
        xp: the array module, `numpy` or `cupy`.

    Raises InputError for a property that does not fit, or a case out of range.
    """
    prop = prop.bind(graph)
    if not 0 <= case < len(prop.cases):
        raise InputError(f"Case {case} does not exist; the property has {len(prop.cases)} cases.")
    start = time.monotonic()
    deadline = start + seconds
    the_case = prop.cases[case]
    if tree is None and search_seconds > 0:
        found = find_counterexample(graph, prop, case, seconds=min(search_seconds, seconds))
        if found is not None:
            violation = Violation(found.input, found.output)
            elapsed = time.monotonic() - start
            return Outcome("violated", np.inf, Tree(()), violation, 0, elapsed)
    outcome = _stage(graph, the_case, np.float32, tree, deadline, slack, batch, progress, xp)
    if outcome.status == "proved" or outcome.stuck:
        nodes, tree = outcome.nodes, outcome.tree
        tree.bound[tree.leaves()] = np.inf
        outcome = _stage(graph, the_case, np.float64, tree, deadline, slack, batch, progress, xp)
        outcome = replace(outcome, nodes=nodes + outcome.nodes)
    return replace(outcome, seconds=time.monotonic() - start)


def _stage(
    graph: Graph,
    case: Case,
    dtype: Any,
    tree: Tree | None,
    deadline: float,
    slack: float,
    batch: int,
    progress: Callable[[Progress], None] | None,
    xp: Any,
) -> Outcome:
    """One search, in one kind of floats."""
    program = Program(graph, xp, dtype)
    goal = Goal.of(case.safe, program.size(program.output))
    lo, hi = outward(case.box.lo, case.box.hi)
    splits, attack = InputSplits(program, goal, lo, hi), Attack(program, goal, case)
    return Search(splits, attack, tree, slack=slack, batch=batch).run(deadline, progress)

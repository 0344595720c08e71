"""Decide a case of a property by branch and bound."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from certificates.branch.attack import Attack, Violation
from certificates.branch.goal import Goal
from certificates.branch.inputs import InputSplits
from certificates.branch.neurons import NeuronSplits
from certificates.branch.reduction import reduced
from certificates.branch.root import INNER, OUTER, Root
from certificates.branch.search import Outcome, Progress, Search, Splits
from certificates.branch.tree import NONE, Tree
from certificates.crown import Program
from certificates.interval import outward
from certificates.properties import Case, Property
from certificates.search import find_counterexample
from runtime.errors import InputError
from runtime.graph import Graph

__all__ = ["Kind", "branch", "the_case"]

Kind = Literal["input", "neuron"]

FEW_INPUTS = 16
"""Up to so many inputs the input box is split, beyond them the signs of neurons."""


def branch(
    graph: Graph,
    prop: Property,
    case: int,
    *,
    seconds: float = 60.0,
    search_seconds: float = 1.0,
    kind: Kind | None = None,
    tree: Tree | None = None,
    slack: float = 1e-6,
    batch: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    xp: Any = np,
) -> Outcome:
    """Prove a case of a property by splitting, or find a violation, or run out of time.

    Splits in float32 for speed. When all leaves are proved they are bounded again in float64, each
    on its own, as whoever checks them must; what then fails is split further.

    Args:
        graph: the model.
        prop: the property; bound to the graph here where it was not.
        case: which of its cases.
        seconds: wall-clock budget; a single batch on a large network can exceed it a little.
        search_seconds: how much of it goes to a search for a violation at the start.
        kind: what to split; by default the input box where it has few entries, else neurons.
        tree: the tree of an outcome that was "open", to go on from.
        slack: by how much each atom of a leaf must hold, so that exact rounding has room.
        batch: sub-problems split at a time.
        progress: called after each batch.
        xp: the array module, `numpy` or `cupy`.

    Raises InputError for a property that does not fit, a case out of range, or a tree that splits
    something else.
    """
    start = time.monotonic()
    prop, chosen = the_case(graph, prop, case)
    if tree is None and search_seconds > 0:
        found = find_counterexample(graph, prop, case, seconds=min(search_seconds, seconds))
        if found is not None:
            violation = Violation(found.input, found.output)
            elapsed = time.monotonic() - start
            return Outcome("violated", np.inf, Tree(()), violation, 0, elapsed)
    kind = _kind(graph, kind, tree)
    run = _Run(graph, chosen, kind, start + seconds, slack, batch, progress, xp)
    outcome = run.stage(np.float32, tree)
    if outcome.status == "proved" or outcome.stuck:
        nodes, tree = outcome.nodes, outcome.tree
        tree.bound[tree.leaves()] = np.inf
        outcome = run.stage(np.float64, tree)
        outcome = replace(outcome, nodes=nodes + outcome.nodes)
    return replace(outcome, seconds=time.monotonic() - start)


def the_case(graph: Graph, prop: Property, case: int) -> tuple[Property, Case]:
    """The bound property and the case; raises InputError where it does not exist."""
    prop = prop.bind(graph)
    if not 0 <= case < len(prop.cases):
        raise InputError(f"Case {case} does not exist; the property has {len(prop.cases)} cases.")
    return prop, prop.cases[case]


def _kind(graph: Graph, kind: Kind | None, tree: Tree | None) -> Kind:
    if tree is not None and bool((tree.low != NONE).any()):
        made: Kind = "input" if tree.tensors == (graph.inputs[0].name,) else "neuron"
        if kind not in (None, made):
            raise InputError(f"The saved tree has splits of kind {made!r}; go on with that kind.")
        return made
    few = int(np.prod(graph.inputs[0].shape)) <= FEW_INPUTS
    return kind or ("input" if few else "neuron")


@dataclass(slots=True)
class _Run:
    """The settings of one call, and what the stages share."""

    graph: Graph
    case: Case
    kind: Kind
    deadline: float
    slack: float
    batch: int | None
    progress: Callable[[Progress], None] | None
    xp: Any
    root: Root | None = None

    def stage(self, dtype: Any, tree: Tree | None) -> Outcome:
        """One search, in one kind of floats."""
        program = Program(self.graph, self.xp, dtype, self.case.ball)
        goal = Goal.of(self.case.safe, program.size(program.output))
        lo, hi = outward(self.case.box.lo, self.case.box.hi)
        splits = self._splits(program, goal, lo, hi)
        batch = self.batch or (256 if self.kind == "input" else 64)
        if tree is not None and tree.size == 1:
            tree = None
        attack = Attack(program, goal, self.case)
        search = Search(splits, attack, tree, slack=self.slack, batch=batch)
        return search.run(self.deadline, self.progress)

    def _splits(
        self, program: Program, goal: Goal, lo: NDArray[np.float64], hi: NDArray[np.float64]
    ) -> Splits:
        if self.kind == "input":
            return InputSplits(program, goal, lo, hi)
        if self.root is None:
            exact = Program(self.graph, self.xp, np.float64, self.case.ball)
            self.root = Root.of(exact, goal, lo, hi, INNER, OUTER)
        smaller = reduced(self.graph, self.root)
        part = Program(smaller.graph, self.xp, program.dtype, self.case.ball)
        return NeuronSplits(part, goal, smaller.root, kept=smaller.kept)

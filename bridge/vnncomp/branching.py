"""Branch and bound as a strategy: the tree that floats find, made into an exact certificate.

Every leaf is a region of its own, bounded again from its box alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from bridge.vnncomp.attempts import Attempt, Task
from bridge.vnncomp.strategies import attempt, violation
from certificates.affine.plan import Floats, Plan, Planner, PlanSplit, RegionPlan, goal_rows
from certificates.affine.produce import produce_affine
from certificates.branch import Progress, Tree, Violation, branch
from certificates.branch.goal import Goal
from certificates.crown import Descent, Program, crown
from certificates.crown.bounds import Method
from certificates.properties import Case, Formula
from runtime.graph import Graph

__all__ = ["branch_and_bound"]

_SHARE = 0.6
"""Of the time, for finding the tree; the rest is for the exact certificate and its check."""
_SLACK = 1e-6
_ROOM = 0.01
"""What the exact bounds may lose to rounding, relative to the largest distance of any atom."""
_WAYS: tuple[tuple[Method, Descent | None], ...] = (
    ("crown", None),
    ("crown", Descent()),
    ("alpha", Descent()),
)
"""From cheap to tight: CROWN, with optimized slopes of the rows, of inner bounds as well."""


def branch_and_bound(task: Task) -> Attempt:
    """Split the input until every part is shown or one violates the property."""
    task.tell("branch and bound")

    def watch(progress: Progress) -> None:
        task.tell(
            f"branch and bound: {progress.nodes} nodes, {progress.open} open, "
            f"{progress.proved} leaves, bound {-progress.bound:.3g}"
        )
        task.report(_open(progress.nodes, progress.open + progress.proved, progress.bound))

    outcome = branch(
        task.graph,
        task.prop,
        task.case,
        seconds=_SHARE * task.seconds,
        slack=_SLACK,
        progress=watch,
    )
    if outcome.violation is not None:
        return _violated(task, outcome.violation, outcome.nodes)
    leaves = len(outcome.tree.leaves())
    if outcome.status != "proved":
        return _open(outcome.nodes, leaves, outcome.bound)
    task.tell(f"certificates of {leaves} parts")
    program = Program(task.graph)
    plan = _plan(outcome.tree, _planner(program, task.prop.cases[task.case].safe))
    result = produce_affine(task.graph, task.prop, task.case, plan)
    return attempt(task, result, outcome.nodes, leaves)


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


def _plan(tree: Tree, planner: Planner) -> Plan:
    """The tree's splits of the input, children before parents, `planner` at each leaf."""
    plans: dict[int, Plan] = {}
    for node in reversed(range(tree.size)):
        low, high = int(tree.low[node]), int(tree.high[node])
        if low < 0:
            plans[node] = planner
            continue
        at = Fraction(float(tree.at[node]))
        plans[node] = PlanSplit(int(tree.entry[node]), at, plans.pop(low), plans.pop(high))
    return plans[0]


def _planner(program: Program, formula: Formula) -> Planner:
    """The cheapest bounds of a region's box that show the formula, else the best there are."""
    rows = goal_rows(formula)
    forms = np.zeros((len(rows), program.size(program.output)))
    for number, row in enumerate(rows):
        for entry, coefficient in row.form:
            forms[number, entry] = coefficient
    goal = Goal.of(formula, program.size(program.output))

    def planner(lo: Floats, hi: Floats) -> RegionPlan:
        method, descent = next(
            (way for way in _WAYS[:-1] if _shows(program, goal, lo, hi, *way)), _WAYS[-1]
        )
        found = crown(program, lo, hi, forms, method=method, descent=descent, relaxations=True)
        *tightening, last = found.relaxations
        return RegionPlan(tightening, last, rows)

    return planner


def _shows(
    program: Program, goal: Goal, lo: Floats, hi: Floats, method: Method, descent: Descent | None
) -> bool:
    upper = crown(program, lo, hi, goal.rows, method=method, descent=descent).upper
    room = _ROOM * float(np.abs(upper - goal.limits).max())
    return float(goal.score(upper)[0][0]) < -room

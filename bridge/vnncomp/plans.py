"""From a finished tree of branch and bound to a plan for an exact certificate.

Where the input was split, every leaf is a region of its own, bounded again from its box alone.
Where signs of neurons were, there is one region, whose boxes all leaves share, and the tree goes
into the certificate. Nothing here is trusted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from certificates.affine.format import Leaf, TreeSplit
from certificates.affine.format import Tree as FormatTree
from certificates.affine.plan import Floats, Plan, Planner, PlanSplit, RegionPlan, goal_rows
from certificates.branch import Tree, regions
from certificates.branch.goal import Goal
from certificates.crown import Descent, Program, crown
from certificates.crown.bounds import Method
from certificates.properties import Formula, Property
from certificates.properties.formulas import atoms
from runtime.graph import Graph

__all__ = ["plan_of"]

_ROOM = 0.01
"""What the exact bounds may lose to rounding, relative to the largest distance of any atom."""
_WAYS: tuple[tuple[Method, Descent | None], ...] = (
    ("crown", None),
    ("crown", Descent()),
    ("alpha", Descent()),
)
"""From cheap to tight: CROWN, with optimized slopes of the rows, of inner bounds as well."""


def plan_of(graph: Graph, prop: Property, case: int, tree: Tree) -> Plan:
    """The plan of a tree that is about one case of a property; both are bound to `graph`."""
    program = Program(graph)
    if tree.tensors in ((), (program.input,)):
        return _boxes(tree, _planner(program, prop.cases[case].safe))
    return _signs(graph, prop, case, tree)


def _boxes(tree: Tree, planner: Planner) -> Plan:
    """The tree's splits of the input, with the planner at each leaf."""
    plans: dict[int, Plan] = {}
    for node in reversed(range(tree.size)):  # children come after their parents
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


@dataclass(frozen=True, slots=True)
class _Scaled:
    """Rows with integer forms; see `certificates.affine.plan.Relaxation`."""

    target: str
    forms: Floats
    coefficients: Mapping[str, tuple[Floats, ...]]


def _signs(graph: Graph, prop: Property, case: int, tree: Tree) -> Plan:
    """One region; the rows of each leaf use the signs on the way to it."""
    (region,) = regions(graph, prop, case, tree)
    every = list(atoms(prop.cases[case].safe))
    chosen = [
        (every[atom], int(leaf)) for atom, leaf in zip(region.atoms, region.goal.owner, strict=True)
    ]
    rows = [goal_rows(atom, [leaf])[0] for atom, leaf in chosen]
    scales = np.array(
        [
            float(Fraction(row.form[0][1]) / atom.coefficients[0][1])
            for row, (atom, _) in zip(rows, chosen, strict=True)
        ]
    )[:, None]
    goal = _Scaled(
        region.goal.target,
        region.goal.forms * scales,
        {
            name: tuple(values * scales for values in arrays)
            for name, arrays in region.goal.coefficients.items()
        },
    )
    plan = RegionPlan(region.inner, goal, rows, _tree(tree, region.leaves.tolist()))
    return lambda _lo, _hi: plan


def _tree(tree: Tree, leaves: list[int]) -> FormatTree:
    """The tree in the certificate's form; leaf number i is the node `leaves[i]`."""
    numbers = {node: number for number, node in enumerate(leaves)}
    parts: dict[int, FormatTree] = {}
    for node in reversed(range(tree.size)):
        low, high = int(tree.low[node]), int(tree.high[node])
        if low < 0:
            parts[node] = Leaf(numbers[node])
            continue
        at = Fraction(float(tree.at[node]))
        parts[node] = TreeSplit(
            tree.tensors[int(tree.tensor[node])],
            int(tree.entry[node]),
            (at.numerator, at.denominator),
            parts.pop(low),
            parts.pop(high),
        )
    return parts[0]

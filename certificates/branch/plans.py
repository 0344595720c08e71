"""A finished tree as a plan for the exact producer of affine certificates."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from certificates.affine.format import Leaf, Row, TreeSplit
from certificates.affine.format import Tree as RegionTree
from certificates.affine.plan import (
    Floats,
    JointPlanner,
    Plan,
    PlanSplit,
    RegionPlan,
    goal_rows,
)
from certificates.branch.branch import the_case
from certificates.branch.goal import Goal
from certificates.branch.proofs import box_proofs, sign_region, splits_inputs
from certificates.branch.tree import NONE, Tree
from certificates.crown import Descent, Program, Relaxation
from certificates.properties import Property, atoms
from runtime.graph import Graph

__all__ = ["plan"]


def plan(
    graph: Graph, prop: Property, case: int, tree: Tree, descent: Descent | None = None
) -> Plan:
    """The plan of a tree: splits of the input as splits of regions, splits of neurons as the tree
    of one region. Planners bound the boxes that they are given, which are the exact ones; those of
    splits of the input many at a time.

    Raises InputError for a case out of range, UnsupportedError for an inequality with coefficients
    that float64 does not hold as integers over a common denominator.
    """
    _, chosen = the_case(graph, prop, case)
    program = Program(graph, ball=chosen.ball)
    goal = Goal.of(chosen.safe, program.size(program.output))
    forms = [goal_rows(atom)[0].form for atom in atoms(chosen.safe)]

    def box_planner(lo: Floats, hi: Floats) -> RegionPlan:
        found = box_proofs(program, goal, lo, hi, descent)
        rows = [Row(forms[atom], 0) for atom in found.atoms.tolist()]
        scaled = _scaled(found.goal, _factors(found.atoms, goal, forms))
        owners = [relaxation.owner for relaxation in (*found.inner, scaled)]
        return RegionPlan(found.inner, scaled, rows, Leaf(0), owners)

    def sign_planner(lo: Floats, hi: Floats) -> RegionPlan:
        region = sign_region(program, goal, tree, lo, hi, descent)
        numbers = {int(leaf): number for number, leaf in enumerate(region.leaves)}
        rows = [
            Row(forms[atom], owner)
            for atom, owner in zip(region.atoms.tolist(), region.goal.owner.tolist(), strict=True)
        ]
        scaled = _scaled(region.goal, _factors(region.atoms, goal, forms))
        return RegionPlan(region.inner, scaled, rows, _region_tree(tree, numbers))

    if splits_inputs(tree, program):
        return _splits(tree, JointPlanner(box_planner))
    return sign_planner


Forms = list[list[tuple[int, int]]]


def _factors(chosen: NDArray[np.intp], goal: Goal, forms: Forms) -> Floats:
    """What the rows of these atoms are multiplied by to be their forms."""
    firsts = [forms[atom][0] for atom in chosen.tolist()]
    factors: Floats = np.array([c for _, c in firsts]) / goal.rows[chosen, [k for k, _ in firsts]]
    return factors


def _scaled(relaxation: Relaxation, factors: Floats) -> Relaxation:
    """Rows times positive factors, with all that proves them."""
    if bool((factors == 1).all()):
        return relaxation
    return replace(
        relaxation,
        forms=relaxation.forms * factors[:, None],
        upper=relaxation.upper * factors,
        coefficients={
            name: tuple(values * factors[:, None] for values in arrays)
            for name, arrays in relaxation.coefficients.items()
        },
    )


def _splits(tree: Tree, planner: JointPlanner) -> Plan:
    """Children come after their parents, so that the last node is built first."""
    plans: dict[int, Plan] = {}
    for node in reversed(range(tree.size)):
        low, high = int(tree.low[node]), int(tree.high[node])
        if low == NONE:
            plans[node] = planner
        else:
            at = Fraction(float(tree.at[node]))
            plans[node] = PlanSplit(int(tree.entry[node]), at, plans.pop(low), plans.pop(high))
    return plans[0]


def _region_tree(tree: Tree, numbers: dict[int, int]) -> RegionTree:
    parts: dict[int, RegionTree] = {}
    for node in reversed(range(tree.size)):
        low, high = int(tree.low[node]), int(tree.high[node])
        if low == NONE:
            parts[node] = Leaf(numbers[node])
        else:
            tensor = tree.tensors[int(tree.tensor[node])]
            entry = int(tree.entry[node])
            parts[node] = TreeSplit(tensor, entry, (0, 1), parts.pop(low), parts.pop(high))
    return parts[0]

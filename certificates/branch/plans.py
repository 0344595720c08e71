"""A finished tree as a plan for the exact producer of affine certificates."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from certificates.affine.format import Leaf, Row, TreeSplit
from certificates.affine.format import Tree as RegionTree
from certificates.affine.plan import Floats, Plan, Planner, PlanSplit, RegionPlan, goal_rows
from certificates.branch.branch import the_case
from certificates.branch.goal import Goal
from certificates.branch.proofs import Region, box_region, sign_region, splits_inputs
from certificates.branch.tree import NONE, Tree
from certificates.crown import Descent, Program, Relaxation
from certificates.properties import Property, atoms
from runtime.graph import Graph

__all__ = ["plan"]


def plan(
    graph: Graph, prop: Property, case: int, tree: Tree, descent: Descent | None = None
) -> Plan:
    """The plan of a tree: splits of the input as splits of regions, splits of neurons as the tree
    of one region. Planners bound the boxes that they are given, which are the exact ones.

    Raises InputError for a case out of range, UnsupportedError for an inequality with coefficients
    that float64 does not hold as integers over a common denominator.
    """
    _, chosen = the_case(graph, prop, case)
    program = Program(graph, ball=chosen.ball)
    goal = Goal.of(chosen.safe, program.size(program.output))
    forms = [goal_rows(atom)[0].form for atom in atoms(chosen.safe)]

    def box_planner(lo: Floats, hi: Floats) -> RegionPlan:
        return _planned(box_region(program, goal, 0, lo, hi, descent), goal, forms, Leaf(0))

    def sign_planner(lo: Floats, hi: Floats) -> RegionPlan:
        region = sign_region(program, goal, tree, lo, hi, descent)
        numbers = {int(leaf): number for number, leaf in enumerate(region.leaves)}
        return _planned(region, goal, forms, _region_tree(tree, numbers))

    if splits_inputs(tree, program):
        return _splits(tree, box_planner)
    return sign_planner


Forms = list[list[tuple[int, int]]]


def _planned(region: Region, goal: Goal, forms: Forms, tree: RegionTree) -> RegionPlan:
    """The region's relaxations, the goal's in the integers of its forms."""
    rows = [
        Row(forms[atom], int(owner))
        for atom, owner in zip(region.atoms, region.goal.owner, strict=True)
    ]
    firsts = [forms[atom][0] for atom in region.atoms]
    factors = np.array([c for _, c in firsts]) / goal.rows[region.atoms, [k for k, _ in firsts]]
    return RegionPlan(region.inner, _scaled(region.goal, factors), rows, tree)


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


def _splits(tree: Tree, planner: Planner) -> Plan:
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

"""What an untrusted source hands over to be made exact: relaxations, trees, splits of the input.

Nothing here needs to be right. The producer rounds the coefficients, computes the constants that
the rounded ones need, and writes down the bounds that follow; a bad plan gives weak bounds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from certificates.affine.format import Leaf, Row, Tree
from certificates.crown import Program, crown
from certificates.crown.bounds import Method
from certificates.properties import Formula, LinearAtom, atom_text, atoms
from runtime.errors import UnsupportedError

__all__ = [
    "Floats",
    "Indices",
    "JointPlanner",
    "Plan",
    "PlanSplit",
    "Planner",
    "RegionPlan",
    "Relaxation",
    "crown_plan",
    "goal_rows",
]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


class Relaxation(Protocol):
    """Rows of coefficients on a target, with those on the arguments of the operators that bend.

    `certificates.crown.Relaxation` is one.
    """

    @property
    def target(self) -> str:
        """The node whose value the rows are about."""

    @property
    def forms(self) -> Floats:
        """[R, size of the target]."""

    @property
    def coefficients(self) -> Mapping[str, tuple[Floats, ...]]:
        """By node: for each of its inputs the literal coefficients [R, size of the input].

        Nodes that are left out get none. For MaxPool2d, what an entry gets from all windows.
        """


@dataclass(frozen=True, slots=True)
class RegionPlan:
    """How to prove one region.

    `tightening` are rows ±c·e_k on inner tensors; `goal` has one row for each of `rows`, which say
    what it means in integers and at which leaf of `tree` it holds.

    A plan for several regions at once has `owners`: for each of `tightening`, and then for `goal`,
    the number of the region that each row is about. All regions have the same tree.
    """

    tightening: Sequence[Relaxation]
    goal: Relaxation
    rows: Sequence[Row]
    tree: Tree = Leaf(0)  # noqa: RUF009 - immutable
    owners: Sequence[Indices] = ()


Planner = Callable[[Floats, Floats], RegionPlan]
"""From the float64 ends [size] of a region's input box, which are exact, to its plan."""


@dataclass(frozen=True, slots=True)
class JointPlanner:
    """A planner of many regions at a time: from ends [G, size] to one plan with `owners`."""

    plan: Callable[[Floats, Floats], RegionPlan]


@dataclass(frozen=True, slots=True)
class PlanSplit:
    """The input's entry is ≤ `at` in `low` and ≥ `at` in `high`."""

    entry: int
    at: Fraction
    low: Plan
    high: Plan


Plan = Planner | JointPlanner | PlanSplit


def goal_rows(formula: Formula, leaves: Iterable[int | None] = (None,)) -> list[Row]:
    """A row for each distinct atom of the formula at each leaf; None stands for the region.

    Raises UnsupportedError where an atom, in integers, needs more than float64's 53 bits.
    """
    forms = [_form(atom) for atom in dict.fromkeys(atoms(formula))]
    return [Row(form, leaf) for leaf in leaves for form in forms]


def _form(atom: LinearAtom) -> list[tuple[int, int]]:
    common = math.lcm(*(c.denominator for _, c in atom.coefficients))
    form = [(i, c.numerator * (common // c.denominator)) for i, c in atom.coefficients]
    if any(abs(c) > 1 << 53 for _, c in form):
        raise UnsupportedError(
            f"The inequality {atom_text(atom)} has coefficients of more than 53 bits over their "
            "common denominator; round them."
        )
    return form


def crown_plan(program: Program, formula: Formula, method: Method = "crown") -> Planner:
    """The plan of CROWN by one of its methods ("alpha" optimizes the slopes), without splits."""
    rows = goal_rows(formula)
    forms = np.zeros((len(rows), program.size(program.output)))
    for number, row in enumerate(rows):
        for entry, coefficient in row.form:
            forms[number, entry] = coefficient

    def planner(lo: Floats, hi: Floats) -> RegionPlan:
        found = crown(program, lo, hi, forms, method=method, relaxations=True)
        *tightening, goal = found.relaxations
        return RegionPlan(tightening, goal, rows)

    return planner

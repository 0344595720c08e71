"""What proves each leaf of a finished tree, for a producer of exact certificates.

Everything is computed again in float64, from the boxes alone, so that nothing has to be kept during
the search but the tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from certificates.branch.branch import INNER, OUTER, the_case
from certificates.branch.goal import Goal
from certificates.branch.inputs import InputSplits
from certificates.branch.neurons import NeuronSplits
from certificates.branch.root import Root
from certificates.branch.tree import Tree
from certificates.crown import Bounds, Descent, Program, Relaxation, crown
from certificates.interval import outward
from certificates.properties import Property
from runtime.graph import Graph

__all__ = ["Region", "regions"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the case's input box with what proves the formula there.

    Attributes:
        node: the tree's node whose box it is.
        lo, hi: the box, flat; ends of the whole case are rounded outward to floats.
        bounds: boxes of all tensors, shared by all leaves of the region.
        inner: the relaxations behind those boxes, in order of their use.
        goal: the relaxation of the atoms that are needed; `owner` counts `leaves`.
        leaves: numbers of the tree's leaves in the region. For input splits that is the region's
            node itself, for splits of neurons all leaves: their rows use the signs on their path.
        atoms: for each row of `goal` the atom of the formula, from left to right.
    """

    node: int
    lo: Floats
    hi: Floats
    bounds: Bounds
    inner: tuple[Relaxation, ...]
    goal: Relaxation
    leaves: NDArray[np.intp]
    atoms: NDArray[np.intp]


def regions(
    graph: Graph, prop: Property, case: int, tree: Tree, descent: Descent | None = None
) -> Iterator[Region]:
    """The regions of a tree: one a leaf for input splits, a single one for splits of neurons.

    `descent` optimizes the rows of the leaves. A leaf that is not shown has bounds that say so: the
    one who checks will refuse it.
    """
    _, chosen = the_case(graph, prop, case)
    program = Program(graph)
    goal = Goal.of(chosen.safe, program.size(program.output))
    lo, hi = outward(chosen.box.lo, chosen.box.hi)
    if tree.tensors in ((), (program.input,)):
        yield from _boxes(program, goal, tree, lo, hi, descent or Descent(20, slope_rate=0.5))
    else:
        yield _signs(program, goal, tree, lo, hi, descent or Descent(40, slope_rate=0.1))


def _boxes(
    program: Program, goal: Goal, tree: Tree, lo: Floats, hi: Floats, descent: Descent
) -> Iterator[Region]:
    leaves = tree.leaves()
    domains = InputSplits(program, goal, lo, hi).domains(tree, leaves)
    for number, leaf in enumerate(leaves):
        low, high = domains["lo"][number], domains["hi"][number]
        result = crown(program, low, high, goal.rows, descent=descent, relaxations=True)
        *inner, last = result.relaxations
        atoms = np.array(goal.needed(result.upper[0]), np.intp)
        yield Region(
            int(leaf),
            low,
            high,
            result.bounds,
            tuple(inner),
            last.part(atoms),
            np.array([leaf]),
            atoms,
        )


def _signs(
    program: Program, goal: Goal, tree: Tree, lo: Floats, hi: Floats, descent: Descent
) -> Region:
    root = Root.of(program, goal, lo, hi, INNER, OUTER, keep=True)
    splits = NeuronSplits(program, goal, root, descent)
    leaves = tree.leaves()
    last, atoms = splits.prove(splits.domains(tree, leaves))
    bounds = Bounds(
        {name: ends[0] for name, ends in root.boxes.items()},
        {name: ends[1] for name, ends in root.boxes.items()},
    )
    return Region(0, lo, hi, bounds, root.relaxations, last, leaves, atoms)

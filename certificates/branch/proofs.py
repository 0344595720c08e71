"""What proves each leaf of a finished tree, for a producer of exact certificates.

Everything is computed again in float64, from the boxes alone, so that nothing has to be kept during
the search but the tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from certificates.branch.branch import the_case
from certificates.branch.goal import Goal
from certificates.branch.inputs import InputSplits
from certificates.branch.neurons import NeuronSplits
from certificates.branch.root import INNER, OUTER, Root
from certificates.branch.tree import Tree
from certificates.crown import Bounds, Descent, Program, Relaxation, crown
from certificates.interval import outward
from certificates.properties import Property
from runtime.graph import Graph

__all__ = ["Boxes", "Region", "box_proofs", "regions", "sign_region", "splits_inputs"]

Floats = NDArray[np.float64]

_ROOM = 2.0**-12
"""By how much plain slopes must show a box, so that exact rounding leaves it shown."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the case's input box with what proves the formula there.

    Attributes:
        node: the tree's node whose box it is.
        lo, hi: the box, flat.
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

    Ends of the case's box are rounded outward to floats. `descent` optimizes the rows of the
    leaves. A leaf that is not shown has bounds that say so: the one who checks will refuse it.
    """
    _, chosen = the_case(graph, prop, case)
    program = Program(graph, ball=chosen.ball)
    goal = Goal.of(chosen.safe, program.size(program.output))
    lo, hi = outward(chosen.box.lo, chosen.box.hi)
    if splits_inputs(tree, program):
        leaves = tree.leaves()
        domains = InputSplits(program, goal, lo, hi).domains(tree, leaves)
        for leaf, low, high in zip(leaves, domains["lo"], domains["hi"], strict=True):
            yield _box_region(program, goal, int(leaf), low, high, descent)
    else:
        yield sign_region(program, goal, tree, lo, hi, descent)


def splits_inputs(tree: Tree, program: Program) -> bool:
    """Whether the tree splits the input box; a tree without splits counts as such."""
    return tree.size == 1 or tree.tensors == (program.input,)


@dataclass(frozen=True, slots=True)
class Boxes:
    """What proves the formula on each of G boxes: as `Region`, but owners count the boxes."""

    bounds: Bounds
    inner: tuple[Relaxation, ...]
    goal: Relaxation
    atoms: NDArray[np.intp]


def box_proofs(
    program: Program, goal: Goal, lo: Floats, hi: Floats, descent: Descent | None = None
) -> Boxes:
    """The proofs of leaves of input splits, with boxes [G, inputs]; slopes are optimized where the
    plain ones do not show the formula with room for rounding.
    """
    found = crown(program, lo, hi, goal.rows, relaxations=True)
    *inner, last = found.relaxations
    upper = found.upper.copy()
    open_ = np.flatnonzero(goal.score(upper)[0] >= -_ROOM)
    if len(open_):
        descent = descent or Descent(steps=20, slope_rate=0.5)
        better = crown(program, lo[open_], hi[open_], goal.rows, descent=descent, relaxations=True)
        upper[open_] = better.upper
        count = len(goal.rows)
        rows = (open_[:, None] * count + np.arange(count)).reshape(-1)
        last = last.replaced(rows, better.relaxations[-1])
    needed = [np.array(goal.needed(own), np.intp) for own in upper]
    chosen = [box * len(goal.rows) + atoms for box, atoms in enumerate(needed)]
    kept = last.part(np.concatenate(chosen))
    return Boxes(found.bounds, tuple(inner), kept, np.concatenate(needed))


def _box_region(
    program: Program, goal: Goal, node: int, lo: Floats, hi: Floats, descent: Descent | None
) -> Region:
    """The region of one leaf of input splits, its box given flat."""
    found = box_proofs(program, goal, lo[None], hi[None], descent)
    leaves = np.array([node], np.intp)
    return Region(node, lo, hi, found.bounds, found.inner, found.goal, leaves, found.atoms)


def sign_region(
    program: Program, goal: Goal, tree: Tree, lo: Floats, hi: Floats, descent: Descent | None = None
) -> Region:
    """The region of a tree of neuron splits on the whole box, given flat."""
    descent = descent or Descent(steps=40, slope_rate=0.1)
    root = Root.of(program, goal, lo, hi, INNER, OUTER, keep=True)
    splits = NeuronSplits(program, goal, root, descent)
    leaves = tree.leaves()
    last, atoms = splits.prove(splits.domains(tree, leaves))
    bounds = Bounds(
        {name: ends[0] for name, ends in root.boxes.items()},
        {name: ends[1] for name, ends in root.boxes.items()},
    )
    return Region(0, lo, hi, bounds, root.relaxations, last, leaves, atoms)

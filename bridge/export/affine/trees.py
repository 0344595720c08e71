"""Leaves of a region in Lean: the forms of each, where these are bounded, and the tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import msgspec

from bridge.export.affine.traces import variable
from bridge.export.operators import fraction_text
from certificates.affine.format import (
    Batch,
    Cut,
    Leaf,
    Path,
    Region,
    Relax,
    Tree,
    TreeSplit,
    Upper,
    leaves,
)
from certificates.format import NodeBox
from runtime.errors import InputError

__all__ = ["Forest", "cut_denominator", "forest"]


@dataclass(frozen=True)
class Forest:
    """The goal of a region with more than one leaf.

    Attributes:
        batch: the goal's batch with the forms of each leaf side by side.
        cuts: by value, the Lean terms of the cuts that its forms have.
        tree: the Lean term of the tree, in the context of `order`.
    """

    batch: Batch
    cuts: Mapping[str, Sequence[str]]
    tree: str


def cut_denominator(region: Region, start: str) -> int:
    """What the denominator of the input's box must be a multiple of, so that splits fall on it."""
    ats = [cut.at for path, _ in leaves(region.tree) for cut in path if cut.node == start]
    return lcm(*(at.denominator for at in ats))


def forest(region: Region, order: Sequence[str], start: NodeBox) -> Forest:
    """The goal arranged for Lean.

    `order` are the names of all values up to the output; `start` is the box of the input, over a
    denominator that the splits of the input fit (`cut_denominator`). Raises InputError for a split
    of a value that is not there.
    """
    batch = region.batches[region.goal]
    columns: list[int] = []
    paths: list[Path] = []
    spans: dict[int, tuple[int, int]] = {}
    for path, leaf in leaves(region.tree):
        chosen = [r for r, row in enumerate(batch.rows) if row.leaf in (None, leaf)]
        spans[leaf] = (len(columns), len(chosen))
        columns += chosen
        paths += [() if batch.rows[r].leaf is None else path for r in chosen]
    return Forest(
        _columns(batch, columns), _cuts(paths, order, start), _tree(region.tree, order, spans)
    )


def _columns(batch: Batch, columns: Sequence[int]) -> Batch:
    relax = [
        Relax(item.node, item.den, [[line[r] for r in columns] for line in item.coefficients])
        for item in batch.relax
    ]
    upper = Upper(batch.upper.den, [batch.upper.num[r] for r in columns])
    return msgspec.structs.replace(
        batch, rows=[batch.rows[r] for r in columns], relax=relax, upper=upper
    )


def _cuts(paths: Sequence[Path], order: Sequence[str], start: NodeBox) -> dict[str, list[str]]:
    """Bit r of a mask is set where the cut concerns form r."""
    masks: dict[tuple[int, int, Fraction], list[int]] = {}
    for form, path in enumerate(paths):
        for cut in _kept(path, order[0], start):
            place = _place(cut, order)
            masks.setdefault((place, cut.entry, cut.at), [0, 0])[cut.low] |= 1 << form
    found: dict[str, list[str]] = {}
    for (place, entry, at), (above, below) in sorted(masks.items()):
        number = fraction_text(at)
        if order[place] == order[0]:
            numerator = int(at * start.den)
            number = f"{numerator if numerator >= 0 else f'({numerator})'} {start.den}"
        term = f"Cut.mk {entry} {number} {above:#x} {below:#x}"
        found.setdefault(order[place], []).append(term)
    return found


def _kept(path: Path, first: str, start: NodeBox) -> list[Cut]:
    """The strictest cut on each side; of the input, moved into its box, or none where it takes
    nothing away."""
    best: dict[tuple[str | None, int, bool], Cut] = {}
    for cut in path:
        key = (cut.node, cut.entry, cut.low)
        known = best.get(key)
        if known is None or (cut.at < known.at if cut.low else cut.at > known.at):
            best[key] = cut
    kept = []
    for cut in best.values():
        if cut.node == first and cut.entry < len(start.lo):
            lo, hi = (Fraction(end[cut.entry], start.den) for end in (start.lo, start.hi))
            if cut.at >= hi if cut.low else cut.at <= lo:
                continue
            cut = Cut(cut.node, cut.entry, min(max(cut.at, lo), hi), cut.low)
        kept.append(cut)
    return kept


def _tree(tree: Tree, order: Sequence[str], spans: Mapping[int, tuple[int, int]]) -> str:
    if isinstance(tree, Leaf):
        first, count = spans[tree.leaf]
        return f"(.leaf {first} {count})"
    if not isinstance(tree, TreeSplit):
        raise InputError("A part of a tree is neither a leaf nor a split.")
    place = _place(Cut(tree.node, tree.entry, Fraction(*tree.at), True), order)
    low, high = (_tree(part, order, spans) for part in (tree.low, tree.high))
    number = fraction_text(Fraction(*tree.at))
    return f"(.split {variable(len(order) - 1 - place)} {tree.entry} {number}\n  {low} {high})"


def _place(cut: Cut, order: Sequence[str]) -> int:
    if cut.node is None or cut.node not in order:
        raise InputError(f"The certificate splits {cut.node}, which does not run before its goal.")
    return list(order).index(cut.node)

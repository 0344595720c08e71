"""Trees from the leaves of another tool's search; leaves that do not cover everything are refused.

The tree is all that is taken from the leaves: it says where to split, and every leaf is bounded
again. It could be wrong in any way without harm, but an artifact with a missing leaf is no evidence
for what it claims, so it is refused by name.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from certificates.branch import Tree
from certificates.crown import Program
from certificates.crown.lines import TwoPieces
from certificates.foreign.artifacts import Floats, LeafDump, RefusedError

__all__ = ["leaf_tree"]

Numbers = NDArray[np.intp]


def leaf_tree(dump: LeafDump, program: Program, lo: Floats, hi: Floats) -> Tree:
    """The tree of the leaves over the input box [lo, hi], flat.

    Raises RefusedError where the leaves do not cover it, or overlap.
    """
    if any(dump.signs):
        if dump.lo is not None and dump.hi is not None:
            if bool((dump.lo != dump.lo[0]).any() or (dump.hi != dump.hi[0]).any()):
                raise RefusedError("the leaves split inputs and neurons, which is not read")
            _check_covered(dump.lo[0], dump.hi[0], lo, hi, 0)
        return _sign_tree(dump, program)
    if dump.lo is None or dump.hi is None:
        if dump.count > 1:
            raise RefusedError("there are several leaves without boxes or signs to tell them apart")
        return Tree((program.input,))
    return _box_tree(program.input, dump.lo, dump.hi, lo, hi)


def _check_covered(lo: Floats, hi: Floats, low: Floats, high: Floats, leaf: int) -> None:
    """The box of a leaf contains what is left for it, up to the roundings of float32."""
    room = np.maximum(np.abs(low), np.abs(high)) * 2.0**-22 + 2.0**-40
    outside = np.flatnonzero((lo > low + room) | (hi < high - room))
    if outside.size:
        k = int(outside[0])
        raise RefusedError(
            f"no leaf covers all of input {k} from {low[k]:.9g} to {high[k]:.9g}; leaf {leaf} has "
            f"{lo[k]:.9g} to {hi[k]:.9g} there"
        )


def _box_tree(name: str, lo: Floats, hi: Floats, low: Floats, high: Floats) -> Tree:
    tree = Tree((name,))
    todo = [(0, np.arange(len(lo)), low, high)]
    while todo:
        node, leaves, low, high = todo.pop()
        if len(leaves) == 1:
            _check_covered(lo[leaves[0]], hi[leaves[0]], low, high, int(leaves[0]))
            continue
        entry, at = _cut(lo[leaves], hi[leaves], leaves)
        below = hi[leaves, entry] <= at
        parts = tree.split(
            np.array([node]), np.array([0]), np.array([entry]), np.array([at], np.float64)
        )
        lower, upper = high.copy(), low.copy()
        lower[entry], upper[entry] = at, at
        todo.append((int(parts[0][0]), leaves[below], low, lower))
        todo.append((int(parts[1][0]), leaves[~below], upper, high))
    return tree


def _cut(lo: Floats, hi: Floats, leaves: Numbers) -> tuple[int, float]:
    """An input and a threshold that no leaf reaches across, as even as there is."""
    best: tuple[int, int, float] | None = None
    for entry in np.flatnonzero((lo != lo[0]).any(axis=0)).tolist():
        starts, ends = np.sort(lo[:, entry]), np.sort(hi[:, entry])
        places = np.unique(starts)[1:]
        below = np.searchsorted(ends, places, side="right")
        above = len(lo) - np.searchsorted(starts, places, side="left")
        even = np.where(below + above == len(lo), np.minimum(below, above), 0)
        k = int(even.argmax())
        if even[k] and (best is None or even[k] > best[0]):
            best = int(even[k]), entry, float(places[k])
    if best is None:
        raise RefusedError(
            f"the boxes of the leaves {int(leaves[0])} and {int(leaves[1])} and of "
            f"{len(leaves) - 2} others overlap, or no cut of the box parts them"
        )
    return best[1], best[2]


def _sign_tree(dump: LeafDump, program: Program) -> Tree:
    tensors, sizes = _tensors(dump, program)
    for leaf, signs in enumerate(dump.signs):
        for layer, index in signs:
            if layer not in tensors:
                raise RefusedError(f"leaf {leaf} splits the layer {layer[:40]!r}, which is unknown")
            if index >= sizes[layer]:
                raise RefusedError(
                    f"leaf {leaf} splits neuron {index} of {layer[:40]!r}, which has {sizes[layer]}"
                )
    tree = Tree(tuple(dict.fromkeys(tensors.values())))
    todo: list[tuple[int, list[int], frozenset[tuple[str, int]]]] = [
        (0, list(range(dump.count)), frozenset())
    ]
    while todo:
        node, leaves, known = todo.pop()
        rest = [key for key in dump.signs[leaves[0]] if key not in known]
        if len(leaves) == 1:
            if rest:
                layer, index = rest[0]
                raise RefusedError(
                    f"leaf {leaves[0]} assumes a sign of {layer[:40]}[{index}], and no leaf has "
                    "the other one"
                )
            continue
        key = next((key for key in rest if _parts(dump, leaves, key)), None)
        if key is None:
            raise RefusedError(
                f"the leaves {leaves[0]} and {leaves[1]} and {len(leaves) - 2} others have no "
                "neuron in common that parts them"
            )
        place = tree.tensors.index(tensors[key[0]])
        low, high = tree.split(np.array([node]), np.array([place]), np.array([key[1]]), np.zeros(1))
        positive = [leaf for leaf in leaves if dump.signs[leaf][key]]
        negative = [leaf for leaf in leaves if not dump.signs[leaf][key]]
        todo.append((int(low[0]), negative, known | {key}))
        todo.append((int(high[0]), positive, known | {key}))
    return tree


def _parts(dump: LeafDump, leaves: list[int], key: tuple[str, int]) -> bool:
    """Whether every one of the leaves has a sign for the neuron, and both occur."""
    signs = {dump.signs[leaf].get(key) for leaf in leaves}
    return signs == {True, False}


def _tensors(dump: LeafDump, program: Program) -> tuple[dict[str, str], dict[str, int]]:
    """For each layer of the dump the tensor whose signs it means, by name or else by order."""
    ours = list(
        dict.fromkeys(
            step.inputs[0]
            for step in program.steps
            if isinstance(step.rule, TwoPieces) and step in program.above(program.output)
        )
    )
    if all(layer in ours for layer in dump.layers):
        found = {layer: layer for layer in dump.layers}
    elif len(dump.layers) == len(ours):
        found = dict(zip(dump.layers, ours, strict=True))
    else:
        raise RefusedError(
            f"the dump names {len(dump.layers)} layers and the network splits {len(ours)}; list "
            "all of them as `layers`, in the order of the network"
        )
    return found, {layer: program.size(tensor) for layer, tensor in found.items()}

"""Leaves of alpha-beta-CROWN's branch and bound, as JSON or as a NumPy archive.

The tool writes no such file by itself: what it saves are verdicts, counterexamples and pickles.
Pickles run code when they are read and are refused. Whoever runs the tool can write its domains in
one of these forms; docs/foreign.md shows how. Names of fields follow the tool's own: `x_L`, `x_U`,
`lower_bounds`, `thresholds` (or `rhs`), and `history`, which has for each split layer the indices
of its neurons and their signs (−1 for z ≤ 0, 1 for z ≥ 0). TorchLean's
`abcrown_leaf_artifact_v0_1` is read as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta

from certificates import strict_json
from certificates.foreign.artifacts import Floats, LeafDump, Signs
from certificates.properties.rationals import rational
from runtime.errors import InputError

__all__ = ["ARTIFACT", "leaf_dump", "leaf_dump_from_arrays"]

ARTIFACT = "abcrown_leaf_artifact_v0_1"
MAX_LEAVES = 1 << 16

_Number = int | float | str
_Numbers = Annotated[list[_Number], Meta(min_length=1, max_length=1 << 20)]
_Name = Annotated[str, Meta(min_length=1, max_length=200)]
_Some = Annotated[list[Any], Meta(max_length=1 << 20)]


class _Root(msgspec.Struct):
    lo: _Numbers
    hi: _Numbers


class _Leaf(msgspec.Struct):
    lb: _Numbers | None = None
    lower_bounds: _Numbers | None = None
    threshold: _Numbers | None = None
    thresholds: _Numbers | None = None
    rhs: _Numbers | None = None
    lo: _Numbers | None = None
    hi: _Numbers | None = None
    x_L: _Numbers | None = None  # noqa: N815 - the tool's name
    x_U: _Numbers | None = None  # noqa: N815
    history: dict[_Name, _Some] | None = None


class _File(msgspec.Struct):
    root: _Root | None = None
    leaves: list[_Leaf] | None = None
    domains: list[_Leaf] | None = None
    layers: list[_Name] | None = None
    x_L: _Numbers | None = None  # noqa: N815
    x_U: _Numbers | None = None  # noqa: N815


def leaf_dump(value: Any, what: str) -> LeafDump:
    """The leaves in a parsed JSON value. Raises InputError."""
    file = strict_json.convert(value, _File, what)
    found = file.leaves if file.leaves is not None else file.domains
    if not found or len(found) > MAX_LEAVES:
        raise InputError(f"The {what} needs from 1 to {MAX_LEAVES} leaves or domains.")
    bounds = [_first(what, "lower bounds", k, x.lb, x.lower_bounds) for k, x in enumerate(found)]
    thresholds = [
        _first(what, "thresholds", k, x.threshold, x.thresholds, x.rhs) for k, x in enumerate(found)
    ]
    boxed = any(leaf.lo is not None or leaf.x_L is not None for leaf in found)
    lo = hi = None
    if boxed:
        lo = _table([_first(what, "lo", k, x.lo, x.x_L) for k, x in enumerate(found)], what)
        hi = _table([_first(what, "hi", k, x.hi, x.x_U) for k, x in enumerate(found)], what)
    root = file.root or (_Root(file.x_L, file.x_U) if file.x_L and file.x_U else None)
    histories = [leaf.history or {} for leaf in found]
    return _dump(
        what,
        None if root is None else _row(root.lo, what),
        None if root is None else _row(root.hi, what),
        lo,
        hi,
        _table(bounds, what),
        _table(thresholds, what),
        tuple(_signs(history, what, k) for k, history in enumerate(histories)),
        tuple(file.layers if file.layers is not None else _names(histories)),
    )


def leaf_dump_from_arrays(arrays: Mapping[str, Any], what: str) -> LeafDump:
    """The leaves in the arrays of an archive.

    `lower_bounds` and `thresholds` [N, rows]; `x_L`, `x_U` [N, inputs] and `root_x_L`, `root_x_U`
    [inputs] where the input was split; `leaf`, `layer`, `neuron`, `sign` [splits] where neurons
    were, with the numbers of leaf and layer from 0, and `layers`, the names. Raises InputError.
    """
    numbers = {
        name: np.asarray(arrays[name], np.float64)
        for name in ("lower_bounds", "thresholds", "x_L", "x_U", "root_x_L", "root_x_U")
        if name in arrays and np.asarray(arrays[name]).dtype.kind in "fiu"
    }
    if "lower_bounds" not in numbers or numbers["lower_bounds"].ndim != 2:
        raise InputError(f"The {what} needs an array lower_bounds [leaves, rows].")
    count = len(numbers["lower_bounds"])
    if not 1 <= count <= MAX_LEAVES:
        raise InputError(f"The {what} has {count} leaves; from 1 to {MAX_LEAVES} work.")
    thresholds = numbers.get("thresholds", np.zeros(1))
    if thresholds.size not in (1, numbers["lower_bounds"].size):
        raise InputError(f"The {what} needs a threshold for each lower bound.")
    signs: list[dict[tuple[str, int], bool]] = [{} for _ in range(count)]
    layers: tuple[str, ...] = ()
    if "sign" in arrays:
        columns = [np.asarray(arrays.get(n, ())) for n in ("leaf", "layer", "neuron", "sign")]
        if any(c.dtype.kind not in "iu" or c.shape != columns[0].shape for c in columns):
            raise InputError(f"The {what} needs integers leaf, layer, neuron, sign of one length.")
        names = arrays.get("layers")
        most = int(columns[1].max(initial=-1)) + 1
        layers = tuple(map(str, range(most) if names is None else np.asarray(names).reshape(-1)))
        for leaf, layer, neuron, sign in zip(
            *(c.reshape(-1).tolist() for c in columns), strict=True
        ):
            if not (0 <= leaf < count and 0 <= layer < len(layers) and neuron >= 0):
                raise InputError(f"The {what} has a split of leaf {leaf} that is out of range.")
            _note(signs[leaf], (layers[layer], neuron), sign, what, leaf)
    return _dump(
        what,
        numbers.get("root_x_L"),
        numbers.get("root_x_U"),
        numbers.get("x_L"),
        numbers.get("x_U"),
        numbers["lower_bounds"],
        np.broadcast_to(thresholds, numbers["lower_bounds"].shape)
        if thresholds.size == 1
        else thresholds.reshape(numbers["lower_bounds"].shape),
        tuple(signs),
        layers,
    )


def _dump(
    what: str,
    root_lo: Floats | None,
    root_hi: Floats | None,
    lo: Floats | None,
    hi: Floats | None,
    bounds: Floats,
    thresholds: Floats,
    signs: tuple[Signs, ...],
    layers: tuple[str, ...],
) -> LeafDump:
    """After all checks of shapes; a table of boxes may have further axes."""
    if lo is not None and hi is not None:
        lo, hi = lo.reshape(len(lo), -1), hi.reshape(len(hi), -1)
    if (lo is None) != (hi is None) or (root_lo is None) != (root_hi is None):
        raise InputError(f"The {what} has only one end of a box.")
    if lo is not None and (hi is None or lo.shape != hi.shape or len(lo) != len(bounds)):
        raise InputError(f"The {what} has ends of boxes with different shapes.")
    if bounds.shape != thresholds.shape:
        raise InputError(f"The {what} needs a threshold for each lower bound.")
    if root_lo is not None and root_hi is not None:
        root_lo, root_hi = root_lo.reshape(-1), root_hi.reshape(-1)
        if root_lo.shape != root_hi.shape or (lo is not None and lo.shape[1] != root_lo.size):
            raise InputError(f"The {what} has a root of another size than its leaves.")
    numbers = [array for array in (root_lo, root_hi, lo, hi) if array is not None]
    if not all(bool(np.isfinite(array).all()) for array in numbers):
        raise InputError(f"The {what} has an end of a box that is no number.")
    if bool(np.isnan(bounds).any() or np.isnan(thresholds).any()):
        raise InputError(f"The {what} has a bound that is no number.")
    return LeafDump(root_lo, root_hi, lo, hi, bounds, thresholds, signs, layers)


def _first(what: str, name: str, leaf: int, *given: list[_Number] | None) -> list[_Number]:
    found = next((values for values in given if values is not None), None)
    if found is None:
        raise InputError(f"The {what}: leaf {leaf} has no {name}.")
    return found


def _row(values: Sequence[_Number], what: str) -> Floats:
    return np.array([float(rational(value, what)) for value in values], np.float64)


def _table(lines: Sequence[Sequence[_Number]], what: str) -> Floats:
    if len({len(line) for line in lines}) != 1:
        raise InputError(f"The {what} has leaves with different numbers of entries.")
    return np.stack([_row(line, what) for line in lines])


def _names(histories: Sequence[Mapping[str, Any]]) -> list[str]:
    """The layers in the order in which the tool's own dictionaries have them."""
    return list(dict.fromkeys(name for history in histories for name in history))


def _signs(history: Mapping[str, list[Any]], what: str, leaf: int) -> Signs:
    found: dict[tuple[str, int], bool] = {}
    for name, columns in history.items():
        if len(columns) < 2 or not all(isinstance(column, list) for column in columns[:2]):
            raise InputError(f"The {what}: the history of leaf {leaf} needs indices and signs.")
        if len(columns[0]) != len(columns[1]):
            raise InputError(f"The {what}: the history of leaf {leaf} needs a sign for each index.")
        points = columns[2] if len(columns) > 2 else []
        if isinstance(points, list) and any(_number(p, what) != 0 for p in points):
            raise InputError(f"The {what}: leaf {leaf} splits away from zero, which is not read.")
        for index, sign in zip(columns[0], columns[1], strict=True):
            place, direction = _number(index, what), _number(sign, what)
            if place != int(place) or place < 0:
                raise InputError(f"The {what}: leaf {leaf} has an index that is none.")
            _note(found, (name, int(place)), direction, what, leaf)
    return found


def _number(value: Any, what: str) -> float:
    return float(rational(value, what))


def _note(
    found: dict[tuple[str, int], bool], key: tuple[str, int], sign: float, what: str, leaf: int
) -> None:
    if sign not in (-1, 1):
        raise InputError(f"The {what}: a sign of leaf {leaf} is neither −1 nor 1.")
    if found.setdefault(key, sign > 0) != (sign > 0):
        raise InputError(f"The {what}: leaf {leaf} assumes both signs of {key[0][:40]}[{key[1]}].")

"""Bounds of a network on boxes, and the relaxations that prove them: the public face of CROWN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from certificates.crown.backward import InputBox, Rows
from certificates.crown.bounding import Bounder, Relaxation, relaxation_of
from certificates.crown.forward import forward_boxes
from certificates.crown.intermediate import intermediate
from certificates.crown.program import Program
from certificates.crown.relaxation import Owner
from certificates.crown.slopes import Descent
from runtime.devices import Array, to_numpy
from runtime.errors import InputError
from runtime.graph import Graph

__all__ = ["Bounds", "Crown", "Method", "Relaxation", "crown", "relaxation_of"]

Floats = NDArray[np.float64]
Method = Literal["interval", "forward", "crown", "alpha"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Ends of boxes that contain the values of tensors, [B, *shape] by name, up to float errors."""

    lower: dict[str, Floats]
    upper: dict[str, Floats]


@dataclass(frozen=True, slots=True)
class Crown:
    """Boxes of the input and all nodes, upper bounds [B, R] of the rows, and where they were asked
    for the relaxations in the order of their use: of intermediate boxes, then of the rows.
    """

    bounds: Bounds
    upper: Floats
    relaxations: tuple[Relaxation, ...]


def crown(
    graph: Graph | Program,
    lo: ArrayLike,
    hi: ArrayLike,
    rows: ArrayLike | None = None,
    *,
    method: Method = "crown",
    descent: Descent | None = None,
    relaxations: bool = False,
    xp: Any = np,
    dtype: Any = np.float64,
) -> Crown:
    """Linear upper bounds of rows of the output, for one input box or many.

    Args:
        graph: a graph with one input, or a `Program` made of it.
        lo, hi: ends of the input box, of the input's shape or flat, or a batch of B of them.
        rows: coefficients [R, output size]; by default e_k and −e_k for all k, R = 2·size, from
            which the output's box is taken.
        method: where the boxes of inner tensors come from: interval arithmetic; forward linear
            bounds (cheap for inputs of few dimensions); one backward pass for each unstable entry;
            the same with optimized slopes.
        descent: how to optimize the slopes of the rows, and of the inner boxes for "alpha"; None
            takes CROWN's own.
        relaxations: whether to return the relaxations.
        xp, dtype: array module and floats, where `graph` is not a `Program` already.

    Raises InputError for a box or rows that do not fit, UnsupportedError for an operator.
    """
    program = graph if isinstance(graph, Program) else Program(graph, xp, dtype)
    low, high = _box(program, lo, hi)
    box = InputBox.of(low, high)
    record: list[Relaxation] | None = [] if relaxations else None
    if method == "alpha":
        descent = descent or Descent()
    descents = {"alpha": descent, "crown": None}
    bounding = Bounder(program, box, descents[method], record) if method in descents else None
    known = forward_boxes(program, low, high) if method == "forward" else None
    boxes, lines = intermediate(program, low, high, bounding=bounding, known=known)
    count, size = low.shape[0], program.size(program.output)
    units = np.concatenate([np.eye(size), -np.eye(size)])
    forms = units if rows is None else _rows(rows, size)
    some = _every(program, forms, count)
    upper = Bounder(program, box, descent, record)(some, lines)
    table = to_numpy(upper).astype(np.float64).reshape(count, len(forms))
    ends = {
        name: tuple(to_numpy(end).astype(np.float64) for end in pair)
        for name, pair in boxes.items()
    }
    if rows is None:
        shape = (count, *program.shapes[program.output])
        own = ends[program.output]
        ends[program.output] = (
            np.maximum(own[0], -table[:, size:].reshape(shape)),
            np.minimum(own[1], table[:, :size].reshape(shape)),
        )
    bounds = Bounds(
        {name: pair[0] for name, pair in ends.items()},
        {name: pair[1] for name, pair in ends.items()},
    )
    return Crown(bounds, table, tuple(record or ()))


def _box(program: Program, lo: ArrayLike, hi: ArrayLike) -> tuple[Array, Array]:
    shape = program.shapes[program.input]
    size = program.size(program.input)
    low, high = np.asarray(lo, np.float64), np.asarray(hi, np.float64)
    batched = low.shape not in (shape, (size,))
    count = low.shape[0] if batched and low.ndim else 1
    if low.shape != high.shape or low.size != count * size:
        raise InputError(
            f"The box ends have the shapes {list(low.shape)} and {list(high.shape)}; the input has "
            f"{list(shape)}, with a batch axis in front or without."
        )
    if not bool(np.all(low <= high)):
        raise InputError("The input box is empty or has NaN; every lower end must be ≤ the upper.")
    xp = program.xp
    return (
        xp.asarray(low.reshape(count, *shape), dtype=program.dtype),
        xp.asarray(high.reshape(count, *shape), dtype=program.dtype),
    )


def _rows(rows: ArrayLike, size: int) -> Floats:
    forms = np.asarray(rows, np.float64)
    if forms.ndim != 2 or forms.shape[1] != size or not bool(np.isfinite(forms).all()):
        raise InputError(
            f"The rows have the shape {list(forms.shape)}; finite numbers of the shape "
            f"[rows, {size}] are needed, one column an output."
        )
    return forms


def _every(program: Program, forms: Floats, count: int) -> Rows:
    """The rows for each of `count` sub-problems, sub-problem by sub-problem."""
    xp = program.xp
    shape = program.shapes[program.output]
    a = xp.asarray(forms, dtype=program.dtype).reshape(1, len(forms), -1)
    tiled = xp.broadcast_to(a, (count, len(forms), a.shape[2])).reshape(-1, *shape)
    owner = xp.repeat(xp.arange(count), len(forms)) if count > 1 else None
    return Rows(program.output, Owner(owner), coefficients=tiled)

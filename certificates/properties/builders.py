"""How users state properties in Python."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from certificates.properties.balls import NORMS
from certificates.properties.formulas import And, Formula, at_least, at_most
from certificates.properties.model import Box, Case, Property, Robustness
from certificates.properties.rationals import Number, rational, rationals
from runtime.errors import InputError, UnsupportedError

__all__ = ["LinearConstraints", "OutputBox", "Robust"]


def Robust(  # noqa: N802 - reads as the property it makes
    center: object,
    eps: Number,
    *,
    label: int,
    norm: str = "linf",
    clip: tuple[Number, Number] | None = (0, 1),
    name: str = "robust",
) -> Property:
    """Every x within `eps` of the center (and inside `clip`) keeps `label` strictly on top.

    `center` is the input in any shape (row-major); `eps` a radius in the units of the input. `norm`
    is "linf" (the largest difference of a coordinate), "l1" (their sum) or "l2" (Euclidean).
    Numbers are read by `rational`: a float32 is its exact value, the Python float `0.02` is 2/100.
    Raises InputError for a negative radius, a label out of range, NaN, or a clip range that
    misses the ball; UnsupportedError for another norm.
    """
    known = next((name for name in NORMS if name == norm), None)
    if known is None:
        raise UnsupportedError(f'The norm {norm!r} is not supported; use "linf", "l1" or "l2".')
    if isinstance(label, bool) or not hasattr(label, "__index__"):
        raise InputError(f"label is {label!r}; give the index of an output, from 0.")
    bounds = None
    if clip is not None:
        if not isinstance(clip, tuple | list) or len(clip) != 2:
            raise InputError("clip must be a pair (low, high) or None.")
        bounds = (rational(clip[0], "clip[0]"), rational(clip[1], "clip[1]"))
    data = Robustness(
        center=rationals(center, "center"),
        eps=rational(eps, "eps"),
        label=label.__index__(),
        clip=bounds,
        norm=known,
    )
    return Property(name=name, kind="robust", robust=data)


def OutputBox(  # noqa: N802
    lo_in: object,
    hi_in: object,
    lo_out: Sequence[Number | None],
    hi_out: Sequence[Number | None],
    *,
    name: str = "output-box",
) -> Property:
    """Every x with lo_in ≤ x ≤ hi_in has lo_out ≤ model x ≤ hi_out; None leaves a side open."""
    box = Box(rationals(lo_in, "lo_in"), rationals(hi_in, "hi_in"))
    lower = [_side(v, f"lo_out[{i}]") for i, v in enumerate(lo_out)]
    upper = [_side(v, f"hi_out[{i}]") for i, v in enumerate(hi_out)]
    if len(lower) != len(upper):
        raise InputError(
            f"The output box has {len(lower)} lower and {len(upper)} upper bounds; "
            "give one of each an output (None leaves a side open)."
        )
    parts: list[Formula] = []
    for i, (lo, hi) in enumerate(zip(lower, upper, strict=True)):
        if lo is not None and hi is not None and lo > hi:
            raise InputError(
                f"The output box is empty: y_{i} has {lo} as lower, {hi} as upper end."
            )
        if lo is not None:
            parts.append(at_least(i, lo))
        if hi is not None:
            parts.append(at_most(i, hi))
    if not parts:
        raise InputError("The output box bounds nothing; give at least one bound.")
    return Property(name=name, kind="output-box", given=(Case(box, And(tuple(parts))),))


def LinearConstraints(  # noqa: N802
    lo: object, hi: object, safe: Formula, *, name: str = "linear"
) -> Property:
    """Every x with lo ≤ x ≤ hi makes `safe` true: any And/Or of LinearAtom over the outputs."""
    box = Box(rationals(lo, "lo"), rationals(hi, "hi"))
    return Property(name=name, kind="linear", given=(Case(box, safe),))


def _side(value: Number | None, where: str) -> Fraction | None:
    return None if value is None else rational(value, where)

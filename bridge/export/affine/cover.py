"""Regions that cover the inputs of a case: a box for each split, a theorem from its two sides."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from math import lcm

from bridge.export.case import DECIDE, Case
from bridge.export.packing import pack_box
from bridge.export.sections import Section
from bridge.export.statements import NamedValue, Theorem
from certificates.affine.format import Region, Regions, RegionSplit
from runtime.errors import InputError

__all__ = ["cover", "region_name", "sat"]


def region_name(number: int) -> str:
    """The namespace of a region; they count from left to right, as `regions` lists them."""
    return f"region_{number}"


def sat(case: Case, proof: str) -> Theorem:
    """That the network satisfies the condition on the box of the namespace."""
    subject = f"Prog.Sat model ({case.input_box}, ())"
    if case.ball is not None:
        subject = f"Prog.SatOn model .input {case.inputs}"
    return Theorem(
        "sat",
        "The network, on the first box, satisfies the condition.",
        f"{subject}\n    fun _ _ _ y => Formula.Holds y {case.formula}",
        proof,
    )


@dataclass(frozen=True)
class _Part:
    """A part of the inputs, with the namespace of its box and theorem."""

    name: str
    lo: tuple[Fraction, ...]
    hi: tuple[Fraction, ...]


def cover(case: Case, root: RegionSplit) -> tuple[list[Section], Section]:
    """A section for each split inside, in an order in which they can be read, and that of the root.

    The box of a split is the largest that its two sides cover, so that whatever rounding made
    their boxes larger by does not matter.
    """
    regions, parts = count(1), count(1)

    def build(part: Regions) -> Generator[Section, None, _Part]:
        """The sections below a part; gives back the part."""
        if isinstance(part, Region):
            box = part.boxes[0]
            lo, hi = (tuple(Fraction(n, box.den) for n in end) for end in (box.lo, box.hi))
            return _Part(region_name(next(regions)), lo, hi)
        if not isinstance(part, RegionSplit):
            raise InputError("A part of the certificate is neither a region nor a split.")
        low = yield from build(part.low)
        high = yield from build(part.high)
        whole, section = _joined(case, part.entry, low, high, f"part_{next(parts)}")
        yield section
        return whole

    *inner, last = build(root)
    return inner, Section(boxes=last.boxes, theorems=[*case.entry(), *last.theorems])


def _joined(case: Case, entry: int, low: _Part, high: _Part, name: str) -> tuple[_Part, Section]:
    sides = range(len(low.lo))
    lo = tuple(low.lo[k] if k == entry else max(low.lo[k], high.lo[k]) for k in sides)
    hi = tuple(high.hi[k] if k == entry else min(low.hi[k], high.hi[k]) for k in sides)
    den = lcm(*(end.denominator for end in (*lo, *hi)))
    packed = pack_box(
        [int(end * den) for end in lo],
        [int(end * den) for end in hi],
        den,
        case.graph.inputs[0].shape,
    )
    box = case.input_box
    proof = (
        f".split {entry} {low.name}.{box} {high.name}.{box} ({DECIDE})\n  "
        f"{low.name}.sat {high.name}.sat"
    )
    doc = f"What `{low.name}` and `{high.name}` cover."
    section = Section(name, boxes=[NamedValue(box, doc, packed)], theorems=[sat(case, proof)])
    return _Part(name, lo, hi), section

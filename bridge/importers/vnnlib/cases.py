"""From constraints to the cases of a property: one for each box of inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from bridge.importers.vnnlib.constraints import Bound, Constraint, Junction
from certificates.properties import And, Box, Case, Formula
from runtime.errors import InputError, UnsupportedError

__all__ = ["cases"]

MAX_CASES = 10_000
MAX_BOUNDS = 1 << 22
"""Most bounds of inputs over all cases together."""


@dataclass(frozen=True, slots=True)
class _Region:
    """A conjunction: bounds of inputs, and formulas over outputs (the violation)."""

    bounds: tuple[Bound, ...] = ()
    formulas: tuple[Formula, ...] = ()


def _regions(constraint: Constraint) -> list[_Region]:
    """The constraint as a disjunction of regions; formulas about outputs alone are kept whole."""
    if isinstance(constraint, Bound):
        return [_Region(bounds=(constraint,))]
    if not isinstance(constraint, Junction):
        return [_Region(formulas=(constraint,))]
    if constraint.any_of:
        return _limited([region for part in constraint.parts for region in _regions(part)])
    return _conjoined(list(constraint.parts))


def _conjoined(constraints: list[Constraint]) -> list[_Region]:
    """All ways to satisfy every constraint; what has one way only is collected first."""
    bounds: list[Bound] = []
    formulas: list[Formula] = []
    choices = []
    for constraint in constraints:
        regions = _regions(constraint)
        if len(regions) == 1:
            bounds.extend(regions[0].bounds)
            formulas.extend(regions[0].formulas)
        else:
            choices.append(regions)
    result = [_Region(tuple(bounds), tuple(formulas))]
    for regions in choices:
        count = len(result) * len(regions)
        if count > MAX_CASES or count * len(bounds) > MAX_BOUNDS:
            raise UnsupportedError(f"it describes too many boxes of inputs, {count} or more.")
        result = [
            _Region(a.bounds + b.bounds, a.formulas + b.formulas) for a in result for b in regions
        ]
    return result


def _limited(regions: list[_Region]) -> list[_Region]:
    if len(regions) > MAX_CASES:
        raise UnsupportedError(f"it describes too many boxes of inputs, {len(regions)} or more.")
    return regions


def cases(constraints: list[Constraint], inputs: int) -> Iterator[Case]:
    """One case for each box; boxes that turn out empty allow no input and need no case."""
    empty = None
    found = False
    for region in _conjoined(constraints):
        lo: list[Fraction | None] = [None] * inputs
        hi: list[Fraction | None] = [None] * inputs
        for bound in region.bounds:
            side, better = (lo, max) if bound.lower else (hi, min)
            current = side[bound.index]
            side[bound.index] = bound.value if current is None else better(current, bound.value)
        for i, (low, high) in enumerate(zip(lo, hi, strict=True)):
            if low is None or high is None:
                which = "lower" if low is None else "upper"
                raise InputError(f"X_{i} has no {which} bound; give every input both.")
        lower = tuple(v for v in lo if v is not None)
        upper = tuple(v for v in hi if v is not None)
        crossed = next((i for i in range(inputs) if lower[i] > upper[i]), None)
        if crossed is not None:
            empty = crossed
            continue
        if not region.formulas:
            raise InputError("it says nothing about the outputs Y; add what is to be avoided.")
        unsafe = region.formulas[0] if len(region.formulas) == 1 else And(region.formulas)
        found = True
        yield Case(Box(lower, upper), unsafe.negate())
    if not found:
        raise InputError(
            f"the input box is empty: the bounds of X_{empty} exclude each other; correct them."
        )

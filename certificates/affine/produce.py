"""Affine certificates from plans: the exact producer of `lemmanet.certificate/2`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from certificates.affine.boxes import Rounded, TooLargeError, part_of
from certificates.affine.format import FORMAT, AffineCertificate, Region, Regions, RegionSplit
from certificates.affine.plan import (
    JointPlanner,
    Plan,
    Planner,
    PlanSplit,
    RegionPlan,
    crown_plan,
)
from certificates.affine.region import Precision, RegionBuilder, regions_at_once
from certificates.crown import Program
from certificates.properties import Case, LinearAtom, Property
from certificates.results import Undecided, margin_of
from runtime.errors import InputError
from runtime.graph import Graph

__all__ = ["Precision", "produce_affine"]

_MOST_BITS = 48

Cuts = dict[int, tuple[Fraction, Fraction]]


def produce_affine(
    graph: Graph,
    prop: Property,
    case: int,
    plan: Plan | None = None,
    *,
    precision: Precision | None = None,
) -> AffineCertificate | Undecided:
    """An affine certificate of one case of the property, or Undecided with all margins.

    Args:
        graph: the model; one input, one output.
        prop: the property; bound to the graph here where it was not.
        case: which of `prop.cases`.
        plan: where the relaxations come from, split by split; CROWN without splits by default.
        precision: how many bits boxes, coefficients and bounds keep.

    Raises InputError for a property that does not fit, a case or bits out of range, or a plan that
    does not fit the graph; UnsupportedError for an operator without linear bounds.
    """
    prop = prop.bind(graph)
    if not 0 <= case < len(prop.cases):
        raise InputError(f"Case {case} does not exist; the property has {len(prop.cases)} cases.")
    bits = precision or Precision()
    if not all(2 <= b <= _MOST_BITS for b in (bits.boxes, bits.coefficients, bits.uppers)):
        raise InputError(f"The precision {bits} is out of range; from 2 to {_MOST_BITS} bits work.")
    program = Program(graph, ball=prop.cases[case].ball)
    plan = plan or crown_plan(program, prop.cases[case].safe)
    builder = _Builder(program, prop.cases[case], bits)
    try:
        root = builder.build(plan)
    except TooLargeError:
        return Undecided("The bounds are beyond what float64 holds.", ())
    if root is not None:
        return AffineCertificate(FORMAT, graph.sha256(), prop.sha256(), case, "holds", root)
    margins = tuple(margin_of(prop, atom, exact) for atom, exact in builder.margins.items())
    missing = sum(not margin.shown for margin in margins)
    return Undecided(
        f"Affine bounds leave {builder.open} of {builder.count} regions open, with "
        f"{missing} of {len(margins)} inequalities.",
        margins,
    )


@dataclass
class _Builder:
    program: Program
    case: Case
    precision: Precision
    margins: dict[LinearAtom, Fraction] = field(default_factory=dict)
    """The least margin of each atom that was looked at."""
    count: int = 0
    open: int = 0

    def build(self, plan: Plan) -> Regions | None:
        """None where a region stays open; all regions are tried, so that all margins are known."""
        waiting: list[_Start] = []
        found: list[Region | None] = []
        most = regions_at_once(self.program)
        for start in self._starts(plan, {}):
            if waiting and (waiting[0].planner is not start.planner or len(waiting) == most):
                found += self._regions(waiting)
                waiting = []
            waiting.append(start)
        found += self._regions(waiting)
        shown = [region for region in found if region is not None]
        return _joined(plan, iter(shown)) if len(shown) == len(found) else None

    def _starts(self, plan: Plan, cuts: Cuts) -> Iterator[_Start]:
        """The parts that are not split, from left to right."""
        if not isinstance(plan, PlanSplit):
            if not callable(plan) and not isinstance(plan, JointPlanner):
                raise InputError("A plan is a planner or a split of plans.")
            yield _Start(plan, part_of(self.case.box, cuts, self.precision.boxes))
            return
        if not 0 <= plan.entry < len(self.case.box):
            raise InputError(f"The plan splits entry {plan.entry}, which the input does not have.")
        first = self.case.box.lo[plan.entry], self.case.box.hi[plan.entry]
        lo, hi = cuts.get(plan.entry, first)
        yield from self._starts(plan.low, cuts | {plan.entry: (lo, min(hi, plan.at))})
        yield from self._starts(plan.high, cuts | {plan.entry: (max(lo, plan.at), hi)})

    def _regions(self, starts: Sequence[_Start]) -> Iterator[Region | None]:
        """The regions of parts with one planner: together if it plans them so."""
        planner = starts[0].planner
        if isinstance(planner, JointPlanner):
            box = Rounded.joined([start.box for start in starts])
            yield from self._built(box, planner.plan(box.lo, box.hi))
            return
        for start in starts:
            yield from self._built(start.box, planner(start.box.lo[0], start.box.hi[0]))

    def _built(self, starts: Rounded, plan: RegionPlan) -> Iterator[Region | None]:
        builder = RegionBuilder(self.program, starts, self.precision, self.case.ball)
        for region, proofs in builder.build(plan, self.case.safe):
            for proof in proofs:
                for atom, margin in proof.atoms:
                    self.margins[atom] = min(margin, self.margins.get(atom, margin))
            self.count += 1
            self.open += region is None
            yield region


@dataclass(frozen=True, slots=True)
class _Start:
    """The input box of a region, and who plans it."""

    planner: Planner | JointPlanner
    box: Rounded


def _joined(plan: Plan, found: Iterator[Region]) -> Regions:
    """The regions, from left to right, with the splits of their plan."""
    if not isinstance(plan, PlanSplit):
        return next(found)
    low, high = _joined(plan.low, found), _joined(plan.high, found)
    return RegionSplit(plan.entry, (plan.at.numerator, plan.at.denominator), low, high)

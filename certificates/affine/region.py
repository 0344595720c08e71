"""Regions of a certificate from their plan: exact boxes, rounded batches, and what they show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import msgspec
import numpy as np

from certificates.affine.backward import Walk
from certificates.affine.boxes import Interval, Rounded, ceilings, exponent_for, outer
from certificates.affine.compact import Integers, Lines, smallest
from certificates.affine.format import (
    Batch,
    Path,
    Region,
    RegionBox,
    Relax,
    Row,
    Upper,
    leaves,
)
from certificates.affine.goal import Proof, prove_leaf
from certificates.affine.plan import Floats, Indices, RegionPlan, Relaxation
from certificates.crown import Program
from certificates.crown.linear import LinearRule
from certificates.interval.rules import propagate
from certificates.properties import Ball, Formula
from runtime.errors import InputError
from runtime.graph import ops

__all__ = ["Precision", "RegionBuilder", "regions_at_once"]

_ELEMENTS = 1 << 22
"""Most coefficients of one tensor in one batch or portion."""
_REGIONS = 32
"""So many regions together keep NumPy busy, and their coefficients in the cache."""


def regions_at_once(program: Program) -> int:
    """How many regions should be built together: few of large networks."""
    if any(isinstance(node.op, ops.MaxPool2d) for node in program.graph.nodes):
        return 1
    largest = max(program.size(name) for name in program.shapes)
    return min(_REGIONS, max(1, _ELEMENTS // (2 * largest**2)))


@dataclass(frozen=True, slots=True)
class Precision:
    """Bits that the largest number keeps: of a box, of the coefficients at a node, of bounds."""

    boxes: int = 24
    coefficients: int = 20
    uppers: int = 40


@dataclass(frozen=True, slots=True)
class _Rows:
    """Walked rows: bounds [R], and by node literal coefficients [lines, R] over 2^exponents [R]."""

    upper: Floats
    literals: dict[str, tuple[Integers, Indices]]

    def relaxed(self, names: Iterable[str], chosen: Indices) -> list[Relax]:
        """What a batch of some rows of one region says of these nodes."""
        found = []
        for name in names:
            if name in self.literals:
                numbers, exponents = self.literals[name]
                lines = numbers[:, chosen]
                if bool(lines.any()):
                    found.append(Relax(name, 1 << int(exponents[chosen[0]]), Lines(lines)))
        return found


class RegionBuilder:
    """Builds the regions over the input boxes `starts`, all of them together, and over the ball
    where there is one.
    """

    def __init__(
        self, program: Program, starts: Rounded, precision: Precision, ball: Ball | None = None
    ) -> None:
        self._program, self._precision = program, precision
        self._count = len(starts.lo)
        self._boxes: dict[str, Interval] = {}
        self._entries: list[list[RegionBox]] = [[] for _ in range(self._count)]
        self._batches: list[list[Batch]] = [[] for _ in range(self._count)]
        self._walk = Walk(program, self._boxes, precision.coefficients, ball)
        self._keep(program.input, starts)

    def build(
        self, plan: RegionPlan, formula: Formula
    ) -> Iterator[tuple[Region | None, list[Proof]]]:
        """Each region, or None where a leaf's bounds do not suffice; and what its leaves show.

        Raises InputError for a plan that does not fit the graph, TooLargeError where a bound is
        beyond float64.
        """
        relaxations = [*plan.tightening, plan.goal]
        owners = plan.owners or [np.zeros(len(r.forms), np.intp) for r in relaxations]
        planned: dict[str, list[tuple[Relaxation, Indices]]] = {}
        for relaxation, owner in zip(relaxations, owners, strict=True):
            if len(owner) != len(relaxation.forms) or not _numbers(owner, self._count):
                raise InputError("A plan of several regions must say which one each row is about.")
        for relaxation, owner in zip(plan.tightening, owners, strict=False):
            planned.setdefault(relaxation.target, []).append((relaxation, owner))
        for step in self._needed():
            self._interval(step)
            for relaxation, owner in planned.get(step, ()):
                for piece in self._portions(relaxation.target, len(relaxation.forms)):
                    self._tighten(relaxation, owner, piece)
        yield from self._goal(plan, owners[-1], formula)

    def _needed(self) -> list[str]:
        """The nodes that an argument of an operator that bends depends on, in order."""
        program = self._program
        needed: set[str] = set()
        for step in reversed(program.above(program.output)):
            if step.name in needed or not isinstance(step.rule, LinearRule):
                needed.update(step.inputs)
        return [step.name for step in program.steps if step.name in needed]

    def _keep(self, name: str, box: Rounded) -> None:
        self._boxes[name] = box.shaped(self._program.shapes[name])
        for entries, entry in zip(self._entries, box.named(name), strict=True):
            entries.append(entry)

    def _interval(self, name: str) -> None:
        node = self._program.graph.node(name)
        inputs = [self._boxes[source] for source in node.inputs]
        lo, hi = propagate(node.op, inputs, self._count)
        self._keep(name, outer(lo, hi, self._precision.boxes))

    def _portions(self, target: str, count: int) -> Iterator[slice]:
        names = [name for step in self._program.above(target) for name in (step.name, *step.inputs)]
        largest = max(self._program.size(name) for name in [target, *names])
        step = max(32, _ELEMENTS // largest)
        for start in range(0, count, step):
            yield slice(start, min(start + step, count))

    def _walked(
        self, relaxation: Relaxation, forms: Floats, paths: Sequence[Path], owner: Indices
    ) -> _Rows:
        """All rows, portion by portion."""
        exponents = self._walk.exponents(relaxation.coefficients, owner, self._count)
        uppers, literals = [], []
        for piece in self._portions(relaxation.target, len(forms)):
            part = {
                name: tuple(values[piece] for values in arrays)
                for name, arrays in relaxation.coefficients.items()
            }
            upper, rounded = self._walk.upper(
                relaxation.target, forms[piece], part, exponents, paths[piece], owner[piece]
            )
            uppers.append(upper)
            literals.append(rounded)
        joined = {}
        for name in literals[0]:
            numerators = np.concatenate([part[name].numerators for part in literals])
            whole = smallest(numerators.T.astype(np.int64))
            joined[name] = whole, np.concatenate([part[name].exponents for part in literals])
        return _Rows(np.concatenate(uppers), joined)

    def _tighten(self, relaxation: Relaxation, owners: Indices, piece: slice) -> None:
        """The boxes of the target cut down by the rows of a portion, where they improve them."""
        name, forms = relaxation.target, np.asarray(relaxation.forms, np.float64)[piece]
        whole = {n: tuple(v[piece] for v in a) for n, a in relaxation.coefficients.items()}
        part, owner = _Portion(name, forms, whole), owners[piece]
        rows = self._walked(part, forms, [()] * len(forms), owner)
        entries = np.abs(forms).argmax(axis=1)
        factors = forms[np.arange(len(forms)), entries]
        if not bool(((forms != 0).sum(axis=1) == 1).all()) or bool((factors % 1 != 0).any()):
            raise InputError(f"The rows that tighten {name} must be integer multiples of entries.")
        lo, hi = (end.reshape(self._count, -1).copy() for end in self._boxes[name])
        before = np.where(factors > 0, hi[owner, entries], -lo[owner, entries]) * np.abs(factors)
        useful = rows.upper < before
        ends = rows.upper / factors
        up, down = useful & (factors > 0), useful & (factors < 0)
        np.minimum.at(hi, (owner[up], entries[up]), np.nextafter(ends[up], np.inf))
        np.maximum.at(lo, (owner[down], entries[down]), np.nextafter(ends[down], -np.inf))
        for region in np.unique(owner[useful]).tolist():
            low, high = lo[[region]], hi[[region]]
            box = outer(np.minimum(low, high), np.maximum(low, high), self._precision.boxes)
            lo[region], hi[region] = box.lo[0], box.hi[0]
            chosen = np.flatnonzero(useful & (owner == region))
            places = zip(entries[chosen].tolist(), factors[chosen].tolist(), strict=True)
            labels = [_entry_row(entry, int(factor)) for entry, factor in places]
            batches = self._batches[region]
            (entry,) = box.named(name)
            self._entries[region].append(msgspec.structs.replace(entry, batch=len(batches)))
            batches.append(self._batch(name, labels, rows, chosen, int(box.exponents[0])))
        shape = self._program.shapes[name]
        self._boxes[name] = lo.reshape(-1, *shape), hi.reshape(-1, *shape)

    def _batch(
        self, target: str, labels: list[Row], rows: _Rows, chosen: Indices, exponent: int
    ) -> Batch:
        """A batch of some rows, all of one region."""
        relax = rows.relaxed((step.name for step in reversed(self._program.steps)), chosen)
        upper = Upper(1 << exponent, ceilings(rows.upper[chosen], exponent))
        return Batch(target, labels, relax, upper)

    def _goal(
        self, plan: RegionPlan, owner: Indices, formula: Formula
    ) -> Iterator[tuple[Region | None, list[Proof]]]:
        program = self._program
        cuts = {number: path for path, number in leaves(plan.tree)}
        labels = list(plan.rows)
        if len(plan.goal.forms) != len(labels) or plan.goal.target != program.output:
            raise InputError("The goal's relaxation must have a row on the output for each row.")
        if any(row.leaf is not None and row.leaf not in cuts for row in labels):
            raise InputError("A row of the plan belongs to a leaf that its tree does not have.")
        forms = np.zeros((len(labels), program.size(program.output)))
        for number, row in enumerate(labels):
            for entry, coefficient in row.form:
                forms[number, entry] = coefficient
        paths = [() if row.leaf is None else cuts[row.leaf] for row in labels]
        rows = self._walked(plan.goal, forms, paths, owner)
        for region in range(self._count):
            own = np.flatnonzero(owner == region)
            batch, proofs = self._shown(formula, labels, rows, own, sorted(cuts))
            if batch is None:
                yield None, proofs
                continue
            entries, batches = self._entries[region], [*self._batches[region], batch]
            yield Region(entries, batches, plan.tree, len(batches) - 1), proofs

    def _shown(
        self, formula: Formula, labels: list[Row], rows: _Rows, own: Indices, numbers: list[int]
    ) -> tuple[Batch | None, list[Proof]]:
        """The batch of one region's `own` rows with which its leaves are shown, None where one of
        them is not."""
        upper = rows.upper[own]
        finite = np.isfinite(upper)
        exponent = exponent_for(
            float(np.abs(upper[finite]).max(initial=0.0)), self._precision.uppers
        )
        known = iter(ceilings(upper[finite], exponent))
        uppers = [Fraction(next(known), 1 << exponent) if there else None for there in finite]
        mine = [labels[r] for r in own.tolist()]
        proofs = [prove_leaf(formula, mine, uppers, number) for number in numbers]
        if not all(proof.complete for proof in proofs):
            return None, proofs
        chosen = sorted({row for proof in proofs for row in proof.rows})
        kept = [mine[r] for r in chosen]
        return self._batch(self._program.output, kept, rows, own[chosen], exponent), proofs


@dataclass(frozen=True, slots=True)
class _Portion:
    """A part of the rows of a relaxation."""

    target: str
    forms: Floats
    coefficients: dict[str, tuple[Floats, ...]]


@cache
def _entry_row(entry: int, factor: int) -> Row:
    """The row factor·y_entry on the whole region: one object for all regions."""
    return Row([(entry, factor)], None)


def _numbers(owner: Indices, count: int) -> bool:
    """Whether all of them are from 0 to count − 1."""
    return not len(owner) or bool(owner.min() >= 0 and owner.max() < count)

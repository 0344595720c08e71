"""One region of a certificate from its plan: exact boxes, rounded batches, and what they show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import msgspec
import numpy as np

from certificates.affine.backward import Literal, Walk
from certificates.affine.boxes import Interval, Rounded, ceilings, exponent_for, outer
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
from certificates.affine.plan import Floats, RegionPlan, Relaxation
from certificates.crown import Program
from certificates.crown.linear import LinearRule
from certificates.interval.rules import propagate
from certificates.properties import Ball, Formula
from runtime.errors import InputError

__all__ = ["Precision", "RegionBuilder"]

_ELEMENTS = 1 << 22
"""Most coefficients of one tensor in one batch or portion."""


@dataclass(frozen=True, slots=True)
class Precision:
    """Bits that the largest number keeps: of a box, of the coefficients at a node, of bounds."""

    boxes: int = 24
    coefficients: int = 20
    uppers: int = 40


@dataclass(frozen=True, slots=True)
class _Rows:
    """Walked rows: bounds [R] and literal coefficients by node, [R, lines]."""

    upper: Floats
    literals: dict[str, Literal]

    def only(self, chosen: Sequence[int]) -> _Rows:
        index = np.asarray(chosen, dtype=np.intp)
        return _Rows(
            self.upper[index],
            {n: Literal(v.numerators[index], v.exponent) for n, v in self.literals.items()},
        )


class RegionBuilder:
    """Builds one region over the input box `start`, and the ball where there is one."""

    def __init__(
        self, program: Program, start: Rounded, precision: Precision, ball: Ball | None = None
    ) -> None:
        self._program, self._precision = program, precision
        self._boxes: dict[str, Interval] = {}
        self._entries: list[RegionBox] = []
        self._batches: list[Batch] = []
        self._walk = Walk(program, self._boxes, precision.coefficients, ball)
        self._keep(program.input, start)

    def build(self, plan: RegionPlan, formula: Formula) -> tuple[Region | None, list[Proof]]:
        """The region, or None where a leaf's bounds do not suffice; and what each leaf shows.

        Raises InputError for a plan that does not fit the graph, TooLargeError where a bound is
        beyond float64.
        """
        planned: dict[str, list[Relaxation]] = {}
        for relaxation in plan.tightening:
            planned.setdefault(relaxation.target, []).append(relaxation)
        for step in self._needed():
            self._interval(step)
            for relaxation in planned.get(step, ()):
                for piece in self._portions(relaxation.target, len(relaxation.forms)):
                    self._tighten(relaxation, piece)
        return self._goal(plan, formula)

    def _needed(self) -> list[str]:
        """The nodes that an argument of an operator that bends depends on, in order."""
        program = self._program
        needed: set[str] = set()
        for step in reversed(program.above(program.output)):
            if step.name in needed or not isinstance(step.rule, LinearRule):
                needed.update(step.inputs)
        return [step.name for step in program.steps if step.name in needed]

    def _keep(self, name: str, box: Rounded, batch: int | None = None) -> None:
        self._boxes[name] = box.shaped(self._program.shapes[name])
        entry = box.named(name)
        if batch is not None:
            entry = msgspec.structs.replace(entry, batch=batch)
        self._entries.append(entry)

    def _interval(self, name: str) -> None:
        node = self._program.graph.node(name)
        lo, hi = propagate(node.op, [self._boxes[source] for source in node.inputs], 1)
        self._keep(name, outer(lo, hi, self._precision.boxes))

    def _portions(self, target: str, count: int) -> Iterator[slice]:
        names = [name for step in self._program.above(target) for name in (step.name, *step.inputs)]
        largest = max(self._program.size(name) for name in [target, *names])
        step = max(32, _ELEMENTS // largest)
        for start in range(0, count, step):
            yield slice(start, min(start + step, count))

    def _walked(self, relaxation: Relaxation, forms: Floats, paths: Sequence[Path]) -> _Rows:
        """All rows, portion by portion."""
        exponents = self._walk.exponents(relaxation.coefficients)
        uppers, literals = [], []
        for piece in self._portions(relaxation.target, len(forms)):
            part = {
                name: tuple(values[piece] for values in arrays)
                for name, arrays in relaxation.coefficients.items()
            }
            upper, rounded = self._walk.upper(
                relaxation.target, forms[piece], part, exponents, paths[piece]
            )
            uppers.append(upper)
            literals.append(rounded)
        joined = {
            name: Literal(np.concatenate([part[name].numerators for part in literals]), v.exponent)
            for name, v in literals[0].items()
        }
        return _Rows(np.concatenate(uppers), joined)

    def _tighten(self, relaxation: Relaxation, piece: slice) -> None:
        """The box of the target cut down by the rows of a portion, where they improve it."""
        name, forms = relaxation.target, np.asarray(relaxation.forms, np.float64)[piece]
        whole = {n: tuple(v[piece] for v in a) for n, a in relaxation.coefficients.items()}
        part = _Portion(name, forms, whole)
        rows = self._walked(part, forms, [()] * len(forms))
        entries = np.abs(forms).argmax(axis=1)
        factors = forms[np.arange(len(forms)), entries]
        if not bool(((forms != 0).sum(axis=1) == 1).all()) or bool((factors % 1 != 0).any()):
            raise InputError(f"The rows that tighten {name} must be integer multiples of entries.")
        lo, hi = (end.reshape(-1).copy() for end in self._boxes[name])
        before = np.where(factors > 0, hi[entries], -lo[entries]) * np.abs(factors)
        useful = np.flatnonzero(rows.upper < before)
        if not useful.size:
            return
        chosen, entries, factors = rows.only(useful.tolist()), entries[useful], factors[useful]
        ends = chosen.upper / factors
        up = factors > 0
        np.minimum.at(hi, entries[up], np.nextafter(ends[up], np.inf))
        np.maximum.at(lo, entries[~up], np.nextafter(ends[~up], -np.inf))
        box = outer(np.minimum(lo, hi), np.maximum(lo, hi), self._precision.boxes)
        number = len(self._batches)
        labels = [
            Row([(int(e), int(f))], None)
            for e, f in zip(entries.tolist(), factors.tolist(), strict=True)
        ]
        self._batches.append(self._batch(name, labels, chosen, box.exponent))
        self._keep(name, box, number)

    def _batch(self, target: str, labels: list[Row], rows: _Rows, exponent: int) -> Batch:
        relax = []
        for step in reversed(self._program.steps):
            literal = rows.literals.get(step.name)
            if literal is not None and bool(literal.numerators.any()):
                numbers = literal.numerators.T.astype(np.int64).tolist()
                relax.append(Relax(step.name, 1 << literal.exponent, numbers))
        upper = Upper(1 << exponent, ceilings(rows.upper, exponent))
        return Batch(target, labels, relax, upper)

    def _goal(self, plan: RegionPlan, formula: Formula) -> tuple[Region | None, list[Proof]]:
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
        rows = self._walked(plan.goal, forms, paths)
        finite = rows.upper[np.isfinite(rows.upper)]
        exponent = exponent_for(float(np.abs(finite).max(initial=0.0)), self._precision.uppers)
        uppers = [
            Fraction(ceilings(rows.upper[[r]], exponent)[0], 1 << exponent)
            if np.isfinite(rows.upper[r])
            else None
            for r in range(len(labels))
        ]
        proofs = [prove_leaf(formula, labels, uppers, number) for number in sorted(cuts)]
        if not all(proof.complete for proof in proofs):
            return None, proofs
        chosen = sorted({row for proof in proofs for row in proof.rows})
        batch = self._batch(
            program.output, [labels[r] for r in chosen], rows.only(chosen), exponent
        )
        self._batches.append(batch)
        goal = len(self._batches) - 1
        return Region(self._entries, self._batches, plan.tree, goal), proofs


@dataclass(frozen=True, slots=True)
class _Portion:
    """A part of the rows of a relaxation."""

    target: str
    forms: Floats
    coefficients: dict[str, tuple[Floats, ...]]

"""Batches walked backwards from their target to the input: the exact bound of every row.

Batches of many regions walk together where they have the same target and coefficients at the same
nodes, each row over the boxes of its own region. Numbers of different regions are brought to one
denominator; that is done with powers of two of bounded size alone, so that nothing grows by it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from certificates.affine.compact import Lines
from certificates.affine.format import Batch, Cut, Relax
from certificates.checker.affine.bends import BENDS, bend, lines
from certificates.checker.affine.ends import Ends, Signs
from certificates.checker.affine.linear import LinearSteps, Rows, added
from certificates.checker.affine.sizes import check_size
from certificates.checker.affine.wide import Integers, Wide
from certificates.checker.balls import ExactBall
from certificates.checker.boxes import RejectedError, short
from runtime.graph import Graph, Node

__all__ = ["Job", "Walk"]

_BLOCK = 1 << 15
_FEWEST = 32


_MOST_BITS = 62
"""Denominators of more bits are not brought to those of other regions."""


@dataclass(frozen=True, slots=True)
class Job:
    """A batch of one region.

    `paths[r]` are the cuts of the leaf of row r. `ends` has the region's boxes that hold; whoever
    adds one must have shown it.
    """

    batch: Batch
    paths: Sequence[Sequence[Cut]]
    ends: Mapping[str, Ends]
    where: str

    def company(self) -> object:
        """Jobs for which this is the same walk together."""
        relaxed = self.batch.relax
        dens = [relax.den for relax in relaxed]
        dens += [box.den for box in self.ends.values()]
        if any(den.bit_count() != 1 or den.bit_length() > _MOST_BITS for den in dens):
            return id(self)
        return self.batch.target, tuple(relax.node for relax in relaxed), tuple(self.ends)


@dataclass(frozen=True, slots=True)
class _Literal:
    """Checked coefficients of one node: `values` [lines, R] over `den`."""

    values: Integers
    den: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some rows of jobs that walk together: the boxes are those of job owner[r] for row r."""

    paths: Sequence[Sequence[Cut]]
    ends: Sequence[Mapping[str, Ends]]
    owner: NDArray[np.intp]
    where: str

    @property
    def count(self) -> int:
        return len(self.paths)

    def box(self, name: str) -> Ends:
        boxes = [ends[name] for ends in self.ends]
        return boxes[0] if len(boxes) == 1 else Ends.columns(boxes, self.owner)


@dataclass(frozen=True, slots=True)
class Walk:
    """Backward walks through one graph; `ball` has all inputs, where it is given."""

    graph: Graph
    steps: LinearSteps
    ball: ExactBall | None = None

    def upper_bounds(self, jobs: Sequence[Job]) -> list[list[tuple[int, int]]]:
        """For each job the exact bound of each row as numerator and denominator ≥ 1, in order.

        Raises RejectedError where a batch does not fit the graph or a box is missing.
        """
        together: dict[object, list[int]] = {}
        for number, job in enumerate(jobs):
            together.setdefault(job.company(), []).append(number)
        found: list[list[tuple[int, int]]] = [[] for _ in jobs]
        for numbers in together.values():
            bounds = self._together([jobs[number] for number in numbers])
            for number in numbers:
                found[number] = list(islice(bounds, len(jobs[number].batch.rows)))
        return found

    def _together(self, jobs: Sequence[Job]) -> Iterator[tuple[int, int]]:
        """The bounds of the rows of jobs that walk together, one job after the other."""
        target, where = jobs[0].batch.target, jobs[0].where
        nodes = self._nodes(target, where)
        size = math.prod(self.graph.shape_of(target))
        forms = [form for job in jobs for form in _forms(job.batch, size, job.where)]
        each = [self._literals(job.batch, nodes, job.where) for job in jobs]
        literals = {name: _beside([own[name] for own in each]) for name in each[0]}
        paths = [path for job in jobs for path in job.paths]
        owner = np.repeat(np.arange(len(jobs)), [len(job.batch.rows) for job in jobs])
        largest = max([size, *(math.prod(node.shape) for node in nodes)])
        step = max(_FEWEST, _BLOCK // largest)
        for start in range(0, len(forms), step):
            rows = slice(start, min(start + step, len(forms)))
            first, last = int(owner[rows][0]), int(owner[rows][-1])
            boxes = [job.ends for job in jobs[first : last + 1]]
            piece = _Piece(paths[rows], boxes, owner[rows] - first, where)
            part = {
                name: Rows(_columns(values, rows), den) for name, (values, den) in literals.items()
            }
            yield from self._block(target, nodes, forms[rows], part, piece)

    def _nodes(self, target: str, where: str) -> list[Node]:
        """The nodes up to the target, last first."""
        if target == self.graph.inputs[0].name:
            return []
        for number, node in enumerate(self.graph.nodes):
            if node.name == target:
                return list(reversed(self.graph.nodes[: number + 1]))
        raise RejectedError(f"{where}: the target {target[:40]!r} is not in the graph")

    def _shapes(self, node: Node) -> list[tuple[int, ...]]:
        return [self.graph.shape_of(name) for name in node.inputs]

    def _literals(self, batch: Batch, nodes: Sequence[Node], where: str) -> dict[str, _Literal]:
        """The literal coefficients by node, which must come in the order of the walk."""
        result: dict[str, _Literal] = {}
        remaining = iter(nodes)
        for relax in batch.relax:
            node = next((node for node in remaining if node.name == relax.node), None)
            if node is None:
                raise RejectedError(
                    f"{where}: the coefficients of {relax.node[:40]!r} do not stand in the order "
                    f"of the walk back from {batch.target}"
                )
            place = f"{where}, coefficients of {relax.node}"
            if not isinstance(node.op, BENDS):
                raise RejectedError(f"{place}: {node.op.kind} is linear and needs none")
            shape = (lines(node, self._shapes(node)), len(batch.rows))
            result[node.name] = _literal(relax, shape, place)
        return result

    def _block(
        self,
        target: str,
        nodes: Sequence[Node],
        forms: Sequence[Sequence[tuple[int, int]]],
        literals: Mapping[str, Rows],
        piece: _Piece,
    ) -> Iterator[tuple[int, int]]:
        first = np.zeros((math.prod(self.graph.shape_of(target)), piece.count), dtype=np.int64)
        for column, form in enumerate(forms):
            for entry, coefficient in form:
                first[entry, column] = coefficient
        terms = {target: Rows(Wide.of_int64(first), 1)}
        constants: list[Rows] = []
        for node in nodes:
            rows = terms.pop(node.name, None)
            literal = literals.get(node.name)
            if isinstance(node.op, BENDS):
                if rows is None and literal is None:
                    continue
                parts, constant = self._bend(node, rows, literal, piece)
                constants.append(constant)
            elif rows is not None:
                parts, shift = self.steps.pull(node, self._shapes(node), rows)
                if shift is not None:
                    constants.append(shift)
            else:
                continue
            for name, part in zip(node.inputs, parts, strict=True):
                terms[name] = added(terms[name], part) if name in terms else part
        yield from self._totals(terms, constants, piece)

    def _bend(
        self, node: Node, rows: Rows | None, literal: Rows | None, piece: _Piece
    ) -> tuple[tuple[Rows, ...], Rows]:
        shapes = self._shapes(node)
        if rows is None:
            rows = Rows(_zeros(math.prod(node.shape), piece.count), 1)
        given = literal or Rows(_zeros(lines(node, shapes), piece.count), 1)
        for name in node.inputs:
            if any(name not in ends for ends in piece.ends):
                raise RejectedError(f"{piece.where}: {node.name} needs the box of {name}")
        boxes = [piece.box(name) for name in node.inputs]
        signs = _signs(piece.paths, node.inputs[0], math.prod(shapes[0]))
        return bend(node, shapes, rows, given, boxes, signs)

    def _totals(
        self,
        terms: Mapping[str, Rows],
        constants: Sequence[Rows],
        piece: _Piece,
    ) -> Iterator[tuple[int, int]]:
        """Constants and the largest value over each row's part of the input's box, or on the ball
        where that is less."""
        name = self.graph.inputs[0].name
        box = piece.box(name)
        parts = [(constant.value.integers(), constant.den) for constant in constants]
        corrections: dict[int, Fraction] = {}
        savings = [Fraction(0)] * piece.count
        if name in terms:
            value = terms[name].value.carried()
            den = terms[name].den
            total = (value * box.lo).sum() + (value.positive() * box.width).sum()
            parts.append((total.integers(), den * box.den))
            for column, path in enumerate(piece.paths):
                if any(cut.node == name for cut in path):
                    changes = _cut_back(value, den, column, box, path, name)
                    corrections[column] = sum(changes, Fraction(0))
            if self.ball is not None:
                savings = self._savings(self.ball, value, den, parts[-1], corrections)
        common = math.lcm(*(den for _, den in parts))
        tops = [0] * piece.count
        for numbers, den in parts:
            factor = common // den
            tops = [top + number * factor for top, number in zip(tops, numbers, strict=True)]
        for column, top in enumerate(tops):
            if column in corrections or savings[column]:
                change = corrections.get(column, Fraction(0)) - savings[column]
                whole = Fraction(top, common) + change
                yield whole.numerator, whole.denominator
            else:
                yield top, common

    @staticmethod
    def _savings(
        ball: ExactBall,
        value: Wide,
        den: int,
        on_box: tuple[Sequence[int], int],
        corrections: Mapping[int, Fraction],
    ) -> list[Fraction]:
        """By how much each row's bound on the ball is below that on its part of the box."""
        tops, box_den = on_box
        found = []
        for column, top in enumerate(tops):
            coefficients = value.column(column).integers()
            on_ball = Fraction(*ball.upper(coefficients, den))
            box = Fraction(top, box_den) + corrections.get(column, Fraction(0))
            found.append(max(Fraction(0), box - on_ball))
        return found


def _forms(batch: Batch, size: int, where: str) -> list[list[tuple[int, int]]]:
    forms = []
    for number, row in enumerate(batch.rows):
        last = -1
        for entry, coefficient in row.form:
            if not last < entry < size:
                raise RejectedError(
                    f"{where}, row {number}: the entries of the form must ascend and stay below "
                    f"{size}"
                )
            check_size(coefficient, f"{where}, row {number}", 62)
            last = entry
        forms.append(list(row.form))
    return forms


def _literal(relax: Relax, shape: tuple[int, int], where: str) -> _Literal:
    check_size(relax.den, where)
    if relax.den < 1:
        raise RejectedError(f"{where}: the denominator {short(relax.den)} is not positive")
    if len(relax.coefficients) != shape[0]:
        raise RejectedError(f"{where}: {len(relax.coefficients)} lines for {shape[0]}")
    if isinstance(relax.coefficients, Lines):
        ragged = relax.coefficients.array.shape != shape
    else:
        ragged = any(len(line) != shape[1] for line in relax.coefficients)
    if ragged:
        raise RejectedError(f"{where}: every line needs one number for each of {shape[1]} rows")
    flat = _int64(relax.coefficients, shape[0] * shape[1])
    limit = 1 << 62
    if flat is None or int(flat.max()) > limit or int(flat.min()) < -limit:
        raise RejectedError(f"{where}: a coefficient is larger than 2^62")
    return _Literal(flat.reshape(shape), relax.den)


def _int64(lines: Sequence[Sequence[int]], count: int) -> Integers | None:
    """The numbers of all lines, None where one of them does not fit."""
    if isinstance(lines, Lines):
        return lines.array.astype(np.int64, casting="safe").reshape(-1)
    try:
        return np.fromiter(chain.from_iterable(lines), np.int64, count)
    except OverflowError:
        return None


def _beside(literals: Sequence[_Literal]) -> tuple[Wide, int]:
    """The columns of several over their largest denominator, of which all others are divisors."""
    den = max(literal.den for literal in literals)
    value = Wide.of_int64(np.concatenate([literal.values for literal in literals], axis=1))
    factors = [den // literal.den for literal in literals]
    if max(factors) > 1:
        counts = [literal.values.shape[1] for literal in literals]
        value = value * Wide.of_int64(np.repeat(np.array(factors, dtype=np.int64), counts)[None])
    return value, den


def _columns(values: Wide, chosen: slice) -> Wide:
    return values.map(lambda digit: np.ascontiguousarray(digit[:, chosen]))


def _zeros(entries: int, count: int) -> Wide:
    return Wide((np.zeros((entries, count), dtype=np.int64),), 0)


def _signs(paths: Sequence[Sequence[Cut]], name: str, entries: int) -> Signs | None:
    """What the rows' leaves say about the signs of the node `name`; None where they say nothing."""
    if not any(cut.node == name for path in paths for cut in path):
        return None
    below = np.zeros((entries, len(paths)), dtype=np.bool_)
    above = np.zeros((entries, len(paths)), dtype=np.bool_)
    for column, path in enumerate(paths):
        for cut in path:
            if cut.node == name and cut.low and cut.at <= 0:
                below[cut.entry, column] = True
            elif cut.node == name and not cut.low and cut.at >= 0:
                above[cut.entry, column] = True
    return Signs(below, above)


def _cut_back(
    value: Wide, den: int, column: int, box: Ends, path: Sequence[Cut], name: str
) -> Iterator[Fraction]:
    """By how much the terms of the input's entries change where the leaf cuts the input's box."""
    cuts: dict[int, list[Cut]] = {}
    for cut in path:
        if cut.node == name:
            cuts.setdefault(cut.entry, []).append(cut)
    for entry, here in cuts.items():
        own = min(column, box.lo.shape[1] - 1)
        lo = old_lo = Fraction(box.lo.at(entry, own), box.den)
        hi = old_hi = Fraction(box.hi.at(entry, own), box.den)
        for cut in here:
            lo, hi = (lo, min(hi, cut.at)) if cut.low else (max(lo, cut.at), hi)
        weight = Fraction(value.at(entry, column), den)
        # Where the leaf's interval is empty, any bound holds.
        yield max(weight * lo, weight * hi) - max(weight * old_lo, weight * old_hi)

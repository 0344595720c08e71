"""One batch walked backwards from its target to the input: the exact bound of every row."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain

import numpy as np

from certificates.affine.format import Batch, Cut, Relax
from certificates.checker.affine.bends import BENDS, bend, lines
from certificates.checker.affine.ends import Ends, Signs
from certificates.checker.affine.linear import LinearSteps, Rows, added
from certificates.checker.affine.sizes import check_size
from certificates.checker.affine.wide import Integers, Wide
from certificates.checker.balls import ExactBall
from certificates.checker.boxes import RejectedError, short
from runtime.graph import Graph, Node

__all__ = ["Walk"]

_BLOCK = 1 << 15
_FEWEST = 32


@dataclass(frozen=True, slots=True)
class _Literal:
    """Checked coefficients of one node: `values` [lines, R] over `den`."""

    values: Integers
    den: int


@dataclass
class Walk:
    """Backward walks through one graph over the boxes of one region.

    `ends` has the boxes that hold; whoever adds one must have shown it. `ball` has all inputs,
    where it is given.
    """

    graph: Graph
    steps: LinearSteps
    ball: ExactBall | None = None
    ends: dict[str, Ends] = field(default_factory=dict)

    def upper_bounds(
        self, batch: Batch, paths: Sequence[Sequence[Cut]], where: str
    ) -> Iterator[tuple[int, int]]:
        """The exact bound of each row as numerator and denominator ≥ 1, in order.

        `paths[r]` are the cuts of the leaf of row r.

        Raises RejectedError where the batch does not fit the graph or a box is missing.
        """
        nodes = self._nodes(batch.target, where)
        form_lines = math.prod(self.graph.shape_of(batch.target))
        forms = _forms(batch, form_lines, where)
        literals = self._literals(batch, nodes, where)
        largest = max([form_lines, *(math.prod(node.shape) for node in nodes)])
        step = max(_FEWEST, _BLOCK // largest)
        for start in range(0, len(batch.rows), step):
            piece = slice(start, min(start + step, len(batch.rows)))
            yield from self._block(batch.target, nodes, forms, literals, paths, piece, where)

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
        literals: Mapping[str, _Literal],
        paths: Sequence[Sequence[Cut]],
        piece: slice,
        where: str,
    ) -> Iterator[tuple[int, int]]:
        count = piece.stop - piece.start
        first = np.zeros((math.prod(self.graph.shape_of(target)), count), dtype=np.int64)
        for column, form in enumerate(forms[piece]):
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
                parts, constant = self._bend(node, rows, literal, paths[piece], piece, where)
                constants.append(constant)
            elif rows is not None:
                parts, shift = self.steps.pull(node, self._shapes(node), rows)
                if shift is not None:
                    constants.append(shift)
            else:
                continue
            for name, part in zip(node.inputs, parts, strict=True):
                terms[name] = added(terms[name], part) if name in terms else part
        yield from self._totals(terms, constants, paths[piece], count)

    def _bend(
        self,
        node: Node,
        rows: Rows | None,
        literal: _Literal | None,
        paths: Sequence[Sequence[Cut]],
        piece: slice,
        where: str,
    ) -> tuple[tuple[Rows, ...], Rows]:
        count = piece.stop - piece.start
        shapes = self._shapes(node)
        if rows is None:
            rows = Rows(_zeros(math.prod(node.shape), count), 1)
        if literal is None:
            given = Rows(_zeros(lines(node, shapes), count), 1)
        else:
            values = np.ascontiguousarray(literal.values[:, piece])
            given = Rows(Wide.of_int64(values), literal.den)
        for name in node.inputs:
            if name not in self.ends:
                raise RejectedError(f"{where}: {node.name} needs the box of {name}")
        boxes = [self.ends[name] for name in node.inputs]
        signs = _signs(paths, node.inputs[0], math.prod(shapes[0]))
        return bend(node, shapes, rows, given, boxes, signs)

    def _totals(
        self,
        terms: Mapping[str, Rows],
        constants: Sequence[Rows],
        paths: Sequence[Sequence[Cut]],
        count: int,
    ) -> Iterator[tuple[int, int]]:
        """Constants and the largest value over each row's part of the input's box, or on the ball
        where that is less."""
        name = self.graph.inputs[0].name
        box = self.ends[name]
        parts = [(constant.value.integers(), constant.den) for constant in constants]
        corrections: dict[int, Fraction] = {}
        savings = [Fraction(0)] * count
        if name in terms:
            value = terms[name].value.carried()
            den = terms[name].den
            total = (value * box.lo).sum() + (value.positive() * box.width).sum()
            parts.append((total.integers(), den * box.den))
            for column, path in enumerate(paths):
                if any(cut.node == name for cut in path):
                    changes = _cut_back(value, den, column, box, path, name)
                    corrections[column] = sum(changes, Fraction(0))
            if self.ball is not None:
                savings = self._savings(self.ball, value, den, parts[-1], corrections)
        common = math.lcm(*(den for _, den in parts))
        tops = [0] * count
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
    if any(len(line) != shape[1] for line in relax.coefficients):
        raise RejectedError(f"{where}: every line needs one number for each of {shape[1]} rows")
    try:
        flat = np.fromiter(chain.from_iterable(relax.coefficients), np.int64, shape[0] * shape[1])
    except OverflowError:
        flat = None
    limit = 1 << 62
    if flat is None or int(flat.max()) > limit or int(flat.min()) < -limit:
        raise RejectedError(f"{where}: a coefficient is larger than 2^62")
    return _Literal(flat.reshape(shape), relax.den)


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
        lo = old_lo = Fraction(box.lo.at(entry, 0), box.den)
        hi = old_hi = Fraction(box.hi.at(entry, 0), box.den)
        for cut in here:
            lo, hi = (lo, min(hi, cut.at)) if cut.low else (max(lo, cut.at), hi)
        weight = Fraction(value.at(entry, column), den)
        # Where the leaf's interval is empty, any bound holds.
        yield max(weight * lo, weight * hi) - max(weight * old_lo, weight * old_hi)

"""Rows walked backwards with rounded coefficients: float64 upper bounds that hold exactly.

Rows of many regions walk together, each over the boxes of its own region.

At each operator that bends, the source's coefficients are rounded to integers over a power of two.
From there on everything follows from these integers, and is computed in float64.

Room for roundings. Between one rounding to integers and the next, the walk is a sum over paths of
products; let g be the coefficients where a stretch starts, on a tensor t. Every number that the
stretch computes is such a sum, of at most N terms at each of its operators, and so differs from
the exact one by at most N·2⁻⁵³·(1 + small) times the same sum with absolute values (Higham,
Accuracy and Stability of Numerical Algorithms, 2nd ed., chapter 3). Those add up to at most
Σ |g_k|·m_k, where m_k bounds what the entry k of t is in absolute values: m is carried forward
through the operators as |M|·m + |b|, and restarts from the boxes where an operator bends. The room
is 2⁻⁵⁰·N times this, summed over all stretches, where N adds up the terms of all operators. What
float64 decides is checked in integers in any case.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from certificates.affine.balls import RoundedBall
from certificates.affine.boxes import Interval, exponent_for
from certificates.affine.costs import Candidate, Mask, clip_cost, maximum_cost, two_piece_cost
from certificates.affine.format import Cut
from certificates.affine.plan import Floats, Indices
from certificates.affine.pooling import PoolTaps
from certificates.crown import Program
from certificates.crown.linear import LinearRule
from certificates.crown.program import Step
from certificates.interval import outward
from certificates.properties import Ball
from runtime.errors import InputError, UnsupportedError
from runtime.graph import ops

__all__ = ["Literal", "Walk"]


@dataclass(frozen=True, slots=True)
class Literal:
    """Integer coefficients [R, lines] as float64, those of row r over 2^exponents[r]."""

    numerators: Floats
    exponents: Indices

    @property
    def values(self) -> Floats:
        """The coefficients."""
        return np.ldexp(self.numerators, -self.exponents[:, None])


class Walk:
    """Walks over the boxes of G regions; `boxes` has exact float64 ends [G, *shape] by name."""

    def __init__(
        self,
        program: Program,
        boxes: Mapping[str, Interval],
        bits: int,
        ball: Ball | None = None,
    ) -> None:
        self._ball = None if ball is None else RoundedBall(ball)
        self._program, self._boxes, self._bits = program, boxes, bits
        self._nodes = {node.name: node for node in program.graph.nodes}
        self._pools: dict[str, PoolTaps] = {}
        self._magnitudes: dict[str, Floats] = {}
        shapes = program.shapes
        terms = sum(
            max(math.prod(shape) for shape in (step.shape, *(shapes[n] for n in step.inputs)))
            for step in program.steps
        )
        self._unit = 2.0**-50 * (terms + 64)

    def exponents(
        self, coefficients: Mapping[str, tuple[Floats, ...]], owner: Indices, regions: int
    ) -> dict[str, Indices]:
        """For each node and region [G] the power of two over which coefficients are rounded.

        Raises InputError where a coefficient is NaN or infinite.
        """
        result = {}
        for name, parts in coefficients.items():
            largest = np.zeros(regions)
            for part in parts:
                np.maximum.at(largest, owner, np.abs(part).max(axis=1, initial=0.0))
            if not bool(np.isfinite(largest).all()):
                raise InputError(f"The coefficients of {name} are not finite numbers.")
            exponents = [exponent_for(size, self._bits) for size in largest.tolist()]
            result[name] = np.array(exponents, np.intp)
        return result

    def upper(
        self,
        target: str,
        forms: Floats,
        coefficients: Mapping[str, tuple[Floats, ...]],
        exponents: Mapping[str, Indices],
        paths: Sequence[Sequence[Cut]],
        owner: Indices,
    ) -> tuple[Floats, dict[str, Literal]]:
        """Upper bounds [R] of the forms [R, size], and the rounded coefficients by node.

        `paths` are the cuts of each row's leaf, `owner` its region. Infinite where float64
        overflows.
        """
        program, count = self._program, len(forms)
        waiting = {target: forms.reshape(count, *program.shapes[target])}
        sizes = self._sizes(target)
        total, room = np.zeros(count), _weighed(np.abs(forms), sizes[target], owner)
        literals: dict[str, Literal] = {}
        for step in reversed(self._steps(target)):
            a = waiting.pop(step.name, None)
            if isinstance(step.rule, LinearRule):
                if a is None:
                    continue
                constant = step.rule.constant(a)
                parts = step.rule.pull(a)
                total += 0 if constant is None else constant
            else:
                given = coefficients.get(step.name)
                if a is None and given is None:
                    continue
                a = np.zeros((count, program.size(step.name))) if a is None else a
                if given is None:
                    given = tuple(np.zeros((count, program.size(name))) for name in step.inputs)
                shift = exponents[step.name][owner] if step.name in exponents else 0 * owner
                bent = self._bend(step, a.reshape(count, -1), given, shift, paths, owner)
                literals[step.name] = bent.literal
                total += bent.cost
                room += bent.room
                parts = [
                    part.reshape(count, *program.shapes[name])
                    for name, part in zip(step.inputs, bent.parts, strict=True)
                ]
            for name, part in zip(step.inputs, parts, strict=True):
                waiting[name] = waiting[name] + part if name in waiting else part
        a = waiting.get(program.input)
        if a is not None:
            total += self._at_input(a.reshape(count, -1), paths, owner)
        upper = total + self._unit * room + np.abs(total) * 2.0**-50
        return np.where(np.isfinite(upper), upper, np.inf), literals

    def _steps(self, target: str) -> list[Step]:
        """The steps up to the target, also those that it does not depend on."""
        names = [step.name for step in self._program.steps]
        return (
            []
            if target == self._program.input
            else list(self._program.steps[: names.index(target) + 1])
        )

    def _sizes(self, target: str) -> dict[str, Floats]:
        """m of the module's text, [G, size], for the tensors up to the target that matter."""
        sizes, program = self._magnitudes, self._program
        first = self._reach(program.input)
        if self._ball is not None:
            first = np.maximum(first, self._ball.reach)
        sizes.setdefault(program.input, first)
        for step in self._steps(target):
            if step.name in sizes or any(name not in sizes for name in step.inputs):
                continue
            if isinstance(step.rule, LinearRule):
                shaped = [sizes[n].reshape(-1, *program.shapes[n]) for n in step.inputs]
                zeros = [np.zeros_like(size) for size in shaped]
                size = step.rule.spread(shaped) + np.abs(step.rule.apply(zeros))
            elif all(name in self._boxes for name in step.inputs):
                ends = [self._reach(n).reshape(-1, *program.shapes[n]) for n in step.inputs]
                low, high = step.rule.box([(-end, end) for end in ends])
                size = np.maximum(np.abs(low), np.abs(high))
            else:
                continue
            regions = len(sizes[program.input])
            sizes[step.name] = np.broadcast_to(size, (regions, *step.shape)).reshape(regions, -1)
            if step.name in self._boxes:
                sizes[step.name] = np.maximum(sizes[step.name], self._reach(step.name))
        return sizes

    def _reach(self, name: str) -> Floats:
        lo, hi = self._boxes[name]
        return np.maximum(np.abs(lo), np.abs(hi)).reshape(len(lo), -1)

    def _bend(
        self,
        step: Step,
        a: Floats,
        given: tuple[Floats, ...],
        exponents: Indices,
        paths: Sequence[Sequence[Cut]],
        owner: Indices,
    ) -> _Bent:
        missing = [name for name in step.inputs if name not in self._boxes]
        if missing:
            raise InputError(
                f"The plan has coefficients for {step.name}, but {missing[0]} has no box there."
            )
        op = self._nodes[step.name].op
        boxes = [self._flat(name, owner) for name in step.inputs]
        reach = [self._reach(name) for name in step.inputs]

        def rounded(values: Floats) -> Literal:
            return Literal(np.rint(np.ldexp(values, exponents[:, None])), exponents)

        if isinstance(op, ops.MaxPool2d):
            if step.name not in self._pools:
                self._pools[step.name] = PoolTaps(op, self._program.shapes[step.inputs[0]])
            pool = self._pools[step.name]
            literal = rounded(pool.lines(a, given[0], boxes[0]))
            g = literal.values
            cost = maximum_cost(a, pool.candidates(g, boxes[0]))
            room = _weighed(pool.back(np.abs(g)), reach[0], owner)
            return _Bent((pool.back(g),), literal, cost, room)
        literal = rounded(np.concatenate(given, axis=1))
        g = literal.values
        parts = tuple(np.split(g, np.cumsum([part.shape[1] for part in given])[:-1], axis=1))
        room = _weighed(np.abs(g), np.concatenate(reach, axis=1), owner)
        if isinstance(op, ops.Maximum | ops.Minimum):
            sign = 1 if isinstance(op, ops.Maximum) else -1
            valid = np.ones(a.shape[1], dtype=np.bool_)
            # a·min x is −a·max −x.
            candidates = [
                Candidate(sign * part, *(box if sign > 0 else (-box[1], -box[0])), valid)
                for part, box in zip(parts, boxes, strict=True)
            ]
            cost = maximum_cost(sign * a, candidates)
        elif isinstance(op, ops.Clip):
            low = -math.inf if op.low is None else float(op.low)
            high = math.inf if op.high is None else float(op.high)
            cost = clip_cost(a, g, boxes[0], low, high)
        else:
            below, above = _signs(paths, step.inputs[0], a.shape)
            cost = two_piece_cost(a, g, boxes[0], _slope(op), below, above)
        return _Bent(parts, literal, cost, room)

    def _flat(self, name: str, owner: Indices) -> Interval:
        """The ends for each row [R, n], of a single region as [n]."""
        lo, hi = (end.reshape(len(end), -1) for end in self._boxes[name])
        return (lo[0], hi[0]) if len(lo) == 1 else (lo[owner], hi[owner])

    def _at_input(self, a: Floats, paths: Sequence[Sequence[Cut]], owner: Indices) -> Floats:
        """The largest value of a·x over each row's part of the input's box, or over the ball."""
        name = self._program.input
        lo, hi = self._flat(name, owner)
        cuts = [(row, cut) for row, path in enumerate(paths) for cut in path if cut.node == name]
        if cuts:
            lo, hi = (np.array(np.broadcast_to(end, a.shape)) for end in (lo, hi))
            for row, cut in cuts:
                below, above = outward([cut.at], [cut.at])
                if cut.low:
                    hi[row, cut.entry] = min(hi[row, cut.entry], above[0])
                else:
                    lo[row, cut.entry] = max(lo[row, cut.entry], below[0])
        upper = np.asarray(np.where(a > 0, a * hi, a * lo).sum(axis=1))
        return upper if self._ball is None else np.minimum(upper, self._ball.upper(a))


@dataclass(frozen=True, slots=True)
class _Bent:
    """Coefficients on the arguments, [R, size] each; what they cost, [R]; their room, [R]."""

    parts: tuple[Floats, ...]
    literal: Literal
    cost: Floats
    room: Floats


def _weighed(a: Floats, sizes: Floats, owner: Indices) -> Floats:
    """Σ a·m for coefficients [R, n] and the m [G, n] of each row's region."""
    if len(sizes) == 1:
        return np.asarray(a @ sizes[0])
    return np.asarray(np.einsum("rn,rn->r", a, sizes[owner]))


def _slope(op: ops.Op) -> float:
    match op:
        case ops.Relu():
            return 0.0
        case ops.Abs():
            return -1.0
        case ops.LeakyRelu():
            return float(op.alpha)
    raise UnsupportedError(f"The operator {op.kind} has no affine rule; remove it.")


def _signs(
    paths: Sequence[Sequence[Cut]], name: str, shape: tuple[int, int]
) -> tuple[Mask | None, Mask | None]:
    """Where the rows' leaves say that z ≤ 0, and that z ≥ 0."""
    if not any(cut.node == name for path in paths for cut in path):
        return None, None
    below, above = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
    for row, path in enumerate(paths):
        for cut in path:
            if cut.node == name and cut.low and cut.at <= 0:
                below[row, cut.entry] = True
            elif cut.node == name and not cut.low and cut.at >= 0:
                above[row, cut.entry] = True
    return below, above

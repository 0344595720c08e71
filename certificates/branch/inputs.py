"""Splits of the input box: for networks with few inputs.

Sub-problems are bounded by CROWN, those that this leaves undecided by a few steps of optimized
slopes for the row that decides. The entry to halve is the one whose width costs most: through the
coefficients on the input, and through the width that it gives to the arguments of bent entries.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from certificates.branch.goal import Goal
from certificates.branch.pool import Columns
from certificates.branch.tree import NONE, Tree
from certificates.crown import Descent, Program
from certificates.crown.backward import Backward, InputBox, Rows, backward
from certificates.crown.bounding import Bounder
from certificates.crown.intermediate import Boxes, Lines, intermediate
from certificates.crown.linear import LinearRule
from certificates.crown.lines import LinesRelaxed, TwoPieces
from certificates.crown.relaxation import Owner
from certificates.crown.slopes import optimize
from runtime.devices import Array, to_numpy

__all__ = ["InputSplits"]

Floats = NDArray[np.float64]

_BEND = 0.25
"""What a unit of width of a bent entry's argument costs, as a part of the coefficient there: the
height of a ReLU's triangle over its base, where the bend is in the middle."""


class InputSplits:
    """Bounds and halves boxes of a case's input.

    Sub-problems have the columns `node` (of the tree), `score`, `lo` and `hi` [N, inputs], `phase`
    (which two-piece entries are known to be of one sign, from larger boxes), and once bounded
    `entry` and `at` (how to split), `stuck` (too narrow to split).
    """

    def __init__(
        self,
        program: Program,
        goal: Goal,
        lo: Floats,
        hi: Floats,
        descent: Descent | None = None,
    ) -> None:
        self.program, self.goal, self._lo, self._hi = program, goal, lo, hi
        self._descent = descent or Descent(steps=5, slope_rate=0.5)
        self._bent = [
            step.inputs[0]
            for step in program.above(program.output)
            if isinstance(step.rule, TwoPieces)
        ]
        self._sizes = [program.size(name) for name in self._bent]
        self.tensors: tuple[str, ...] = (program.input,)

    def domains(self, tree: Tree, nodes: NDArray[np.intp]) -> Columns:
        """Sub-problems of nodes of the tree, not bounded yet."""
        lo = np.empty((tree.size, len(self._lo)))
        hi = np.empty_like(lo)
        lo[0], hi[0] = self._lo, self._hi
        level = np.zeros(1, np.int64)
        while len(level := level[tree.low[level] != NONE]):
            low, high, entry, at = (
                column[level] for column in (tree.low, tree.high, tree.entry, tree.at)
            )
            for children in (low, high):
                lo[children], hi[children] = lo[level], hi[level]
            hi[low, entry], lo[high, entry] = at, at
            level = np.concatenate([low, high])
        return {
            "node": nodes.astype(np.int64),
            "score": tree.bound[nodes].copy(),
            "lo": lo[nodes],
            "hi": hi[nodes],
            "phase": np.zeros((len(nodes), sum(self._sizes)), np.int8),
        }

    def bound(self, domains: Columns) -> Array:
        """Bound sub-problems in place; returns points worth a look [M, *input shape]."""
        program = self.program
        xp, shape = program.xp, program.shapes[program.input]
        count, atoms = len(domains["node"]), len(self.goal.rows)
        lo, hi = (
            xp.asarray(domains[end].reshape(count, *shape), dtype=program.dtype)
            for end in ("lo", "hi")
        )
        box = InputBox.of(lo, hi)
        known = self._known(domains["phase"])
        boxes, lines = intermediate(program, lo, hi, bounding=Bounder(program, box), known=known)
        rows = self._rows(count)
        found = backward(program, rows, lines, box, keep=True)
        upper = to_numpy(found.upper).astype(np.float64).reshape(count, atoms)
        score, atom = self.goal.score(upper)
        decides = np.arange(count) * atoms + atom
        slanted = found.input
        open_ = np.flatnonzero(score >= 0)
        if len(open_) and self._descent.steps:
            chosen = decides[open_]
            some = Rows(rows.target, rows.owner.part(chosen), rows.dense(program)[chosen])
            better = optimize(program, some, lines, box, self._descent)
            upper.reshape(-1)[chosen] = to_numpy(better.upper)
            slanted[chosen] = better.input
            score, _ = self.goal.score(upper)
        domains["score"] = np.minimum(score, domains["score"])
        domains["phase"] = self._phases(boxes, count)
        costs = self._costs(found, decides, slanted, boxes, lines)
        self._plan(domains, to_numpy(costs))
        worst = box.top(program, Owner(xp.arange(count)), slanted[decides])
        points: Array = xp.concatenate([box.center, worst])
        return points

    def _rows(self, count: int) -> Rows:
        """All atoms for each sub-problem."""
        program = self.program
        xp = program.xp
        forms = xp.asarray(self.goal.rows, dtype=program.dtype)
        tiled = xp.broadcast_to(forms, (count, *forms.shape))
        shape = program.shapes[program.output]
        owner = Owner(xp.repeat(xp.arange(count), len(forms)))
        return Rows(program.output, owner, tiled.reshape(-1, *shape))

    def _costs(
        self,
        found: Backward,
        decides: NDArray[np.intp],
        slanted: Array,
        boxes: Boxes,
        lines: Lines,
    ) -> Array:
        """What a unit of width of each input entry costs the deciding rows, [B, inputs]."""
        program = self.program
        xp, count = program.xp, len(decides)
        size = program.size(program.input)
        costs: Array = xp.abs(slanted[decides]).reshape(count, size)
        unit = xp.broadcast_to(xp.eye(size, dtype=program.dtype), (count, size, size))
        # Changes [B·inputs, *shape] of every tensor with each input entry, along the lines above.
        change = {program.input: unit.reshape(-1, *program.shapes[program.input])}
        each = Owner(xp.repeat(xp.arange(count), size))
        for step in program.above(program.output):
            given = [change[name] for name in step.inputs]
            if isinstance(step.rule, LinearRule):
                value = step.rule.multiply(given)
                wanted = (count * size, *step.shape)
                change[step.name] = value if given else xp.broadcast_to(value, wanted)
                continue
            relaxed = lines[step.name]
            change[step.name] = relaxed.along(each, given)
            if isinstance(relaxed, LinesRelaxed):
                masks = step.rule.loose([boxes[name] for name in step.inputs])
                weight = xp.abs(found.results[step.name][decides]) * masks[0]
                spread = xp.abs(given[0]).reshape(count, size, -1)
                costs += _BEND * (spread @ weight.reshape(count, -1, 1))[:, :, 0]
        return costs

    def _plan(self, domains: Columns, costs: NDArray[np.floating]) -> None:
        """Which entry to halve and where."""
        lo, hi = domains["lo"], domains["hi"]
        middle = lo / 2 + hi / 2
        # An entry whose middle is one of its ends in floats cannot be halved.
        gain = np.where((middle > lo) & (middle < hi), costs * (hi - lo), -1.0)
        entry = gain.argmax(axis=1)
        each = np.arange(len(entry))
        domains["entry"], domains["at"] = entry, middle[each, entry]
        domains["stuck"] = gain[each, entry] < 0

    def split(self, tree: Tree, domains: Columns) -> Columns:
        """Halve sub-problems; returns both halves, not bounded yet."""
        entry, at = domains["entry"], domains["at"]
        low, high = tree.split(domains["node"], np.zeros_like(entry), entry, at)
        both: Columns = {
            name: np.concatenate([domains[name], domains[name]])
            for name in ("score", "lo", "hi", "phase")
        }
        count = len(entry)
        each = np.arange(count)
        both["hi"][each, entry] = at
        both["lo"][count + each, entry] = at
        return {"node": np.concatenate([low, high]), **both}

    def _known(self, phase: NDArray[np.int8]) -> Mapping[str, tuple[Array, Array]] | None:
        """What the phases say, as boxes of the arguments."""
        if not phase.any():
            return None
        xp, dtype = self.program.xp, self.program.dtype
        ends = xp.asarray([-np.inf, 0, np.inf], dtype=dtype)
        known = {}
        parts = np.split(phase, np.cumsum(self._sizes)[:-1], axis=1)
        for name, part in zip(self._bent, parts, strict=True):
            sign = xp.asarray(part).reshape(-1, *self.program.shapes[name])
            known[name] = (
                xp.where(sign > 0, ends[1], ends[0]),
                xp.where(sign < 0, ends[1], ends[2]),
            )
        return known

    def _phases(self, boxes: Boxes, count: int) -> NDArray[np.int8]:
        signs = [
            to_numpy((lo >= 0).astype(np.int8) - (hi <= 0).astype(np.int8)).reshape(count, -1)
            for lo, hi in (boxes[name] for name in self._bent)
        ]
        return np.concatenate(signs, axis=1) if signs else np.zeros((count, 0), np.int8)

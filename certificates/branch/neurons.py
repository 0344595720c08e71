"""Splits of the signs of neurons: for networks with many inputs.

All boxes are those of the whole case, tightened once with optimized slopes; a sub-problem assumes
signs of some arguments of two-piece operators (ReLU, leaky ReLU, absolute value), and its rows have
multipliers for them (β-CROWN). Which neuron to split is chosen by filtered smart branching: a few
with the highest triangle times coefficient are tried, and the one whose parts end best is taken
(Bunel et al., Branch and Bound for Piecewise Linear Neural Network Verification, JMLR 2020; De
Palma et al., Improved Branch and Bound for Neural Network Verification via Lagrangian
Decomposition, 2021).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from certificates.branch.goal import Goal
from certificates.branch.pool import Columns
from certificates.branch.root import Root
from certificates.branch.tree import NONE, Tree
from certificates.crown import Descent, Program
from certificates.crown.backward import InputBox, Rows, backward
from certificates.crown.bounding import Relaxation, relaxation_of
from certificates.crown.intermediate import Lines, lines_on, rows_at_once
from certificates.crown.lines import TwoPieces
from certificates.crown.relaxation import Owner
from certificates.crown.slopes import Optimized, optimize
from runtime.devices import Array, to_numpy

__all__ = ["NeuronSplits"]

Floats = NDArray[np.float64]

_TRIES = 4
"""How many neurons are tried in full."""


class NeuronSplits:
    """Bounds and splits sign patterns.

    Sub-problems have the columns `node`, `score`, `gaps` [N, atoms] (upper bound of each atom minus
    its limit), `phase` [N, neurons] in {−1, 0, 1} for the neurons of either sign, `turn` and
    `push` [N, neurons] (slopes and multipliers of the row that decides), and once bounded `neuron`
    (which to split), `stuck` (none left).

    `kept` says which entries of the given network's tensors the program has, where not all.
    """

    def __init__(
        self,
        program: Program,
        goal: Goal,
        root: Root,
        descent: Descent | None = None,
        kept: Mapping[str, NDArray[np.intp]] | None = None,
    ) -> None:
        self.program, self.goal = program, goal
        self._descent = descent or Descent(steps=12, slope_rate=0.1, multiplier_rate=0.1)
        self._gaps = root.gaps
        self._boxes = root.boxes_for(program)
        self._box = InputBox.of(*self._boxes[program.input])
        # The two-piece operators that read each tensor.
        self._readers: dict[str, list[str]] = {}
        for step in program.above(program.output):
            if isinstance(step.rule, TwoPieces):
                self._readers.setdefault(step.inputs[0], []).append(step.name)
        self.tensors: tuple[str, ...] = tuple(self._readers)
        # The neurons: flat entries of either sign, tensor by tensor, and where each's begin.
        self._entries: list[NDArray[np.intp]] = []
        for name in self.tensors:
            lo, hi = (end.reshape(-1) for end in root.boxes[name])
            self._entries.append(np.flatnonzero((lo < 0) & (hi > 0)))
        # Their numbers in the given network, of which the program's may be a part.
        self._numbers = [
            entries if name not in (kept or {}) else (kept or {})[name][entries]
            for name, entries in zip(self.tensors, self._entries, strict=True)
        ]
        self._starts = np.cumsum([0, *(len(entries) for entries in self._entries)])
        self.neurons = int(self._starts[-1])
        self._root_turn = self._gathered(root.slopes, len(goal.rows))
        self._heights = self._triangles(root)

    def _triangles(self, root: Root) -> NDArray[np.float64]:
        """Height over zero of each neuron's triangle: what a unit of coefficient can cost."""
        heights = []
        for name, entries in zip(self.tensors, self._entries, strict=True):
            lo, hi = (end.reshape(-1)[entries] for end in root.boxes[name])
            heights.append(-lo * hi / (hi - lo))
        return np.concatenate(heights) if heights else np.zeros(0)

    def _gathered(self, values: dict[str, Array], rows: int) -> NDArray[np.float32]:
        """Arrays [N, *shape] by two-piece operator at the neurons: [N, neurons]; zero for none."""
        out = np.zeros((rows, self.neurons), np.float32)
        for k, (first, *_) in enumerate(self._readers.values()):
            if first in values:
                flat = to_numpy(values[first]).reshape(rows, -1)
                out[:, self._starts[k] : self._starts[k + 1]] = flat[:, self._entries[k]]
        return out

    def _spread(self, values: NDArray[np.generic]) -> dict[str, Array]:
        """The inverse of `_gathered`, for all operators that read a tensor; zero elsewhere."""
        xp, rows = self.program.xp, values.shape[0]
        out = {}
        for k, (name, readers) in enumerate(self._readers.items()):
            shape = self.program.shapes[name]
            flat = np.zeros((rows, self.program.size(name)), self.program.dtype)
            flat[:, self._entries[k]] = values[:, self._starts[k] : self._starts[k + 1]]
            whole = xp.asarray(flat.reshape(rows, *shape))
            out.update(dict.fromkeys(readers, whole))
        return out

    def domains(self, tree: Tree, nodes: NDArray[np.intp]) -> Columns:
        """Sub-problems of nodes of the tree, not bounded yet."""
        phase = np.zeros((tree.size, self.neurons), np.int8)
        level = np.zeros(1, np.int64)
        lookup = [
            {int(entry): int(self._starts[k]) + i for i, entry in enumerate(entries)}
            for k, entries in enumerate(self._numbers)
        ]
        while len(level := level[tree.low[level] != NONE]):
            low, high = tree.low[level], tree.high[level]
            # A neuron that is of one sign after all is left free, which is as good.
            neuron = np.array(
                [
                    lookup[int(t)].get(int(e), NONE)
                    for t, e in zip(tree.tensor[level], tree.entry[level], strict=True)
                ]
            )
            known = neuron != NONE
            for children, sign in ((low, -1), (high, 1)):
                phase[children] = phase[level]
                phase[children[known], neuron[known]] = sign
            level = np.concatenate([low, high])
        count = len(nodes)
        return {
            "node": nodes.astype(np.int64),
            "score": tree.bound[nodes].copy(),
            "gaps": np.tile(self._gaps, (count, 1)),
            "phase": phase[nodes],
            "decides": np.full(count, NONE),
            "turn": np.zeros((count, self.neurons), np.float16),
            "push": np.zeros((count, self.neurons), np.float16),
        }

    def _lines(self, phase: NDArray[np.int8]) -> Lines:
        """Relaxations [N, ...] on the boxes under sign patterns."""
        program, xp = self.program, self.program.xp
        boxes = dict(self._boxes)
        signs = self._spread(phase)
        for name, (reader, *_) in self._readers.items():
            lo, hi = boxes[name]
            boxes[name] = (
                xp.where(signs[reader] > 0, xp.maximum(lo, 0), lo),
                xp.where(signs[reader] < 0, xp.minimum(hi, 0), hi),
            )
        return lines_on(program, boxes, program.output)

    def bound(self, domains: Columns) -> Array:
        """Bound sub-problems in place; returns points worth a look [M, *input shape]."""
        program, xp = self.program, self.program.xp
        gaps = domains["gaps"]
        owner, atom = np.nonzero(self.goal.worth(gaps))
        upper, turn, push = self._optimized(domains, owner, atom)
        gaps[owner, atom] = np.minimum(gaps[owner, atom], upper - self.goal.limits[atom])
        score, decides = self.goal.score(gaps + self.goal.limits)
        domains["score"], domains["decides"] = np.minimum(score, domains["score"]), decides
        row = np.full(gaps.shape, NONE)
        row[owner, atom] = np.arange(len(owner))
        chosen = row[np.arange(len(gaps)), decides]
        has = chosen != NONE
        domains["turn"][has], domains["push"][has] = turn[chosen[has]], push[chosen[has]]
        domains["neuron"] = np.full(len(gaps), NONE)
        points = [self._box.center]
        open_ = np.flatnonzero(domains["score"] >= 0)
        size = max(1, rows_at_once(program, program.output) // (2 * _TRIES))
        for start in range(0, len(open_), size):
            part = {name: column[open_[start : start + size]] for name, column in domains.items()}
            domains["neuron"][open_[start : start + size]], worst = self._choose(part)
            points.append(worst)
        domains["stuck"] = domains["neuron"] == NONE
        joined: Array = xp.concatenate(points)
        return joined

    def _optimized(
        self, domains: Columns, owner: NDArray[np.intp], atom: NDArray[np.intp]
    ) -> tuple[Floats, NDArray[np.float16], NDArray[np.float16]]:
        """Bounds, slopes, multipliers of rows (sub-problem, atom), sorted by sub-problem."""
        upper = np.zeros(len(owner))
        turn = np.zeros((len(owner), self.neurons), np.float16)
        push = np.zeros((len(owner), self.neurons), np.float16)
        for part in self._portions(len(owner)):
            limits = self.goal.limits[atom[part]]
            _, _, best = self._descend(domains, owner[part], atom[part], limits)
            upper[part] = to_numpy(best.upper)
            turn[part] = self._gathered(best.slopes, len(best.upper))
            push[part] = np.abs(self._gathered(best.extra, len(best.upper)))
        return upper, turn, push

    def _portions(self, count: int) -> Iterator[slice]:
        size = rows_at_once(self.program, self.program.output)
        return (slice(start, start + size) for start in range(0, count, size))

    def _descend(
        self,
        domains: Columns,
        owner: NDArray[np.intp],
        atom: NDArray[np.intp],
        enough: Floats | None,
    ) -> tuple[Rows, Lines, Optimized]:
        """Optimize a portion of rows, from the slopes of the parent where those are the row's.

        Stops early where all bounds are below `enough`.
        """
        first, last = int(owner[0]), int(owner[-1]) + 1
        phase = domains["phase"][first:last]
        warm = (domains["decides"][owner] == atom)[:, None]
        rows, lines = self._rows(atom, owner - first), self._lines(phase)
        best = optimize(
            self.program,
            rows,
            lines,
            self._box,
            self._descent,
            phases=self._spread(phase),
            start=self._spread(np.where(warm, domains["turn"][owner], self._root_turn[atom])),
            multipliers=self._spread(np.where(warm, domains["push"][owner], 0)),
            goal=None if enough is None else self.program.xp.asarray(enough),
        )
        return rows, lines, best

    def prove(self, domains: Columns) -> tuple[Relaxation, NDArray[np.intp]]:
        """The relaxation of the atoms on which each sub-problem rests, and which atoms they are."""
        count, atoms = domains["gaps"].shape
        owner, atom = np.repeat(np.arange(count), atoms), np.tile(np.arange(atoms), count)
        found = []
        for part in self._portions(len(owner)):
            rows, lines, best = self._descend(domains, owner[part], atom[part], None)
            last = backward(
                self.program, rows, lines, self._box, best.slopes, best.extra, keep=True
            )
            made = relaxation_of(self.program, rows, last.upper, last.arguments)
            found.append(replace(made, owner=owner[part]))
        joined = Relaxation.joined(found)
        needed = [
            k * atoms + number
            for k, upper in enumerate(joined.upper.reshape(count, atoms))
            for number in self.goal.needed(upper)
        ]
        return joined.part(np.array(needed)), atom[needed]

    def _rows(self, atom: NDArray[np.intp], owner: NDArray[np.intp]) -> Rows:
        program = self.program
        forms = program.xp.asarray(self.goal.rows[atom], dtype=program.dtype)
        shape = program.shapes[program.output]
        index = program.xp.asarray(owner)
        return Rows(program.output, Owner(index), forms.reshape(-1, *shape))

    def _choose(self, domains: Columns) -> tuple[NDArray[np.intp], Array]:
        """The neuron to split for each sub-problem, and where its deciding row is worst."""
        program = self.program
        count = len(domains["node"])
        each = np.arange(count)
        phase, decides = domains["phase"], domains["decides"]
        turn, push = domains["turn"], phase * domains["push"]
        lines = self._lines(phase)
        now = backward(
            program,
            self._rows(decides, each),
            lines,
            self._box,
            self._spread(turn),
            self._spread(push),
            keep=True,
        )
        worst = self._box.top(program, Owner(None), now.input)
        weight = self._weights(self._gathered(now.results, count), turn)
        weight = np.where(phase == 0, weight, -1.0)
        tries = min(_TRIES, self.neurons)
        if not tries:
            return np.full(count, NONE), worst
        candidates = np.argpartition(-weight, tries - 1, axis=1)[:, :tries]
        # Both parts of every candidate, with the slopes and multipliers at hand.
        repeat = np.repeat(each, 2 * tries)
        part_phase = phase[repeat]
        sign = np.tile(np.array([-1, 1], np.int8), count * tries)
        which = np.repeat(candidates.reshape(-1), 2)
        part_phase[np.arange(len(repeat)), which] = sign
        parts = backward(
            program,
            self._rows(decides[repeat], np.arange(len(repeat))),
            self._lines(part_phase),
            self._box,
            self._spread(turn[repeat]),
            self._spread(push[repeat]),
        )
        ends = to_numpy(parts.upper).reshape(count, tries, 2) - to_numpy(now.upper)[:, None, None]
        gain = ends.max(axis=2) + 0.1 * ends.min(axis=2)
        allowed = weight[each[:, None], candidates] >= 0
        best = np.where(allowed, gain, np.inf).argmin(axis=1)
        neuron = np.where(allowed.any(axis=1), candidates[each, best], NONE)
        return neuron, worst

    def _weights(
        self, coefficients: NDArray[np.float32], turn: NDArray[np.float16]
    ) -> NDArray[np.float64]:
        """What each neuron's triangle may cost a row.

        Where the chord is in use, coefficient times height. Where the free line is, that counts as
        far as the optimized slope is torn between its ends.
        """
        t = turn.astype(np.float32)
        chord, free = np.maximum(coefficients, 0), np.maximum(-coefficients, 0)
        weights: NDArray[np.float64] = (chord + free * (4 * t * (1 - t))) * self._heights
        return weights

    def split(self, tree: Tree, domains: Columns) -> Columns:
        """Split sub-problems by the sign of a neuron; returns both parts, not bounded yet."""
        neuron = domains["neuron"]
        tensor = np.searchsorted(self._starts, neuron, side="right") - 1
        entry = np.concatenate(self._numbers)[neuron]
        low, high = tree.split(domains["node"], tensor, entry, np.zeros(len(neuron)))
        kept = ("score", "gaps", "phase", "turn", "push", "decides")
        both = {name: np.concatenate([domains[name], domains[name]]) for name in kept}
        count = len(neuron)
        each = np.arange(count)
        both["phase"][each, neuron] = -1
        both["phase"][count + each, neuron] = 1
        return {"node": np.concatenate([low, high]), **both}

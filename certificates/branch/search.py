"""Branch and bound: the worst sub-problems first, many at once, anytime, resumable."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from certificates.branch.attack import Attack, Violation
from certificates.branch.pool import Columns, Pool
from certificates.branch.tree import Tree
from runtime.devices import Array

__all__ = ["Outcome", "Progress", "Search", "Splits", "Status"]

Status = Literal["proved", "violated", "open"]


class Splits(Protocol):
    """A way to split: by input entries, or by phases of neurons."""

    tensors: tuple[str, ...]

    def domains(self, tree: Tree, nodes: NDArray[np.intp]) -> Columns:
        """Sub-problems of nodes of a tree, not bounded yet."""

    def bound(self, domains: Columns) -> Array:
        """Bound sub-problems in place; returns points worth a look."""

    def split(self, tree: Tree, domains: Columns) -> Columns:
        """Split bounded sub-problems in the tree; returns their parts, not bounded yet."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a callback is told: sub-problems bounded, open and proved, the worst bound so far."""

    nodes: int
    open: int
    proved: int
    bound: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a search ended.

    `bound` is the worst distance from being shown over all leaves, below zero where `status` is
    "proved". `tree` is the tree so far; "open" can be resumed from it. "violated" comes with an
    exact violation. `stuck`: some leaf is not proved and too narrow to be split.
    """

    status: Status
    bound: float
    tree: Tree
    violation: Violation | None
    nodes: int
    seconds: float
    stuck: bool = False


class Search:
    """One search; `run` may be called again to go on.

    Args:
        splits: how to bound and split.
        attack: tries the points that come up.
        tree: where to go on; a new one by default.
        slack: a leaf counts as proved where its score is below −slack.
        batch: how many sub-problems to split at a time.
    """

    def __init__(
        self,
        splits: Splits,
        attack: Attack,
        tree: Tree | None = None,
        *,
        slack: float = 0.0,
        batch: int = 256,
    ) -> None:
        self.tree = Tree(splits.tensors) if tree is None else tree
        self.splits, self.attack, self.slack, self.batch = splits, attack, slack, batch
        self.nodes = self.proved = 0
        self._pool = Pool()
        self._stuck = -np.inf
        leaves = self.tree.leaves()
        unsettled = leaves[self.tree.bound[leaves] >= -slack]
        self.proved = len(leaves) - len(unsettled)
        self._waiting: list[Columns] = _portions(splits.domains(self.tree, unsettled), 2 * batch)

    def run(self, deadline: float, progress: Callable[[Progress], None] | None = None) -> Outcome:
        """Search until decided or until `time.monotonic()` reaches the deadline."""
        start = time.monotonic()
        while self._waiting or self._pool.size:
            if time.monotonic() >= deadline:
                break
            if not self._waiting:
                taken = self._pool.take(self.batch)
                self._waiting.append(self.splits.split(self.tree, taken))
            found = self._bound(self._waiting.pop())
            if progress is not None:
                progress(self._progress(time.monotonic() - start))
            if found is not None:
                return self._outcome("violated", found, start)
        done = not self._waiting and not self._pool.size and self._stuck == -np.inf
        return self._outcome("proved" if done else "open", None, start)

    def _bound(self, domains: Columns) -> Violation | None:
        points = self.splits.bound(domains)
        self.nodes += len(domains["node"])
        score = domains["score"]
        self.tree.bound[domains["node"]] = score
        shown = score < -self.slack
        stuck = domains["stuck"] & ~shown
        if bool(stuck.any()):
            self._stuck = max(self._stuck, float(score[stuck].max()))
        self.proved += int(shown.sum())
        found = self.attack.try_points(points)
        goes_on = ~shown & ~stuck
        self._pool.add({name: column[goes_on] for name, column in domains.items()})
        return found

    def _worst(self) -> float:
        waiting = [float(part["score"].max()) for part in self._waiting if len(part["score"])]
        return max([self._pool.worst(), self._stuck, *waiting])

    def _progress(self, seconds: float) -> Progress:
        return Progress(self.nodes, self._pool.size, self.proved, self._worst(), seconds)

    def _outcome(self, status: Status, violation: Violation | None, start: float) -> Outcome:
        leaves = self.tree.leaves()
        bound = float(self.tree.bound[leaves].max())
        seconds = time.monotonic() - start
        stuck = self._stuck > -np.inf
        return Outcome(status, bound, self.tree, violation, self.nodes, seconds, stuck)


def _portions(columns: Columns, size: int) -> list[Columns]:
    count = len(columns["node"])
    return [
        {name: column[start : start + size] for name, column in columns.items()}
        for start in range(0, count, size)
    ]

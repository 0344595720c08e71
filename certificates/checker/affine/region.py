"""One region of an affine certificate: its boxes, its batches in order, its tree and its goal.

What takes the time is the same arithmetic for thousands of regions. A check therefore does not
compute it but asks: `certificates.checker.affine.together` answers many regions at once.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from msgspec import UNSET

from certificates.affine.format import Batch, Cut, Path, Region, RegionBox, Row, leaves
from certificates.checker.affine.ends import Ends
from certificates.checker.affine.goal import Shown, check_leaf, row_bounds
from certificates.checker.affine.sizes import check_size
from certificates.checker.affine.walk import Job
from certificates.checker.bounds import Bounds
from certificates.checker.boxes import RejectedError, check_contains, read_box, short
from certificates.checker.rules import apply
from certificates.properties import Case
from runtime.graph import Graph, Node, ops

__all__ = ["Ask", "Interval", "RegionCheck", "Walked"]


@dataclass(slots=True)
class Interval:
    """Asks what the interval rule of a Linear node makes of a box."""

    node: Node
    box: Bounds
    answer: Bounds | None = None


@dataclass(slots=True)
class Walked:
    """Asks for the exact bounds of the rows of a batch, as numerators and denominators ≥ 1."""

    job: Job
    answer: Sequence[tuple[int, int]] | None = None


Ask = Interval | Walked
Asking = Generator[Ask, None, None]


class RegionCheck:
    """Checks one region; `where` is the start of every message, `ball` what the inputs lie in."""

    def __init__(self, graph: Graph, region: Region, where: str) -> None:
        self._graph, self._region, self._where = graph, region, where
        self._boxes: dict[str, Bounds] = {}
        self._ends: dict[str, Ends] = {}
        self._used = 0

    def check(self, case: Case, path: Path) -> Generator[Ask, None, Shown]:
        """The atoms that were shown at each leaf, on the part of the case's box along `path`.

        Whoever runs this answers each question before going on.
        Raises RejectedError for anything that does not follow.
        """
        tree = self._leaves()
        first, *others = self._region.boxes
        self._check_first(first, case, path)
        position = -1
        positions = {node.name: number for number, node in enumerate(self._graph.nodes)}
        previous = first.node
        for box in others:
            if box.batch is not UNSET:
                if box.node != previous:
                    raise RejectedError(
                        f"{self._where}: the tightened box of {box.node[:40]!r} does not follow a "
                        "box of the same node"
                    )
                yield from self._check_tightened(box, box.batch)
                continue
            if positions.get(box.node, -1) <= position:
                raise RejectedError(
                    f"{self._where}: the box of {box.node[:40]!r} is not in the order of the graph"
                )
            position, previous = positions[box.node], box.node
            yield from self._check_interval(box)
        shown = yield from self._check_goal(case, tree)
        return shown

    def _leaves(self) -> dict[int, Path]:
        """The cuts of each leaf; numbers go from 0 on, each once."""
        result: dict[int, Path] = {}
        inputs = self._graph.inputs[0].name
        shapes = {inputs: self._graph.inputs[0].shape}
        shapes.update((node.name, node.shape) for node in self._graph.nodes)
        for path, number in leaves(self._region.tree):
            for cut in path:
                self._check_cut(cut, inputs, shapes)
            if number in result:
                raise RejectedError(f"{self._where}: the leaf {short(number)} is there twice")
            result[number] = path
        if max(result) != len(result) - 1:
            raise RejectedError(
                f"{self._where}: the numbers of the {len(result)} leaves do not go from 0 on"
            )
        return result

    def _check_cut(self, cut: Cut, inputs: str, shapes: dict[str, tuple[int, ...]]) -> None:
        name = cut.node or ""
        if name not in shapes:
            raise RejectedError(f"{self._where}: the tree splits {name[:40]!r}, which is no node")
        size = math.prod(shapes[name])
        if not 0 <= cut.entry < size:
            raise RejectedError(
                f"{self._where}: the tree splits entry {short(cut.entry)} of {name}, which has "
                f"{size}"
            )
        if name != inputs and cut.at != 0:
            raise RejectedError(
                f"{self._where}: the tree splits {name} away from zero, but only the input's "
                "entries are split at other numbers"
            )
        check_size(max(abs(cut.at.numerator), cut.at.denominator), self._where)

    def _read(self, box: RegionBox) -> Bounds:
        bounds = read_box(box, self._graph.shape_of(box.node))
        largest = max(max(bounds.hi), -min(bounds.lo), bounds.den)
        check_size(largest, f"{self._where}, box of {box.node}")
        return bounds

    def _keep(self, box: RegionBox, bounds: Bounds) -> None:
        self._boxes[box.node] = bounds
        self._ends[box.node] = Ends.of(bounds)

    def _check_first(self, box: RegionBox, case: Case, path: Path) -> None:
        name = self._graph.inputs[0].name
        if box.node != name or box.batch is not UNSET:
            raise RejectedError(f"{self._where}: the first box is not that of the input {name}")
        bounds = self._read(box)
        lo, hi = list(case.box.lo), list(case.box.hi)
        for cut in path:
            if not 0 <= cut.entry < len(lo):
                raise RejectedError(f"The input has no entry {short(cut.entry)} to split")
            check_size(max(abs(cut.at.numerator), cut.at.denominator), self._where)
            if cut.low:
                hi[cut.entry] = min(hi[cut.entry], cut.at)
            else:
                lo[cut.entry] = max(lo[cut.entry], cut.at)
        ends = zip(bounds.lo, bounds.hi, lo, hi, strict=True)
        for k, (ours_lo, ours_hi, low, high) in enumerate(ends):
            below = ours_lo * low.denominator <= low.numerator * bounds.den
            above = ours_hi * high.denominator >= high.numerator * bounds.den
            if not (below and above):
                raise RejectedError(
                    f"{self._where}: {name}, index {k}: the input's box does not contain the "
                    "region's part of the property's box"
                )
        self._keep(box, bounds)

    def _check_interval(self, box: RegionBox) -> Asking:
        node = self._graph.node(box.node)
        missing = [name for name in node.inputs if name not in self._boxes]
        if missing:
            raise RejectedError(f"{self._where}: the box of {node.name} needs that of {missing[0]}")
        bounds = self._read(box)
        inputs = [self._boxes[name] for name in node.inputs]
        if isinstance(node.op, ops.Linear):
            asked = Interval(node, inputs[0])
            yield asked
            assert asked.answer is not None
            rule = asked.answer
        else:
            rule = apply(node.op, inputs, node.shape)
        check_contains(bounds, rule, f"{self._where}: {node.name}", node.op.kind)
        self._keep(box, bounds)

    def _next_batch(self, number: int, target: str) -> tuple[Batch, str]:
        """The next batch in order, which must be this one and have this target."""
        where = f"{self._where}, batch {short(number)}"
        if number != self._used or number >= len(self._region.batches):
            raise RejectedError(
                f"{where} is used where batch {self._used} of {len(self._region.batches)} belongs"
            )
        batch = self._region.batches[number]
        if batch.target != target:
            raise RejectedError(f"{where}: the target is {batch.target[:40]!r}, not {target}")
        self._used += 1
        return batch, where

    def _check_rows(self, batch: Batch, paths: Sequence[Path], where: str) -> Asking:
        """Every literal upper bound is at least the exact one."""
        upper = batch.upper
        if upper.den < 1:
            raise RejectedError(f"{where}: the denominator {short(upper.den)} is not positive")
        if len(upper.num) != len(batch.rows):
            raise RejectedError(f"{where}: {len(upper.num)} bounds for {len(batch.rows)} rows")
        check_size(upper.den, where)
        for number in upper.num:
            check_size(number, where)
        asked = Walked(Job(batch, paths, self._ends, where))
        yield asked
        assert asked.answer is not None
        for r, ((top, den), number) in enumerate(zip(asked.answer, upper.num, strict=True)):
            if top * upper.den > number * den:
                raise RejectedError(
                    f"{where}, row {r}: the upper bound is below what the walk back gives"
                )

    def _check_tightened(self, box: RegionBox, number: int) -> Asking:
        batch, where = self._next_batch(number, box.node)
        if any(row.leaf is not None for row in batch.rows):
            raise RejectedError(f"{where}: a row that tightens a box holds on the region, no leaf")
        bounds, before = self._read(box), self._boxes[box.node]
        for r, row in enumerate(batch.rows):
            if len(row.form) != 1 or row.form[0][1] == 0:
                raise RejectedError(f"{where}, row {r}: a row that tightens a box has one entry")
        yield from self._check_rows(batch, [()] * len(batch.rows), where)
        # All ends that there are, over one denominator.
        factors = {abs(row.form[0][1]) for row in batch.rows}
        common = math.lcm(before.den, *(batch.upper.den * factor for factor in factors))
        lo, hi = (end.copy() for end in (before.over(common).lo, before.over(common).hi))
        for row, top in zip(batch.rows, batch.upper.num, strict=True):
            ((entry, factor),) = row.form
            end = top * (common // (batch.upper.den * abs(factor)))
            if factor > 0:
                hi[entry] = min(hi[entry], end)
            else:
                lo[entry] = max(lo[entry], -end)
        for k, (low, high) in enumerate(zip(lo, hi, strict=True)):
            if (
                bounds.lo[k] * common > low * bounds.den
                or bounds.hi[k] * common < high * bounds.den
            ):
                raise RejectedError(
                    f"{self._where}: {box.node}, index {k}: the box is tighter than before, and no "
                    f"row of batch {number} shows it"
                )
        self._keep(box, bounds)

    def _check_goal(self, case: Case, tree: dict[int, Path]) -> Generator[Ask, None, Shown]:
        batch, where = self._next_batch(self._region.goal, self._graph.output)
        if self._used != len(self._region.batches):
            raise RejectedError(f"{self._where}: batch {self._used} is not used")
        paths: list[Path] = []
        for r, row in enumerate(batch.rows):
            if row.leaf is not None and row.leaf not in tree:
                raise RejectedError(f"{where}, row {r}: there is no leaf {short(row.leaf)}")
            paths.append(() if row.leaf is None else tree[row.leaf])
        yield from self._check_rows(batch, paths, where)
        uppers = [Fraction(number, batch.upper.den) for number in batch.upper.num]
        shown: Shown = []
        rows = list(zip(batch.rows, uppers, strict=True))
        everywhere = [pair for pair in rows if pair[0].leaf is None]
        own: dict[int, list[tuple[Row, Fraction]]] = {number: [] for number in tree}
        for row, upper in rows:
            if row.leaf is not None:
                own[row.leaf].append((row, upper))
        for number in sorted(tree):
            best = row_bounds([*everywhere, *own[number]])
            shown += check_leaf(case.safe, best, f"{self._where}, leaf {number}")
        return shown

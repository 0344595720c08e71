"""Regions side by side in Lean: their forms pass the layers together, each limited to its boxes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import lcm, prod

from bridge.export.affine.costs import walked
from bridge.export.affine.cover import region_name
from bridge.export.affine.packing import PackedLanes, PackedRows, pack_lanes, pack_rows
from bridge.export.affine.region import Piece, RegionWriter, batch_lines
from bridge.export.affine.traces import context_text, order_of
from bridge.export.affine.walk import DECIDE, Inputs, walk
from bridge.export.affine.widths import Size
from bridge.export.case import Case
from bridge.export.packing import digit_width
from bridge.export.sections import Section
from bridge.export.statements import NamedText, Theorem
from bridge.export.traced import TracedBox, signature
from certificates.affine.format import Batch, Leaf, Region, Relax, Upper
from runtime.graph import Flatten, Graph, Linear, Relu, Reshape

__all__ = ["BesideWriter", "Numbered", "bundles"]

_MOST = 8
"""Regions side by side: the numbers of more would fill the kernel's memory."""

_CHECKED = 4
"""How much more the kernel keeps of the checks of a region's boxes than `costs` says of their
operators: with it, two regions of an ACAS Xu network share a file."""

Numbered = tuple[int, Region, Sequence[TracedBox]]


def bundles(case: Case, regions: Sequence[tuple[Region, list[TracedBox]]]) -> list[list[Numbered]]:
    """What can be side by side, with the numbers of the regions; others alone, as on a ball."""
    alike: dict[object, list[Numbered]] = {}
    for number, (region, boxes) in enumerate(regions, 1):
        kind = None if case.ball is not None else _kind(case.graph, region, boxes)
        alike.setdefault(kind or number, []).append((number, region, boxes))
    return [
        numbered[start : start + _MOST]
        for numbered in alike.values()
        for start in range(0, len(numbered), _MOST)
    ]


def _kind(
    graph: Graph, region: Region, boxes: Sequence[TracedBox]
) -> tuple[tuple[str, bool], ...] | None:
    """Equal for regions that can be side by side; None where Lean has no rule for that."""
    passed = (Linear, Relu, Flatten, Reshape)
    if not isinstance(region.tree, Leaf) or not all(isinstance(n.op, passed) for n in graph.nodes):
        return None
    if [box.batch for box in region.boxes if isinstance(box.batch, int)] + [region.goal] != list(
        range(len(region.batches))
    ):
        return None
    return signature(boxes)


@dataclass
class BesideWriter:
    """Writes several regions; the traces of the case are defined where its text can see them."""

    case: Case
    numbered: Sequence[Numbered]
    rows: list[dict[str, object]] = field(default_factory=list)
    lanes: list[dict[str, object]] = field(default_factory=list)
    definitions: list[NamedText] = field(default_factory=list)
    theorems: list[Theorem] = field(default_factory=list)
    cost: int = 0
    """Of the batches."""

    def __post_init__(self) -> None:
        self.regions = [
            RegionWriter(self.case, region, boxes) for _, region, boxes in self.numbered
        ]
        numbers = [number for number, _, _ in self.numbered]
        self.name = f"from_{region_name(numbers[0])}"
        self.names = [region_name(number) for number in numbers]
        self.graph: Graph = self.case.graph
        self.order = order_of(self.graph)

    def pieces(self) -> Iterator[Piece]:
        """Boxes and batches of all; then for each region what follows from them, and `sat`."""
        facts = [f"(Trace.Facts.box {self.case.input_box})" for _ in self.regions]
        batch = 0
        for place in range(len(self.regions[0].traced)):
            boxes = [writer.traced[place] for writer in self.regions]
            value = boxes[0].ends.node
            width = digit_width([n for box in boxes for n in (*box.ends.lo, *box.ends.hi)])
            shares = None
            if boxes[0].tightened is not None:
                shares, batch = self._batch(batch), batch + 1
            for k, (writer, box) in enumerate(zip(self.regions, boxes, strict=True)):
                if place == 0:
                    writer.start(box.ends, width)
                elif shares is None or box.tightened is None:
                    facts[k] = writer.bound(self.graph.node(value), facts[k], box.ends, width)
                else:
                    rows, proofs = shares
                    facts[k] = writer.tighten(
                        self.graph.node(value),
                        facts[k],
                        box.tightened,
                        box.ends,
                        rows,
                        proofs[k],
                        width,
                    )
                writer.facts[value] = facts[k]
        _, proofs = self._batch(batch)
        literals = [
            Section(name, boxes=writer.boxes, rows=writer.rows, lanes=writer.lanes)
            for name, writer in zip(self.names, self.regions, strict=True)
        ]
        yield Piece(self.name, [*literals, self._section()], self.cost)
        for name, writer, proof in zip(self.names, self.regions, proofs, strict=True):
            theorems = [*writer.theorems, writer.shown(f".of_bounds {proof}")]
            yield Piece(self.name, [Section(name, theorems=theorems)], _CHECKED * writer.cost)

    def _section(self) -> Section:
        """The batches."""
        return Section(
            self.name,
            rows=self.rows,
            lanes=self.lanes,
            definitions=self.definitions,
            theorems=self.theorems,
        )

    def _batch(self, index: int) -> tuple[PackedRows, list[str]]:
        """The theorem that bounds the forms of a batch of all regions.

        Returns the forms, and for each region the proof that bounds its forms.
        """
        batches = [writer.region.batches[index] for writer in self.regions]
        self.cost += len(batches) * walked(self.graph, batches[0].target)
        whole = _joined(self.graph, batches)
        counts = [len(batch.rows) for batch in batches]
        lines = zip(*(batch_lines(self.graph, batch) for batch in batches), strict=True)
        rows = pack_rows([list(chain.from_iterable(parts)) for parts in lines], 1)
        upper = pack_lanes(whole.upper.num, whole.upper.den)
        self.rows.append(
            {
                "name": f"batch_{index}_rows",
                "doc": f"{len(whole.rows)} forms of `{whole.target}`.",
                "value": rows,
            }
        )
        self.lanes.append(
            {"name": f"batch_{index}_upper", "doc": "What they do not exceed.", "value": upper}
        )
        first = self.order[0]
        proof = walk(
            self.graph,
            self.case.terms,
            whole,
            rows,
            Size(upper.den, upper.offset),
            {name: value.packed for name, value in self.regions[0].known.items()},
            {},
            lambda node: f"{node}_relaxed{index}",
            [Inputs(w.known[first].ends.lo, w.known[first].ends.hi) for w in self.regions],
            parts=True,
        )
        for node, relaxed in proof.relaxed.items():
            argument = self.graph.node(node).inputs[0]
            doc = f"The coefficients of `{argument}` that take the place of those of `{node}`."
            self.rows.append({"name": f"{node}_relaxed{index}", "doc": doc, "value": relaxed})
        self._limits(index, whole, counts, {self.graph.node(n).inputs[0] for n in proof.relaxed})
        self.theorems.append(
            Theorem(
                f"batch_{index}_bounds",
                f"On these boxes the forms of `{whole.target}` do not exceed their bounds.",
                f"Trace.Bounds {whole.target}_trace Post.all {len(whole.rows)} batch_{index}_limits"
                f"\n    (some batch_{index}_rows, Terms.none) batch_{index}_upper",
                " <|\n  ".join(proof.steps),
            )
        )
        return rows, self._shares(index, whole, rows, upper)

    def _shares(self, index: int, whole: Batch, rows: PackedRows, upper: PackedLanes) -> list[str]:
        """For each region the proof that bounds its forms."""
        before = self.order[self.order.index(whole.target) - 1]
        found, first = [], 0
        for writer in self.regions:
            batch = writer.region.batches[index]
            count, factor = len(batch.rows), upper.den // batch.upper.den
            forms = pack_rows(batch_lines(self.graph, batch), 1, least_bits=rows.bits)
            ends = pack_lanes(
                [factor * n for n in batch.upper.num], upper.den, least_bits=upper.bits
            )
            writer.define(f"batch_{index}_rows", f"{count} forms of `{whole.target}`.", forms)
            writer.define_lanes(f"batch_{index}_upper", "What they do not exceed.", ends)
            found.append(
                f"({self.name}.batch_{index}_bounds.part {writer.facts[before]} {first} {count} "
                f"batch_{index}_rows\n    batch_{index}_upper {DECIDE})"
            )
            first += count
        return found

    def _limits(self, index: int, batch: Batch, counts: Sequence[int], arguments: set[str]) -> None:
        """On which boxes the forms of each region rely."""
        values = self.order[: self.order.index(batch.target) + 1]
        found = []
        for value in reversed(values):
            if value != values[0] and value not in arguments:
                found.append("{}")
                continue
            parts = ", ".join(
                f"⟨{count}, {name}.{writer.known[value].box}.flat⟩"
                for count, name, writer in zip(counts, self.names, self.regions, strict=True)
            )
            found.append(f"{{ parts := [{parts}] }}")
        self.definitions.append(
            NamedText(
                f"batch_{index}_limits",
                "The boxes that the forms of each region are limited to: for each value, the last "
                "one first, those on which forms rely.",
                f"Cuts {context_text(self.graph, values)} :=\n  ({', '.join(found)}, ())",
            )
        )


def _joined(graph: Graph, batches: Sequence[Batch]) -> Batch:
    """The forms of several batches with one target, side by side."""
    nodes = {item.node for batch in batches for item in batch.relax}
    relax = []
    for node in reversed([node for node in graph.nodes if node.name in nodes]):
        items = [{item.node: item for item in batch.relax}.get(node.name) for batch in batches]
        den = lcm(*(item.den for item in items if item))
        lines: list[list[int]] = [[] for _ in range(prod(node.shape))]
        for batch, item in zip(batches, items, strict=True):
            for k, line in enumerate(lines):
                given = item.coefficients[k] if item else [0] * len(batch.rows)
                line += [den // item.den * n for n in given] if item else given
        relax.append(Relax(node.name, den, lines))
    den = lcm(*(batch.upper.den for batch in batches))
    num = [den // batch.upper.den * n for batch in batches for n in batch.upper.num]
    rows = [row for batch in batches for row in batch.rows]
    return Batch(batches[0].target, rows, relax, Upper(den, num))

"""Regions side by side in Lean: their forms pass the layers together, each limited to its boxes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import lcm, prod

from bridge.export.affine.costs import FILE, walked
from bridge.export.affine.cover import region_name
from bridge.export.affine.packing import PackedRows, pack_lanes, pack_rows
from bridge.export.affine.region import Piece, RegionWriter, batch_lines
from bridge.export.affine.traces import context_text, order_of
from bridge.export.affine.walk import DECIDE, walk
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

_LANES = 4096
"""Bytes of lanes up to which a product costs what `costs` says."""

Numbered = tuple[int, Region, Sequence[TracedBox]]


def bundles(
    graph: Graph, regions: Sequence[tuple[Region, list[TracedBox]]]
) -> list[list[Numbered]]:
    """Neighbors that can be side by side, with the numbers of the regions; others alone."""
    found: list[list[Numbered]] = []
    before = None
    for number, (region, boxes) in enumerate(regions, 1):
        kind = _kind(graph, region, boxes)
        if kind is None or kind != before or len(found[-1]) == _MOST:
            found.append([])
        found[-1].append((number, region, boxes))
        before = kind
    return found


def _kind(graph: Graph, region: Region, boxes: Sequence[TracedBox]) -> object:
    """Equal for regions that can be side by side; None where the Lean library has no rule for that."""
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
    """Of what has been written since the last piece."""

    def __post_init__(self) -> None:
        self.regions = [
            RegionWriter(self.case, region, boxes) for _, region, boxes in self.numbered
        ]
        numbers = [number for number, _, _ in self.numbered]
        self.name = f"regions_{numbers[0]}_to_{numbers[-1]}"
        self.names = [region_name(number) for number in numbers]
        self.graph: Graph = self.case.graph
        self.order = order_of(self.graph)

    def pieces(self) -> Iterator[Piece]:
        """Boxes and batches of all regions, and in the last piece `sat` of each."""
        facts = [f"(Trace.Facts.box {self.case.input_box})" for _ in self.regions]
        batch = 0
        for place in range(len(self.regions[0].traced)):
            boxes = [writer.traced[place] for writer in self.regions]
            value = boxes[0].ends.node
            width = digit_width([n for box in boxes for n in (*box.ends.lo, *box.ends.hi)])
            if place == 0:
                for writer, box in zip(self.regions, boxes, strict=True):
                    writer.start(box.ends, width)
            elif boxes[0].tightened is None:
                for k, (writer, box) in enumerate(zip(self.regions, boxes, strict=True)):
                    facts[k] = writer.bound(self.graph.node(value), facts[k], box.ends, width)
            else:
                rows, bounds = self._batch(batch)
                for k, (writer, box) in enumerate(zip(self.regions, boxes, strict=True)):
                    if box.tightened is None:
                        raise TypeError("a tightened box is needed")
                    node = self.graph.node(value)
                    facts[k] = writer.tighten(
                        node, facts[k], box.tightened, box.ends, rows, bounds[k], width
                    )
                batch += 1
            for writer, fact in zip(self.regions, facts, strict=True):
                writer.facts[value] = fact
            if self.cost > FILE:
                yield self._piece()
        _, bounds = self._batch(batch)
        for writer, text in zip(self.regions, bounds, strict=True):
            writer.theorems.append(writer.shown(f".of_bounds {text}"))
        yield self._piece()

    def _piece(self) -> Piece:
        """What has been written since the last one: boxes, then batches, then what follows."""
        sections = [
            Section(name, boxes=writer.boxes)
            for name, writer in zip(self.names, self.regions, strict=True)
        ]
        sections.append(
            Section(
                self.name,
                rows=self.rows,
                lanes=self.lanes,
                definitions=self.definitions,
                theorems=self.theorems,
            )
        )
        for name, writer in zip(self.names, self.regions, strict=True):
            sections.append(Section(name, theorems=writer.theorems))
            writer.boxes, writer.theorems = [], []
        piece = Piece(self.name, sections, self.cost)
        self.rows, self.lanes, self.definitions, self.theorems = [], [], [], []
        self.cost = 0
        return piece

    def _batch(self, index: int) -> tuple[PackedRows, list[str]]:
        """The theorem that bounds the forms of a batch of all regions.

        Returns the forms, and for each region the proof that bounds its forms.
        """
        batches = [writer.region.batches[index] for writer in self.regions]
        whole = _joined(self.graph, batches)
        counts = [len(batch.rows) for batch in batches]
        rows = pack_rows(
            [
                sum(lines, [])
                for lines in zip(*(batch_lines(self.graph, b) for b in batches), strict=True)
            ],
            1,
        )
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
            [(w.known[first].ends.lo, w.known[first].ends.hi) for w in self.regions],
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
                f"The forms of `{whole.target}` do not exceed their bounds where they are limited to.",
                f"Trace.Bounds {whole.target}_trace Post.all {len(whole.rows)} batch_{index}_limits"
                f"\n    (some batch_{index}_rows, Terms.none) batch_{index}_upper",
                " <|\n  ".join(proof.steps),
            )
        )
        bytes_of_lanes = len(whole.rows) * proof.bits // 8
        self.cost += walked(self.graph, whole.target) * max(1, -(-bytes_of_lanes // _LANES))
        before = self.order[self.order.index(whole.target) - 1]
        firsts = [sum(counts[:k]) for k in range(len(counts))]
        return rows, [
            f"({self.name}.batch_{index}_bounds.part {writer.facts[before]} {start} {count} {DECIDE})"
            for writer, start, count in zip(self.regions, firsts, counts, strict=True)
        ]

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
                "The boxes that the forms of each region are limited to: for each value, the last one "
                "first, those on which forms rely.",
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

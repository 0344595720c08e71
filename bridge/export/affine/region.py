"""A region of an affine certificate in Lean: boxes along the traces, a bound for each batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import lcm, prod

from bridge.export.affine.costs import FILE, products, walked
from bridge.export.affine.cover import sat
from bridge.export.affine.packing import PackedLanes, PackedRows, pack_lanes, pack_rows
from bridge.export.affine.picks import picks
from bridge.export.affine.traces import context_text, order_of
from bridge.export.affine.trees import Forest, cut_denominator, forest
from bridge.export.affine.walk import DECIDE, BallRule, Inputs, Walk, walk
from bridge.export.affine.widths import Size
from bridge.export.case import Case
from bridge.export.packing import PackedBox, digit_width, literal, pack_box
from bridge.export.sections import Section
from bridge.export.statements import NamedText, NamedValue, Theorem
from bridge.export.traced import TracedBox
from bridge.export.widths import conv_bits
from certificates.affine.format import Batch, Leaf, Region
from certificates.format import NodeBox
from runtime.graph import Conv2d, Graph, Node

__all__ = ["Piece", "RegionWriter", "Value", "batch_lines"]


@dataclass(frozen=True)
class Value:
    """A value of the program with a box: its name, and that of the box."""

    box: str
    packed: PackedBox
    ends: NodeBox


@dataclass(frozen=True)
class Piece:
    """What fits into a file of one region, or of several side by side.

    Attributes:
        unit: what it is a piece of; the pieces of a unit rest on those before them.
        sections: its text.
        cost: see `costs`.
    """

    unit: str
    sections: Sequence[Section]
    cost: int


@dataclass
class RegionWriter:
    """Writes one region; the traces of the case are defined where its text can see them."""

    case: Case
    region: Region
    traced: Sequence[TracedBox]
    boxes: list[NamedValue] = field(default_factory=list)
    rows: list[dict[str, object]] = field(default_factory=list)
    lanes: list[dict[str, object]] = field(default_factory=list)
    definitions: list[NamedText] = field(default_factory=list)
    theorems: list[Theorem] = field(default_factory=list)
    cost: int = 0
    """Of what has been written since the last piece."""
    known: dict[str, Value] = field(default_factory=dict)
    """The best box of each value so far."""
    facts: dict[str, str] = field(default_factory=dict)
    """The theorem on the boxes of what has run up to a value, by its name."""

    @property
    def graph(self) -> Graph:
        return self.case.graph

    @cached_property
    def order(self) -> list[str]:
        """The names of all values as they appear."""
        return order_of(self.graph)

    def pieces(self, name: str = "") -> Iterator[Piece]:
        """Boxes, batches and, in the last piece, `sat`; in a namespace where there is a name.

        What a piece needs is defined before, in the same namespace.
        """
        fact = f"(Trace.Facts.box {self.case.input_box})"
        if self.case.ball is not None:
            fact = f"(Trace.Facts.boxIn {self.case.input_box} _)"
        first = self.order[0]
        for box in self.traced:
            value = box.ends.node
            if value == first:
                self.start(self._fitted(box.ends))
            elif box.tightened is None:
                fact = self.bound(self.graph.node(value), fact, box.ends)
            else:
                fact = self._tighten(self.graph.node(value), fact, box.tightened, box.ends)
                if self.cost > FILE:
                    yield self._piece(name)
            self.facts[value] = fact
        self.theorems.append(self._goal())
        yield self._piece(name)

    def _piece(self, name: str) -> Piece:
        """What has been written since the last one."""
        section = Section(
            name,
            boxes=self.boxes,
            rows=self.rows,
            lanes=self.lanes,
            definitions=self.definitions,
            theorems=self.theorems,
        )
        piece = Piece(name, [section], self.cost)
        self.boxes, self.rows, self.lanes = [], [], []
        self.definitions, self.theorems, self.cost = [], [], 0
        return piece

    def _fitted(self, ends: NodeBox) -> NodeBox:
        """The box of the input over a denominator that splits of the input fit."""
        factor = lcm(ends.den, cut_denominator(self.region, ends.node)) // ends.den
        lo, hi = ([factor * n for n in end] for end in (ends.lo, ends.hi))
        return NodeBox(ends.node, factor * ends.den, lo, hi)

    def start(self, ends: NodeBox, width: int = 0) -> None:
        """The box of the input; digits of all boxes have at least `width` bits."""
        self._box(ends, f"{ends.node}_box", f"Bounds of `{ends.node}`.", width)

    def _box(self, ends: NodeBox, name: str, doc: str, width: int = 0) -> None:
        shape = self.graph.shape_of(ends.node)
        packed = pack_box(ends.lo, ends.hi, ends.den, shape, least_width=width)
        self.boxes.append(NamedValue(name, doc, packed))
        self.known[ends.node] = Value(name, packed, ends)

    def _environment(self, upto: str) -> str:
        """The boxes of all values up to a node, the last one first."""
        names = self.order[: self.order.index(upto) + 1]
        return "(" + "".join(f"{self.known[name].box}, " for name in reversed(names)) + "())"

    def bound(self, node: Node, fact: str, ends: NodeBox, width: int = 0) -> str:
        """The interval rule of the node's operator; returns the theorem's name."""
        lean = self.case.terms[node.name]
        self.cost += products(node)
        name = f"{node.name}_box"
        self._box(ends, name, f"Bounds of `{node.name}`.", width)
        hint = ""
        if isinstance(node.op, Conv2d):
            pair = self.known[node.inputs[0]].ends, ends
            hint = f" (bits := {conv_bits(node, lean, [pair])})"
        self.theorems.append(
            Theorem(
                f"{node.name}_facts",
                f"Whatever the program has produced up to `{node.name}` lies in its boxes.",
                f"Trace.Facts {node.name}_trace {self.case.inputs}\n    "
                f"{self._environment(node.name)}",
                f"{fact}.bind {name} ({lean.lemma}{hint} {DECIDE})",
            )
        )
        return f"{node.name}_facts"

    def _tighten(self, node: Node, fact: str, index: int, ends: NodeBox) -> str:
        """Rows make the box of the node smaller; returns the theorem's name."""
        number = self.region.boxes[index].batch
        if not isinstance(number, int):
            raise TypeError("a tightened box is needed")
        self.facts[node.name] = fact
        rows = self._batch(self.region.batches[number], number, "Cuts.none")
        return self.tighten(node, fact, index, ends, rows, f"batch_{number}_bounds")

    def tighten(
        self,
        node: Node,
        fact: str,
        index: int,
        ends: NodeBox,
        rows: PackedRows,
        bounds: str,
        width: int = 0,
    ) -> str:
        """Bounds on forms make the box of the node smaller; returns the theorem's name."""
        number = self.region.boxes[index].batch
        if not isinstance(number, int):
            raise TypeError("a tightened box is needed")
        batch, before = self.region.batches[number], self.known[node.name].ends
        name = f"{node.name}_tight{index}"
        self._box(ends, name, f"Smaller bounds of `{node.name}`.", width)
        low, high = picks(before, ends, batch)
        places = digit_width([len(batch.rows)])
        bits = max(rows.bits, (4 * prod(node.shape) * rows.offset).bit_length() + 1)
        self.theorems.append(
            Theorem(
                f"{node.name}_facts{index}",
                f"Bounds on forms of `{node.name}` make its box smaller.",
                f"Trace.Facts {node.name}_trace {self.case.inputs}\n    "
                f"{self._environment(node.name)}",
                f"{fact}.tighten {bits} {bounds} {name} {places}\n    "
                f"{literal(low, places)} {literal(high, places)} {DECIDE}",
            )
        )
        return f"{node.name}_facts{index}"

    def _batch(self, batch: Batch, index: int, cuts: str) -> PackedRows:
        """The theorem that bounds the forms of a batch; returns these."""
        self.cost += walked(self.graph, batch.target)
        count = len(batch.rows)
        rows = pack_rows(batch_lines(self.graph, batch), 1)
        upper = pack_lanes(batch.upper.num, batch.upper.den)
        self.define(f"batch_{index}_rows", f"{count} forms of `{batch.target}`.", rows)
        self.define_lanes(f"batch_{index}_upper", "What they do not exceed.", upper)
        proof = self._walk(batch, rows, upper, f"_relaxed{index}")
        for node, relaxed in proof.relaxed.items():
            argument = self.graph.node(node).inputs[0]
            self.define(
                f"{node}_relaxed{index}",
                f"The coefficients of `{argument}` that take the place of those of `{node}`.",
                relaxed,
            )
        self.theorems.append(
            Theorem(
                f"batch_{index}_bounds",
                f"The forms of `{batch.target}` do not exceed their bounds.",
                f"Trace.Bounds {batch.target}_trace {self.case.inputs} {count} {cuts}"
                f"\n    (some batch_{index}_rows, Terms.none) batch_{index}_upper",
                " <|\n  ".join(proof.steps),
            )
        )
        return rows

    def _walk(self, batch: Batch, rows: PackedRows, upper: PackedLanes, suffix: str) -> Walk:
        first = self.known[self.graph.inputs[0].name]
        return walk(
            self.graph,
            self.case.terms,
            batch,
            rows,
            Size(upper.den, upper.offset),
            {name: value.packed for name, value in self.known.items()},
            dict(self.facts),
            lambda node: f"{node}{suffix}",
            [Inputs(first.ends.lo, first.ends.hi, self._ball())],
        )

    def _ball(self) -> BallRule | None:
        """The ball that the inputs lie in, where the certificate uses one."""
        robust, ball = self.case.claim.prop.robust, self.case.ball
        if robust is None or ball is None:
            return None
        den = lcm(*(v.denominator for v in robust.center))
        total = sum(abs(v) for v in robust.center) * den
        return BallRule(robust.norm, int(total), den)

    def _goal(self) -> Theorem:
        """The condition from the last batch, at each leaf from the forms of the leaf."""
        index = self.region.goal
        batch = self.region.batches[index]
        if isinstance(self.region.tree, Leaf):
            self._batch(batch, index, "Cuts.none")
            rule = f".of_bounds batch_{index}_bounds"
        else:
            values = self.order[: self.order.index(batch.target) + 1]
            found = forest(self.region, values, self.known[values[0]].ends)
            self._forest(found, index, values)
            self._batch(found.batch, index, f"batch_{index}_cuts")
            rule = f".of_tree tree batch_{index}_bounds"
        return self.shown(rule)

    def shown(self, rule: str) -> Theorem:
        """The condition, by a rule for what the program returns."""
        binds = "".join(".bind <| " for _ in self.graph.nodes)
        start = "" if self.case.ball is not None else ".of_satOn <| "
        return sat(self.case, f"{start}{binds}\n  {rule} {DECIDE}")

    def _forest(self, found: Forest, index: int, values: Sequence[str]) -> None:
        context = context_text(self.graph, values)
        cuts = ", ".join(_limits(found.cuts, name) for name in reversed(values))
        self.definitions += [
            NamedText(
                f"batch_{index}_cuts",
                "Where each form is bounded: for each value, the last one first, the sides of its "
                "entries on which forms rely.",
                f"Cuts {context} :=\n  ({cuts}, ())",
            ),
            NamedText(
                "tree",
                "How the values are split, and the forms of each leaf.",
                f"Tree {context} :=\n  {found.tree}",
            ),
        ]

    def define(self, name: str, doc: str, value: PackedRows) -> None:
        """A literal of rows."""
        self.rows.append({"name": name, "doc": doc, "value": value})

    def define_lanes(self, name: str, doc: str, value: PackedLanes) -> None:
        """A literal of lanes."""
        self.lanes.append({"name": name, "doc": doc, "value": value})


def batch_lines(graph: Graph, batch: Batch) -> list[list[int]]:
    """The coefficients of the forms of a batch: a line for each entry of the target."""
    size, count = prod(graph.shape_of(batch.target)), len(batch.rows)
    lines = [[0] * count for _ in range(size)]
    for number, row in enumerate(batch.rows):
        for entry, coefficient in row.form:
            lines[entry][number] += coefficient
    return lines


def _limits(cuts: Mapping[str, Sequence[str]], name: str) -> str:
    """The limits that are cuts of a value."""
    found = cuts.get(name)
    return f"{{ cuts := [{', '.join(found)}] }}" if found else "{}"

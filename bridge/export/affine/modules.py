"""Affine certificates as Lean modules: traces, boxes along them, a bound for each batch."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod

from bridge.export.affine.packing import PackedLanes, PackedRows, pack_lanes, pack_rows
from bridge.export.affine.picks import picks
from bridge.export.affine.walk import DECIDE, Walk, walk
from bridge.export.affine.widths import Size
from bridge.export.case import Case
from bridge.export.operators import op_type, shape_text
from bridge.export.packing import PackedBox, digit_width, literal, pack_box
from bridge.export.statements import NamedText, NamedValue, Theorem
from bridge.export.traced import interval_pairs, traced_boxes
from bridge.export.widths import conv_bits
from certificates.affine.format import AffineCertificate, Batch, Leaf, Region
from certificates.format import NodeBox
from runtime.errors import UnsupportedError
from runtime.graph import Conv2d, Graph, Node

__all__ = ["affine_modules"]


def affine_modules(case: Case) -> dict[str, str]:
    """The module of the case, by its name.

    Raises UnsupportedError for what the Lean library or this exporter does not cover: splits, and
    operators that rows do not pass.
    """
    certificate = case.certificate
    if not isinstance(certificate, AffineCertificate):
        raise TypeError("an affine certificate is needed")
    region = certificate.root
    if not isinstance(region, Region) or not isinstance(region.tree, Leaf):
        raise UnsupportedError(
            f"The certificate of {case.claim.id} splits its inputs; "
            "such certificates are not exported yet."
        )
    return {case.module: _Writer(case, certificate, region).text()}


@dataclass(frozen=True)
class _Value:
    """A value of the program with a box: its name, and that of the box."""

    box: str
    packed: PackedBox
    ends: NodeBox


@dataclass
class _Writer:
    case: Case
    certificate: AffineCertificate
    region: Region
    boxes: list[NamedValue] = field(default_factory=list)
    rows: list[dict[str, object]] = field(default_factory=list)
    lanes: list[dict[str, object]] = field(default_factory=list)
    theorems: list[Theorem] = field(default_factory=list)
    known: dict[str, _Value] = field(default_factory=dict)
    """The best box of each value so far."""
    facts: dict[str, str] = field(default_factory=dict)
    """The theorem on the boxes of what has run up to a value, by its name."""

    @property
    def graph(self) -> Graph:
        return self.case.graph

    @property
    def order(self) -> list[str]:
        return [self.graph.inputs[0].name, *(node.name for node in self.graph.nodes)]

    def text(self) -> str:
        """The module."""
        fact = f"(Trace.Facts.box {self.case.input_box})"
        last = self.graph.inputs[0].name
        for box in traced_boxes(self.graph, self.region):
            name = box.ends.node
            if name == last and box.tightened is None:
                self._box(box.ends, f"{name}_box", f"Bounds of `{name}`.")
            elif box.tightened is None:
                fact = self._bound(self.graph.node(name), fact, box.ends)
            else:
                fact = self._tighten(self.graph.node(name), fact, box.tightened, box.ends)
            self.facts[name] = fact
        self._batch(self.region.goal)
        self.theorems.append(self._sat())
        doc = (
            f"Affine bounds that show that `{self.case.claim.id}` holds: linear forms of the "
            "outputs are replaced by linear forms of earlier values, down to the input; the kernel "
            "evaluates each check on the literals."
        )
        return self.case.text(
            doc,
            [f"{self.case.root}.Property"],
            boxes=self.boxes,
            rows=self.rows,
            lanes=self.lanes,
            definitions=self._traces(),
            theorems=[*self.case.entry(), *self.theorems],
        )

    def _box(self, ends: NodeBox, name: str, doc: str) -> None:
        packed = pack_box(ends.lo, ends.hi, ends.den, self.graph.shape_of(ends.node))
        self.boxes.append(NamedValue(name, doc, packed))
        self.known[ends.node] = _Value(name, packed, ends)

    def _environment(self, upto: str) -> str:
        """The boxes of all values up to a node, the last one first."""
        names = self.order[: self.order.index(upto) + 1]
        return "(" + "".join(f"{self.known[name].box}, " for name in reversed(names)) + "())"

    def _bound(self, node: Node, fact: str, ends: NodeBox) -> str:
        """The interval rule of the node's operator; returns the theorem's name."""
        lean = self.case.terms[node.name]
        name = f"{node.name}_box"
        self._box(ends, name, f"Bounds of `{node.name}`.")
        hint = ""
        if isinstance(node.op, Conv2d):
            pairs = interval_pairs(self.graph, node, self.certificate)
            hint = f" (bits := {conv_bits(node, lean, pairs)})"
        self.theorems.append(
            Theorem(
                f"{node.name}_facts",
                f"Whatever the program has produced up to `{node.name}` lies in its boxes.",
                f"Trace.Facts {node.name}_trace {self.case.input_box}.inputs\n    "
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
        batch, before = self.region.batches[number], self.known[node.name].ends
        self.facts[node.name] = fact
        rows = self._batch(number)
        name = f"{node.name}_tight{index}"
        self._box(ends, name, f"Smaller bounds of `{node.name}`.")
        low, high = picks(before, ends, batch)
        width = digit_width([len(batch.rows)])
        bits = max(rows.bits, (4 * prod(node.shape) * rows.offset).bit_length() + 1)
        self.theorems.append(
            Theorem(
                f"{node.name}_facts{index}",
                f"Bounds on forms of `{node.name}` make its box smaller.",
                f"Trace.Facts {node.name}_trace {self.case.input_box}.inputs\n    "
                f"{self._environment(node.name)}",
                f"{fact}.tighten {bits} batch_{number}_bounds {name} {width}\n    "
                f"{literal(low, width)} {literal(high, width)} {DECIDE}",
            )
        )
        return f"{node.name}_facts{index}"

    def _batch(self, index: int) -> PackedRows:
        """The theorem that bounds the forms of a batch; returns these."""
        batch = self.region.batches[index]
        size, count = prod(self.graph.shape_of(batch.target)), len(batch.rows)
        lines = [[0] * count for _ in range(size)]
        for number, row in enumerate(batch.rows):
            for entry, coefficient in row.form:
                lines[entry][number] += coefficient
        rows, upper = pack_rows(lines, 1), pack_lanes(batch.upper.num, batch.upper.den)
        self._define(f"batch_{index}_rows", f"{count} forms of `{batch.target}`.", rows)
        self._define_lanes(f"batch_{index}_upper", "What they do not exceed.", upper)
        proof = self._walk(batch, rows, upper, f"_relaxed{index}")
        for node, relaxed in proof.relaxed.items():
            argument = self.graph.node(node).inputs[0]
            self._define(
                f"{node}_relaxed{index}",
                f"The coefficients of `{argument}` that take the place of those of `{node}`.",
                relaxed,
            )
        self.theorems.append(
            Theorem(
                f"batch_{index}_bounds",
                f"The forms of `{batch.target}` do not exceed their bounds.",
                f"Trace.Bounds {batch.target}_trace {self.case.input_box}.inputs {count} Cuts.none"
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
            (first.ends.lo, first.ends.hi),
        )

    def _sat(self) -> Theorem:
        formula = self.case.formula
        binds = "".join(".bind <| " for _ in self.graph.nodes)
        return Theorem(
            "sat",
            "The network, on the first box, satisfies the condition.",
            f"Prog.Sat model ({self.case.input_box}, ())\n    "
            f"fun _ _ _ y => Formula.Holds y {formula}",
            f".of_satOn <| {binds}\n  .of_bounds batch_{self.region.goal}_bounds {DECIDE}",
        )

    def _traces(self) -> list[NamedText]:
        """What has run, node by node."""
        graph, first = self.graph, self.graph.inputs[0]
        shapes = [first.shape]
        start = shape_text(first.shape)
        found = [
            NamedText(
                f"{first.name}_trace", "The input alone.", f"Trace {start} [{start}] := .input"
            )
        ]
        names = [first.name]
        for node in graph.nodes:
            arguments = ".nil"
            for name in reversed(node.inputs):
                place = len(names) - 1 - names.index(name)
                variable = ".last"
                for _ in range(place):
                    variable = f"(.before {variable})"
                arguments = f"(.cons {variable} {arguments})"
            shapes.append(node.shape)
            context = ", ".join(shape_text(shape) for shape in reversed(shapes))
            term = self.case.terms[node.name].expression
            found.append(
                NamedText(
                    f"{node.name}_trace",
                    f"What has run up to `{node.name}`.",
                    f"Trace {start} [{context}] :=\n  {names[-1]}_trace.bind "
                    f"({term} : {op_type(graph, node)}) {arguments}",
                )
            )
            names.append(node.name)
        return found

    def _define(self, name: str, doc: str, value: PackedRows) -> None:
        self.rows.append({"name": name, "doc": doc, "value": value})

    def _define_lanes(self, name: str, doc: str, value: PackedLanes) -> None:
        self.lanes.append({"name": name, "doc": doc, "value": value})

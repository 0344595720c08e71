"""A float32 budget as Lean text: literals, two theorems for each node, and the chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bridge.export.case import DECIDE, TIGHT, Case
from bridge.export.claims import Claim
from bridge.export.float32.tracks import Wants, row, unflushed
from bridge.export.operators import Term, fraction_text, op_type
from bridge.export.packing import pack_box, pack_magnitudes
from bridge.export.sections import Section
from bridge.export.statements import NamedValue, Theorem, limits_text
from bridge.export.widths import conv_bits, majorant_bits
from certificates import Certificate
from certificates.float32 import Float32Budget, Magnitudes, NodeBudget
from runtime.graph import Conv2d, Graph, Node, Shape

__all__ = ["BudgetWriter"]


@dataclass(frozen=True)
class BudgetWriter:
    """Writes the budget of one claim, into its namespace `Budget.CLAIM`.

    Boxes that an interval certificate of the claim has too, and the theorems about them, are taken
    from there.

    Attributes:
        graph: the lowered graph.
        terms: the Lean term of each node.
        claim: a bound claim with a budget.
        cases: its cases.
    """

    graph: Graph
    terms: Mapping[str, Term]
    claim: Claim
    cases: Sequence[Case] = field(repr=False)

    @property
    def place(self) -> str:
        """The namespace, below the root."""
        return f"Budget.{self.claim.id}"

    @property
    def doc(self) -> str:
        """What the chapter is about."""
        return (
            f"By how much a binary32 run can be off, for `{self.claim.id}_float32`: boxes of the "
            "exact values, and for each entry of each node a bound on the error."
        )

    @property
    def budget(self) -> Float32Budget:
        """The budget itself."""
        if self.claim.float32 is None:
            raise TypeError("a claim with a budget is needed")
        return self.claim.float32

    def literals(self) -> Section:
        """Boxes, errors, majorants and shifts."""
        boxes = [
            NamedValue(
                f"{box.node}_box",
                f"Bounds of the exact `{box.node}`.",
                pack_box(box.lo, box.hi, box.den, self.graph.shape_of(box.node)),
            )
            for box in (self.budget.input, *(entry.box for entry in self.budget.nodes))
            if box.node not in self._shared
        ]
        magnitudes = []
        for node, entry in self._nodes():
            magnitudes += [
                NamedValue(name, doc, pack_magnitudes(value.digits, value.den, shape))
                for name, doc, value, shape in self._magnitudes(node, entry)
            ]
        return Section(boxes=boxes, magnitudes=magnitudes)

    def steps(self, node: Node) -> list[Theorem]:
        """That the node maps its inputs' boxes into its own, and keeps to its error."""
        entry = next(entry for entry in self.budget.nodes if entry.node == node.name)
        lean = self.terms[node.name]
        operator = f"({lean.expression} : {op_type(self.graph, node)})"
        boxes = "".join(f"{self._box(name)}, " for name in node.inputs)
        errors = "".join(f"{self._error(name)}, " for name in node.inputs)
        tracks = Theorem(
            f"{node.name}_drift",
            f"In a run, `{node.name}` is off by at most `{node.name}_error`.",
            f"Op.Tracks Float.binary32 {operator}\n    ({boxes}()) ({errors}()) {node.name}_error",
            f"{row(node).lemma}{self._arguments(node, entry)} ({DECIDE})",
        )
        if node.name in self._shared:
            return [tracks]
        hint = ""
        if isinstance(node.op, Conv2d):
            pair = self.budget.box_of(node.inputs[0]), entry.box
            hint = f" (bits := {conv_bits(node, lean, [pair])})"
        maps = Theorem(
            f"{node.name}_step",
            f"Node `{node.name}` maps its inputs' bounds into its own.",
            f"Op.Maps {operator}\n    ({boxes}()) {self._box(node.name)}",
            f"{lean.lemma}{hint} ({DECIDE})",
        )
        return [maps, tracks]

    def conclusions(self) -> list[Theorem]:
        """The chain of all steps; and for each case that its inputs lie in the first box, and that
        what is left of its margins suffices."""
        source = self.graph.inputs[0].name
        chain = [
            f"Prog.Within.bind {self._step(node.name)} {node.name}_drift <|"
            for node in self.graph.nodes
        ]
        found = [
            Theorem(
                "within",
                "In a run of the network, the output is off by at most its error.",
                f"Prog.Within Float.binary32 model ({self._box(source)}, ()) "
                f"(Magnitudes.zero, ()) {self.graph.output}_error",
                "\n  ".join([*chain, "Prog.Within.ret"]),
            )
        ]
        for case in self.cases:
            found += self._about(case, self._box(source))
        return found

    def _about(self, case: Case, box: str) -> list[Theorem]:
        name, robust = case.proof.name, self.claim.prop.robust
        check = f"boxWithin {name}_input"
        if robust is not None:
            near = f"{self.claim.id}_center {fraction_text(robust.eps)} {limits_text(robust)}"
            check = f"nearCheck {near}"
        tight = f"Certificate.{name}.{TIGHT}"
        return [
            Theorem(
                f"{name}_input",
                f"All inputs of `{name}` lie in the first box.",
                f"{check} {box} = true",
                DECIDE,
            ),
            Theorem(
                f"{name}_covers",
                "The tighter condition leaves room for the errors.",
                case.covers(tight, f"{self.graph.output}_error"),
                DECIDE,
            ),
        ]

    @cached_property
    def _shared(self) -> Mapping[str, str]:
        """The namespace of the certificate, for each value whose box stands there too."""
        if len(self.cases) != 1:
            return {}
        (case,) = self.cases
        if not isinstance(case.certificate, Certificate):
            return {}
        ours = {box.node: box for box in (self.budget.input, *(e.box for e in self.budget.nodes))}
        same: dict[str, str] = {}
        for box in case.certificate.boxes:
            # A theorem about a node's box speaks about the boxes of its inputs as well.
            inputs = [] if box.node == self.budget.input.node else self.graph.node(box.node).inputs
            if box == ours.get(box.node) and all(name in same for name in inputs):
                same[box.node] = case.place
        return same

    def _nodes(self) -> list[tuple[Node, NodeBudget]]:
        return list(zip(self.graph.nodes, self.budget.nodes, strict=True))

    def _box(self, name: str) -> str:
        place = self._shared.get(name)
        return f"{place}.{name}_box" if place else f"{name}_box"

    def _step(self, name: str) -> str:
        place = self._shared.get(name)
        return f"{place}.{name}_step" if place else f"{name}_step"

    def _error(self, name: str) -> str:
        return "Magnitudes.zero" if name == self.graph.inputs[0].name else f"{name}_error"

    def _magnitudes(
        self, node: Node, entry: NodeBudget
    ) -> list[tuple[str, str, Magnitudes, Shape]]:
        """Name, docstring, value and shape of what the node's theorem mentions."""
        name, wants = node.name, row(node).wants
        found = [(f"{name}_error", f"What `{name}` can be off by.", entry.error, node.shape)]
        if wants in (Wants.MAJORANTS, Wants.SUMS, Wants.SHIFT):
            for number, (value, source) in enumerate(
                zip(entry.majorants, node.inputs, strict=True), 1
            ):
                doc = f"What `{source}` is off by, and what `{name}` adds to that by rounding."
                shape = self.graph.shape_of(source)
                found.append((f"{name}_majorant{number}", doc, value, shape))
        if wants in (Wants.CARRIED, Wants.SUMS):
            doc = f"What `{name}` can be off by before it is flushed."
            found.append((f"{name}_carried", doc, unflushed(entry), node.shape))
        if wants is Wants.SHIFT and entry.shift is not None:
            doc = f"What the bias of `{name}` adds."
            shape = (len(entry.shift.digits),)
            found.append((f"{name}_offset", doc, entry.shift, shape))
        return found

    def _arguments(self, node: Node, entry: NodeBudget) -> str:
        wants = row(node).wants
        words = [name for name, *_ in self._magnitudes(node, entry)[1:]]
        if wants not in (Wants.NOTHING, Wants.CARRIED):
            words = [str(entry.gamma[0]), str(entry.gamma[1]), *words]
        if isinstance(node.op, Conv2d):
            words.insert(0, str(majorant_bits(node, self.terms[node.name], entry)))
        return "".join(f" {word}" for word in words)

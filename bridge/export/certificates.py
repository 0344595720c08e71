"""The certificate of a claim as Lean modules: literal boxes, a theorem for each node, the chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from bridge.export.claims import CaseProof, Claim
from bridge.export.environment import render_template
from bridge.export.names import camel, module_names
from bridge.export.operators import Term, fraction_text, op_type
from bridge.export.packing import binary32_exponents, common, pack_box, pack_const
from bridge.export.statements import NamedValue, Theorem, limits_text
from bridge.export.widths import conv_bits
from certificates import Certificate
from runtime.graph import Conv2d, Graph, Linear, Node

__all__ = ["certificate_files"]

_LIGHT = 30_000
"""Products that the kernel forms in a few seconds: nodes up to this cost share a module."""


def certificate_files(
    root: str, graph: Graph, terms: dict[str, Term], claim: Claim
) -> dict[str, str]:
    """Module names and texts; a module for each case, and more where nodes are heavy."""
    files: dict[str, str] = {}
    for proof in claim.proofs:
        files |= _CaseWriter(root, graph, terms, claim, proof).files()
    return files


@dataclass
class _CaseWriter:
    root: str
    graph: Graph
    terms: dict[str, Term]
    claim: Claim
    proof: CaseProof

    @property
    def _certificate(self) -> Certificate:
        return self.proof.certificate

    @property
    def _module(self) -> str:
        return f"{self.root}.Certificate.{camel(self.proof.name)}"

    def files(self) -> dict[str, str]:
        bounded = [node for node in self.graph.nodes if self._certificate.box_of(node.name)]
        heavy = [node for node in bounded if _cost(self.graph, node) > _LIGHT]
        light = [node for node in bounded if _cost(self.graph, node) <= _LIGHT]
        if not heavy:
            return {
                self._module: self._main(
                    [f"{self.root}.Property"], self._constants(), self._boxes(), light
                )
            }
        boxes = f"{self._module}.Boxes"
        files = {
            boxes: self._text(
                "boxes", [f"{self.root}.Property"], self._constants(), self._boxes(), []
            )
        }
        components = module_names(["boxes", *(node.name for node in self.graph.nodes)])
        for node in heavy:
            steps = [self._step(node)]
            files[f"{self._module}.{components[node.name]}"] = self._text(
                f"node {node.name}", [boxes], [], [], steps
            )
        files[self._module] = self._main(list(files), [], [], light)
        return files

    def _main(
        self,
        imports: Sequence[str],
        constants: list[NamedValue],
        boxes: list[NamedValue],
        nodes: Sequence[Node],
    ) -> str:
        steps = [self._step(node) for node in nodes]
        theorems = [*self._entry(), *self._binary32(), *steps, *self._goal()]
        return self._text("", imports, constants, boxes, theorems)

    def _text(
        self,
        part: str,
        imports: Sequence[str],
        constants: list[NamedValue],
        boxes: list[NamedValue],
        theorems: list[Theorem],
    ) -> str:
        direction = "holds" if self.claim.direction == "holds" else "is violated"
        return render_template(
            "certificate.lean.j2",
            root=self.root,
            claim=f"Certificate.{self.proof.name}",
            part=part,
            doc=f"Interval bounds that show that `{self.claim.id}` {direction}; "
            "the kernel evaluates each check on the literals.",
            imports=imports,
            constants=constants,
            boxes=boxes,
            theorems=theorems,
        )

    def _constants(self) -> list[NamedValue]:
        if self.claim.direction == "holds":
            return []
        point = self.claim.point()
        numerators, den = common([(v.numerator, v.denominator) for v in point])
        value = pack_const(numerators, den, self.graph.inputs[0].shape)
        return [NamedValue("point", "The input at which the property is violated.", value)]

    def _boxes(self) -> list[NamedValue]:
        return [
            NamedValue(
                f"{box.node}_box",
                f"Bounds of `{box.node}`.",
                pack_box(box.lo, box.hi, box.den, self.graph.shape_of(box.node)),
            )
            for box in self._certificate.boxes
        ]

    def _input_box(self) -> str:
        return f"{self.graph.inputs[0].name}_box"

    def _entry(self) -> list[Theorem]:
        """That the inputs of the claim, or its point, lie in the first box."""
        box, robust = self._input_box(), self.claim.prop.robust
        decide = "by decide +kernel"
        near = ""
        if robust is not None:
            near = f"{self.claim.id}_center {fraction_text(robust.eps)} {limits_text(robust)}"
        if self.claim.direction == "holds":
            check = f"nearCheck {near}" if robust else f"boxWithin {self.proof.name}_input"
            doc = f"All inputs of the claim lie in `{box}`."
            return [Theorem("input", doc, f"{check} {box} = true", decide)]
        check = (
            f"nearPoint {near} point" if robust else f"pointWithin point {self.proof.name}_input"
        )
        return [
            Theorem("near", "The point is an input of the claim.", f"{check} = true", decide),
            Theorem(
                "input", f"The point lies in `{box}`.", f"pointWithin point {box} = true", decide
            ),
        ]

    def _binary32(self) -> list[Theorem]:
        """That the violating input is one that a binary32 program can be given, where it is."""
        if self.claim.direction == "holds":
            return []
        exponents = binary32_exponents(self.claim.point())
        if exponents is None:
            return []
        return [
            Theorem(
                "point_binary32",
                "Every coordinate of the point is a binary32 number.",
                "point.IsBinary32",
                f"binary32_of_check {exponents} (by decide +kernel)",
            )
        ]

    def _step(self, node: Node) -> Theorem:
        """That the node maps the boxes of its inputs into its own box."""
        lean = self.terms[node.name]
        boxes = "".join(f"{name}_box, " for name in node.inputs)
        hint = ""
        if isinstance(node.op, Conv2d):
            hint = f" (bits := {conv_bits(node, lean, self._certificate)})"
        return Theorem(
            f"{node.name}_step",
            f"Node `{node.name}` maps its inputs' bounds into `{node.name}_box`.",
            f"Op.Maps ({lean.expression} : {op_type(self.graph, node)})\n    "
            f"({boxes}()) {node.name}_box",
            f"{lean.lemma}{hint} (by decide +kernel)",
        )

    def _goal(self) -> list[Theorem]:
        """That the output's condition follows, and the chain of all steps."""
        formula = self._formula()
        chain = [
            f"Prog.Sat.bind {node.name}_box {node.name}_step <|"
            for node in self.graph.nodes
            if self._certificate.box_of(node.name)
        ]
        output = self.graph.output
        if self._certificate.box_of(output) is None:
            node = self.graph.node(output)
            weight, bias = self.terms[output].parameters
            goal = f"linearGoal {weight.name} {bias.name} {node.inputs[0]}_box {formula} = true"
            chain.append("Prog.Sat.last (linearGoal_holds goal)")
        else:
            goal = f"boxGoal {output}_box {formula} = true"
            chain.append("Prog.Sat.ret fun _ _ _ _ h => boxGoal_holds goal h")
        return [
            Theorem("goal", "The condition follows from the bounds.", goal, "by decide +kernel"),
            Theorem(
                "sat",
                "The network, on the first box, satisfies the condition.",
                f"Prog.Sat model ({self._input_box()}, ())\n    "
                f"fun _ _ _ y => Formula.Holds y {formula}",
                "\n  ".join(chain),
            ),
        ]

    def _formula(self) -> str:
        robust = self.claim.prop.robust
        if robust is not None:
            outputs = prod(self.graph.output_shape)
            kind = "wins" if self.claim.direction == "holds" else "loses"
            return f"({kind}Formula {robust.label} {outputs})"
        name = f"{self.proof.name}_safe"
        return name if self.claim.direction == "holds" else f"(Formula.neg {name})"


def _cost(graph: Graph, node: Node) -> int:
    """Products that the check of the node forms, roughly."""
    size = prod(node.shape)
    if isinstance(node.op, Linear):
        return size * prod(graph.shape_of(node.inputs[0]))
    if isinstance(node.op, Conv2d):
        return size * prod(node.op.weight.shape[1:])
    return 8 * size

"""One case of a claim on its way into Lean: what all kinds of certificates have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from bridge.export.claims import CaseProof, Claim
from bridge.export.operators import Term, fraction_text
from bridge.export.packing import binary32_exponents, common, pack_const
from bridge.export.sections import Chapter, Section, module_text
from bridge.export.statements import (
    NamedValue,
    Theorem,
    limits_text,
    norm_suffix,
    on_ball,
)
from certificates import Certificate
from certificates.affine.format import AffineCertificate
from runtime.graph import Graph

__all__ = ["DECIDE", "Case"]

DECIDE = "by decide +kernel"
"""The proof of a check: the kernel evaluates it."""


@dataclass(frozen=True)
class Case:
    """A certificate with all that its Lean modules are made from.

    Attributes:
        root: the root module of the project.
        module: the main module of the case, which imports the others.
        graph: the lowered graph.
        terms: the Lean term of each node.
        claim: the claim that the case belongs to.
        proof: the case and its certificate.
    """

    root: str
    module: str
    graph: Graph
    terms: Mapping[str, Term]
    claim: Claim
    proof: CaseProof

    @property
    def certificate(self) -> Certificate | AffineCertificate:
        """The evidence."""
        return self.proof.certificate

    @property
    def place(self) -> str:
        """The namespace of the certificate, below the root."""
        return f"Certificate.{self.proof.name}"

    @property
    def input_box(self) -> str:
        """The name of the box of the network's input."""
        return f"{self.graph.inputs[0].name}_box"

    @property
    def formula(self) -> str:
        """What the outputs satisfy: the condition of the claim, or its negation."""
        robust, holds = self.claim.prop.robust, self.claim.direction == "holds"
        if robust is not None:
            kind = "wins" if holds else "loses"
            return f"({kind}Formula {robust.label} {prod(self.graph.output_shape)})"
        name = f"{self.proof.name}_safe"
        return name if holds else f"(Formula.neg {name})"

    @property
    def ball(self) -> tuple[str, str] | None:
        """Where the certificate speaks about inputs of a ball: the rule for it at the input, and
        the term for its inputs."""
        robust = self.claim.prop.robust
        if robust is None or not on_ball(robust, self.certificate):
            return None
        near = f"{self.claim.id}_center {fraction_text(robust.eps)} {limits_text(robust)}"
        return robust.norm, near

    @property
    def inputs(self) -> str:
        """The inputs that an affine certificate speaks about: those of its box, or of the ball."""
        if self.ball is None:
            return f"{self.input_box}.inputs"
        norm, near = self.ball
        return f"({self.input_box}.inputs{norm.upper()} {near})"

    def text(self, doc: str, imports: Sequence[str], *sections: Section, part: str = "") -> str:
        """A module of the case alone; `part` says which, empty for the main one."""
        return module_text(self.root, imports, [Chapter(self.place, doc, sections, part)])

    def constants(self) -> list[NamedValue]:
        """The violating point, where the claim has one."""
        if self.claim.direction == "holds":
            return []
        point = self.claim.point()
        numerators, den = common([(v.numerator, v.denominator) for v in point])
        value = pack_const(numerators, den, self.graph.inputs[0].shape)
        return [NamedValue("point", "The input at which the property is violated.", value)]

    def entry(self) -> list[Theorem]:
        """That the inputs of the claim, or its point, lie in the first box."""
        box, given = self.input_box, f"{self.proof.name}_input"
        robust = self.claim.prop.robust
        near = ""
        if robust is not None:
            near = f"{self.claim.id}_center {fraction_text(robust.eps)} {limits_text(robust)}"
        if self.claim.direction == "holds":
            around = "nearCheck" if robust is None or robust.norm == "linf" else "nearCheckBall"
            check = f"{around} {near}" if robust else f"boxWithin {given}"
            doc = f"All inputs of the claim lie in `{box}`."
            return [Theorem("input", doc, f"{check} {box} = true", DECIDE)]
        check = f"pointWithin point {given}"
        if robust is not None:
            check = f"nearPoint{norm_suffix(robust)} {near} point"
        return [
            Theorem("near", "The point is an input of the claim.", f"{check} = true", DECIDE),
            Theorem(
                "input", f"The point lies in `{box}`.", f"pointWithin point {box} = true", DECIDE
            ),
            *self._binary32(),
        ]

    def _binary32(self) -> list[Theorem]:
        """That the violating input is one that a binary32 program can be given, where it is."""
        exponents = binary32_exponents(self.claim.point())
        if exponents is None:
            return []
        return [
            Theorem(
                "point_binary32",
                "Every coordinate of the point is a binary32 number.",
                "point.IsBinary32",
                f"binary32_of_check {exponents} ({DECIDE})",
            )
        ]

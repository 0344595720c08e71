"""One case of a claim on its way into Lean: what all kinds of certificates have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from bridge.export.claims import CaseProof, Claim
from bridge.export.formulas import formula_text, wins_text
from bridge.export.operators import Term, fraction_text, shape_text
from bridge.export.packing import binary32_exponents, common, pack_const
from bridge.export.sections import Chapter, Section, module_text
from bridge.export.statements import NamedText, NamedValue, Theorem, limits_text
from certificates import Certificate
from certificates.affine.format import AffineCertificate
from runtime.graph import Graph

__all__ = ["DECIDE", "TIGHT", "Case"]

DECIDE = "by decide +kernel"
"""The proof of a check: the kernel evaluates it."""
TIGHT = "tight"
"""The formula that is shown where a claim has a float32 budget."""


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
    def imports(self) -> list[str]:
        """What modules of the case import that import no other one of it."""
        tighter = [] if self.claim.float32 is None else ["Lemmanet.Sound.Budget.Boxes"]
        return [*tighter, f"{self.root}.Property"]

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
        """What the outputs satisfy: the condition of the claim, or its negation; or with a budget a
        condition that is tighter."""
        if self.claim.float32 is not None:
            return TIGHT
        return self.condition

    @property
    def condition(self) -> str:
        """What the claim says of the outputs, or the negation of that."""
        robust, holds = self.claim.prop.robust, self.claim.direction == "holds"
        if robust is not None:
            kind = "wins" if holds else "loses"
            return f"({kind}Formula {robust.label} {prod(self.graph.output_shape)})"
        name = f"{self.proof.name}_safe"
        return name if holds else f"(Formula.neg {name})"

    def text(self, doc: str, imports: Sequence[str], *sections: Section, part: str = "") -> str:
        """A module of the case alone; `part` says which, empty for the main one."""
        return module_text(self.root, imports, [Chapter(self.place, doc, sections, part)])

    def formulas(self) -> list[NamedText]:
        """The tighter condition, where the claim has a budget."""
        if self.claim.float32 is None:
            return []
        doc = f"What `{self.proof.name}` asks, tighter by what binary32 runs can be off."
        safe, robust = self.claim.shown.cases[self.proof.case].safe, self.claim.prop.robust
        text = formula_text(safe) if robust is None else wins_text(safe, robust.label)
        return [NamedText(TIGHT, doc, f"Formula :=\n  {text}")]

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
            check = f"nearCheck {near}" if robust else f"boxWithin {given}"
            doc = f"All inputs of the claim lie in `{box}`."
            return [Theorem("input", doc, f"{check} {box} = true", DECIDE), *self._covers()]
        check = f"nearPoint {near} point" if robust else f"pointWithin point {given}"
        return [
            Theorem("near", "The point is an input of the claim.", f"{check} = true", DECIDE),
            Theorem(
                "input", f"The point lies in `{box}`.", f"pointWithin point {box} = true", DECIDE
            ),
            *self._binary32(),
        ]

    def _covers(self) -> list[Theorem]:
        """That the tighter condition implies that of the claim, where there is one."""
        if self.claim.float32 is None:
            return []
        shape = shape_text(self.graph.output_shape)
        doc = "The tighter condition implies that of the claim."
        exact = f"(Magnitudes.zero : Magnitudes {shape})"
        return [Theorem("covers", doc, self.covers(TIGHT, exact), DECIDE)]

    def covers(self, tight: str, errors: str) -> str:
        """That the condition follows from the formula `tight` where each output is off by at most
        its entry of `errors`."""
        robust = self.claim.prop.robust
        if robust is None:
            return f"{tight}.covers {errors} {self.proof.name}_safe = true"
        return f"{tight}.coversWins {errors} {robust.label} = true"

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

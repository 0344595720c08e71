"""What an exported project claims: a property, the direction, and the certificates for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Literal

from bridge.export.names import case_name, claim_id
from certificates import Certificate, Property
from certificates.affine.format import AffineCertificate
from certificates.float32 import Float32Budget, tighten
from runtime.errors import InputError
from runtime.graph import Graph

__all__ = ["CaseProof", "Claim", "Semantics"]

Direction = Literal["holds", "violated"]
Semantics = Literal["real", "float32", "both"]
"""What theorems speak about: exact arithmetic, every binary32 run, or the one beside the other."""


@dataclass(frozen=True)
class CaseProof:
    """One case of a claim with its certificate; `name` is its namespace and file name."""

    name: str
    case: int
    certificate: Certificate | AffineCertificate


@dataclass(frozen=True)
class Claim:
    """A property that holds (a certificate for each case) or is violated (one certificate).

    Attributes:
        id: an identifier, unique in the project: the name of the Lean proposition.
        prop: the property.
        direction: what the certificates show.
        certificates: for "holds", one for each case in order; for "violated", one of any case.
        float32: for "holds" alone, a budget over a box that contains those of all cases. With it
            the claim has a second theorem, about every binary32 run.
        float32_gap: why there is no such theorem, where one was asked for.
    """

    id: str
    prop: Property
    direction: Direction
    certificates: tuple[Certificate | AffineCertificate, ...]
    float32: Float32Budget | None = None
    float32_gap: str = ""

    @cached_property
    def shown(self) -> Property:
        """What the certificates are about: the property, or with a budget a tighter one, from which
        the property follows for exact values and for those of every binary32 run."""
        if self.float32 is None:
            return self.prop
        return tighten(self.prop, self.float32.nodes[-1].error)

    @property
    def outcome(self) -> Literal["proved", "refuted"]:
        """The verdict that Lean's acceptance means."""
        return "proved" if self.direction == "holds" else "refuted"

    @property
    def theorem(self) -> str:
        """The theorem's name inside the project's namespace."""
        return f"{self.id}_{self.direction}"

    @property
    def proofs(self) -> tuple[CaseProof, ...]:
        """The cases that are proved, with names: the claim's own where there is one case."""
        return tuple(
            CaseProof(
                case_name(self.id, certificate.case, single=len(self.certificates) == 1),
                certificate.case,
                certificate,
            )
            for certificate in self.certificates
        )

    def point(self) -> tuple[Fraction, ...]:
        """The violating input of a "violated" claim, flat."""
        certificate = self.certificates[0]
        if not isinstance(certificate, Certificate):
            raise TypeError("only an interval certificate shows a violation")
        box = certificate.boxes[0]
        return tuple(Fraction(n, box.den) for n in box.lo)

    def bound(self, graph: Graph) -> Claim:
        """The claim with its property bound to the graph, after all that can be compared was.

        Raises InputError where certificates are missing, or belong to another model or property.
        """
        claim_id(self.id)
        prop = self.prop.bind(graph)
        cases = [certificate.case for certificate in self.certificates]
        expected = list(range(len(prop.cases)))
        if self.direction == "holds" and cases != expected:
            raise InputError(
                f"The claim {self.id} needs one certificate for each of the {len(expected)} cases "
                f"of its property, in order; it has cases {cases}."
            )
        if self.direction == "violated" and (len(cases) != 1 or cases[0] not in expected):
            raise InputError(f"The claim {self.id} needs the certificate of one violated case.")
        claim = replace(self, prop=prop)
        if self.float32 is not None:
            _check_budget(claim, self.float32, graph)
        for certificate in self.certificates:
            _check_certificate(claim, certificate, graph)
        return claim

    @property
    def float32_theorem(self) -> str:
        """The name of the theorem about binary32 runs, where there is a budget."""
        return f"{self.id}_float32_holds"


def _check_budget(claim: Claim, budget: Float32Budget, graph: Graph) -> None:
    """Refuse a budget that cannot be written down; whether it is right is for the checkers."""
    if claim.direction != "holds":
        raise InputError(f"The claim {claim.id} is violated, so it has no float32 budget.")
    if claim.prop.robust is not None and claim.prop.robust.norm != "linf":
        raise InputError(f"The claim {claim.id} is about a ball, so it has no float32 budget.")
    if claim.float32_gap:
        raise InputError(f"The claim {claim.id} has a float32 budget and says why it has none.")
    if budget.model_sha256 != graph.sha256():
        raise InputError(f"The float32 budget of the claim {claim.id} belongs to another model.")
    expected = [graph.inputs[0].name, *(node.name for node in graph.nodes)]
    found = [budget.input.node, *(entry.node for entry in budget.nodes)]
    if not graph.nodes or found != expected or graph.output != expected[-1]:
        raise InputError(f"The float32 budget of {claim.id} does not have the nodes of the model.")
    sizes = {name: prod(graph.shape_of(name)) for name in expected}
    for box in (budget.input, *(entry.box for entry in budget.nodes)):
        if not len(box.lo) == len(box.hi) == sizes[box.node]:
            raise InputError(
                f"The float32 budget of {claim.id}: the box of {box.node} has another size."
            )
    for node, entry in zip(graph.nodes, budget.nodes, strict=True):
        lengths = [len(entry.error.digits), *(len(m.digits) for m in entry.majorants)]
        allowed = [sizes[node.name], *(sizes[name] for name in node.inputs)]
        if lengths != allowed[: len(lengths)] or len(entry.majorants) not in (0, len(node.inputs)):
            raise InputError(
                f"The float32 budget of {claim.id}: the magnitudes of {node.name} have other sizes."
            )


def _check_certificate(
    claim: Claim, certificate: Certificate | AffineCertificate, graph: Graph
) -> None:
    if certificate.claim != claim.direction:
        raise InputError(
            f"The claim {claim.id} says {claim.direction}, its certificate {certificate.claim}."
        )
    if certificate.model_sha256 != graph.sha256():
        raise InputError(f"A certificate of the claim {claim.id} belongs to another model.")
    if certificate.property_sha256 != claim.shown.sha256():
        raise InputError(f"A certificate of the claim {claim.id} belongs to another property.")
    if certificate.claim == "violated":
        box = certificate.boxes[0]
        point = tuple(Fraction(n, box.den) for n in box.lo)
        if box.lo != box.hi or not claim.prop.cases[certificate.case].contains(point):
            raise InputError(f"The certificate of the claim {claim.id} names no input of it.")

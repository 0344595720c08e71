"""What an exported project claims: a property, the direction, and the certificates for it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from bridge.export.names import case_name, claim_id
from certificates import Certificate, Property
from certificates.affine.format import AffineCertificate
from runtime.errors import InputError
from runtime.graph import Graph

__all__ = ["CaseProof", "Claim"]

Direction = Literal["holds", "violated"]


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
    """

    id: str
    prop: Property
    direction: Direction
    certificates: tuple[Certificate | AffineCertificate, ...]

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
        for certificate in self.certificates:
            _check_certificate(self, certificate, graph, prop)
        return Claim(self.id, prop, self.direction, self.certificates)


def _check_certificate(
    claim: Claim, certificate: Certificate | AffineCertificate, graph: Graph, prop: Property
) -> None:
    if certificate.claim != claim.direction:
        raise InputError(
            f"The claim {claim.id} says {claim.direction}, its certificate {certificate.claim}."
        )
    if certificate.model_sha256 != graph.sha256():
        raise InputError(f"A certificate of the claim {claim.id} belongs to another model.")
    if certificate.property_sha256 != prop.sha256():
        raise InputError(f"A certificate of the claim {claim.id} belongs to another property.")
    if certificate.claim == "violated":
        box = certificate.boxes[0]
        point = tuple(Fraction(n, box.den) for n in box.lo)
        if box.lo != box.hi or not prop.cases[certificate.case].contains(point):
            raise InputError(f"The certificate of the claim {claim.id} names no input of it.")

"""Properties, bounds and certificates: what is claimed of a network, and exact evidence for it."""

from certificates.affine.format import AffineCertificate
from certificates.affine.produce import produce_affine
from certificates.checker import check
from certificates.format import Certificate, load_certificate, save_certificate
from certificates.producer import produce
from certificates.properties import (
    And,
    Box,
    Case,
    Formula,
    LinearAtom,
    LinearConstraints,
    Or,
    OutputBox,
    Property,
    Robust,
    load_property,
    save_property,
)
from certificates.results import AtomMargin, CheckResult, Undecided
from certificates.search import Counterexample, find_counterexample

__all__ = [
    "AffineCertificate",
    "And",
    "AtomMargin",
    "Box",
    "Case",
    "Certificate",
    "CheckResult",
    "Counterexample",
    "Formula",
    "LinearAtom",
    "LinearConstraints",
    "Or",
    "OutputBox",
    "Property",
    "Robust",
    "Undecided",
    "check",
    "find_counterexample",
    "load_certificate",
    "load_property",
    "produce",
    "produce_affine",
    "save_certificate",
    "save_property",
]

"""What other tools say, as plain data, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from certificates.affine.format import AffineCertificate
from certificates.format import Certificate
from certificates.properties import Property

__all__ = [
    "Artifact",
    "BoxClaim",
    "Examination",
    "Examples",
    "Finding",
    "LeafDump",
    "MarginExample",
    "MarginReport",
    "RefusedError",
    "ResultFile",
]

Rationals = tuple[Fraction, ...]
Floats = NDArray[np.float64]
Signs = Mapping[tuple[str, int], bool]


class RefusedError(Exception):
    """What an artifact says does not hold together; the text is one sentence without its point."""


@dataclass(frozen=True, slots=True)
class BoxClaim:
    """On the box [lo_in, hi_in] the outputs lie in [lo_out, hi_out] (TorchLean, LiRPA)."""

    name: str
    lo_in: Rationals
    hi_in: Rationals
    lo_out: Rationals
    hi_out: Rationals


@dataclass(frozen=True, slots=True)
class MarginExample:
    """One input of a margin report: bounds of its logits, and whether they were called robust."""

    number: int
    label: int
    lo: Rationals
    hi: Rationals
    certified: bool


@dataclass(frozen=True, slots=True)
class MarginReport:
    """Bounds of the logits around many inputs (TorchLean, `robust_margin_cert_v0_1`).

    `hashes` are the SHA-256 that the report gives of the weights and of the data; `counts` what it
    says of all examples together.
    """

    eps: Fraction
    examples: tuple[MarginExample, ...]
    hashes: Mapping[str, str]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Examples:
    """Inputs with labels, by number, and the SHA-256 of their file."""

    inputs: Mapping[int, Rationals]
    labels: Mapping[int, int]
    sha256: str


@dataclass(frozen=True, slots=True)
class LeafDump:
    """Where a branch and bound ended (alpha-beta-CROWN).

    Attributes:
        root_lo, root_hi: the box that was searched, where the file says so.
        lo, hi: the boxes of the leaves, [leaves, inputs]; None where only signs were split.
        bounds, thresholds: lower bounds [leaves, rows] and what one of them must exceed.
        signs: for each leaf the neurons with an assumed sign, True for z ≥ 0. A neuron is the name
            of its layer, as the tool has it, with its flat index.
        layers: the layers' names in the order of the network.
    """

    root_lo: Floats | None
    root_hi: Floats | None
    lo: Floats | None
    hi: Floats | None
    bounds: Floats
    thresholds: Floats
    signs: tuple[Signs, ...]
    layers: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many leaves there are."""
        return len(self.bounds)


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A result in VNN-COMP's form: the verdict, and for `sat` the input that it gives."""

    verdict: str
    point: Rationals


Artifact = BoxClaim | MarginReport | LeafDump | ResultFile


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one claim.

    `reason` says for an accepted one how it was shown, for another where it fails first.
    `certificates` show `prop`, which may say more or less than the claim; they were checked.
    """

    name: str
    accepted: bool
    reason: str
    prop: Property | None = None
    certificates: tuple[Certificate | AffineCertificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Examination:
    """All findings, with counts worth knowing, and what is wrong with the artifact as a whole."""

    findings: tuple[Finding, ...]
    counts: Mapping[str, int]
    problems: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether everything that the artifact claims is implied."""
        return not self.problems and all(finding.accepted for finding in self.findings)

    @property
    def message(self) -> str:
        """The first thing that is wrong, or that all is well."""
        if self.problems:
            return self.problems[0]
        wrong = next((finding for finding in self.findings if not finding.accepted), None)
        if wrong is not None:
            return f"{wrong.name}: {wrong.reason}"
        if len(self.findings) == 1:
            return self.findings[0].reason
        return f"All {len(self.findings)} claims follow."

"""What can be found out about a project without Lean, claim by claim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.check.architecture import compare_model
from bridge.check.binding import compare_properties, compare_weights
from bridge.check.bundle import Bundle
from bridge.check.integrity import Regenerated, compare_hashes, compare_regenerated
from bridge.export import Claim, lower
from certificates import AtomMargin, check
from runtime.errors import InputError
from runtime.graph import Graph

__all__ = ["Findings", "find"]


@dataclass(frozen=True)
class Findings:
    """Problems of the whole project, problems of single claims, and the certificates' margins."""

    project: tuple[str, ...]
    claims: Mapping[str, tuple[str, ...]]
    margins: Mapping[str, tuple[AtomMargin, ...]]

    def of(self, claim: str) -> tuple[str, ...]:
        """All problems that stand against a claim."""
        return self.project + self.claims[claim]


def find(bundle: Bundle, again: Regenerated, model: Graph | None) -> Findings:
    """Integrity, binding and the exact Python checker, all of them, on what was read.

    `model` is the network that the user names, as imported; None leaves the one in the project.
    """
    project = compare_hashes(bundle)
    if not project:
        project = compare_regenerated(bundle, again)
    project += compare_weights(bundle)
    project += compare_model(bundle.text(f"{bundle.manifest.root}/Model.lean") or "", bundle.graph)
    if model is not None:
        project += _compare_model(bundle.graph, model)
    propositions = compare_properties(bundle)
    claims: dict[str, tuple[str, ...]] = {}
    margins: dict[str, tuple[AtomMargin, ...]] = {}
    for claim in bundle.claims:
        problems, shown = _check_certificates(bundle.graph, claim)
        claims[claim.id] = (*propositions[claim.id], *problems)
        margins[claim.id] = shown
    return Findings(tuple(project), claims, margins)


def _compare_model(ours: Graph, model: Graph) -> list[str]:
    if lower(model).sha256() == ours.sha256():
        return []
    name = model.source.path or model.name
    return [f"the project is about another network than {name}: the graphs' hashes differ"]


def _check_certificates(graph: Graph, claim: Claim) -> tuple[list[str], tuple[AtomMargin, ...]]:
    problems: list[str] = []
    margins: list[AtomMargin] = []
    for certificate in claim.certificates:
        if certificate.claim != claim.direction:
            problems.append(f"a certificate of {claim.id} says {certificate.claim}")
            continue
        try:
            result = check(certificate, graph, claim.prop)
        except InputError as error:
            problems.append(str(error))
            continue
        if not result.ok:
            problems.append(f"the Python checker refuses case {certificate.case}: {result.message}")
        margins.extend(result.margins)
    return problems, tuple(margins)

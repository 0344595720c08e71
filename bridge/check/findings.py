"""What can be found out about a project without Lean, claim by claim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from bridge.check.architecture import compare_model
from bridge.check.binding import compare_float32, compare_properties, compare_weights
from bridge.check.bundle import Bundle
from bridge.check.integrity import Regenerated, compare_hashes, compare_regenerated
from bridge.export import Claim, lower
from certificates import AtomMargin, check
from certificates.checker.float32 import check_budget
from certificates.float32 import Room, rooms
from runtime.errors import InputError
from runtime.graph import Graph

__all__ = ["Findings", "find"]


@dataclass(frozen=True)
class Findings:
    """Problems and margins.

    Attributes:
        project: problems of the whole project.
        claims: problems of single claims.
        float32: problems of what single claims say of binary32 runs.
        margins: of each claim, what the checker read off its certificates.
        rooms: the same with what runs can lose of them, for claims that have a budget.
    """

    project: tuple[str, ...]
    claims: Mapping[str, tuple[str, ...]]
    float32: Mapping[str, tuple[str, ...]]
    margins: Mapping[str, tuple[AtomMargin, ...]]
    rooms: Mapping[str, tuple[Room, ...]]

    def of(self, claim: str) -> tuple[str, ...]:
        """All problems that stand against a claim."""
        return self.project + self.claims[claim]

    def of_float32(self, claim: str) -> tuple[str, ...]:
        """All problems that stand against what a claim says of binary32 runs."""
        return self.of(claim) + self.float32[claim]


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
    about_runs = compare_float32(bundle)
    claims: dict[str, tuple[str, ...]] = {}
    float32: dict[str, tuple[str, ...]] = {}
    margins: dict[str, tuple[AtomMargin, ...]] = {}
    rooms: dict[str, tuple[Room, ...]] = {}
    for claim in bundle.claims:
        problems, shown = _check_certificates(bundle.graph, claim)
        claims[claim.id] = (*propositions[claim.id], *problems)
        float32[claim.id] = (*about_runs[claim.id], *_check_budget(bundle.graph, claim))
        margins[claim.id] = tuple(room.margin for room in shown)
        rooms[claim.id] = () if claim.float32 is None else shown
    return Findings(tuple(project), claims, float32, margins, rooms)


def _compare_model(ours: Graph, model: Graph) -> list[str]:
    if lower(model).sha256() == ours.sha256():
        return []
    name = model.source.path or model.name
    return [f"the project is about another network than {name}: the graphs' hashes differ"]


def _check_certificates(graph: Graph, claim: Claim) -> tuple[list[str], tuple[Room, ...]]:
    problems: list[str] = []
    found: list[Room] = []
    prop = claim.prop.bind(graph)
    for certificate in claim.certificates:
        if certificate.claim != claim.direction:
            problems.append(f"a certificate of {claim.id} says {certificate.claim}")
            continue
        try:
            result = check(certificate, graph, claim.shown)
        except InputError as error:
            problems.append(str(error))
            continue
        if not result.ok:
            problems.append(f"the Python checker refuses case {certificate.case}: {result.message}")
        if claim.float32 is None:
            found += [Room(margin, Fraction(0)) for margin in result.margins]
        else:
            lost = claim.float32.nodes[-1].error
            found += rooms(prop, certificate.case, lost, result.margins)
    return problems, tuple(found)


def _check_budget(graph: Graph, claim: Claim) -> list[str]:
    """What the Python checker says against the budget, for the inputs of every case."""
    if claim.float32 is None:
        return []
    for number, case in enumerate(claim.prop.bind(graph).cases):
        result = check_budget(claim.float32, graph, case.box)
        if not result.ok:
            return [f"the Python checker refuses the budget in case {number}: {result.message}"]
    return []

"""Deciding a property without Lean: certificates that it holds, or one that it is violated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bridge.export import Claim
from bridge.export.affine import missing
from bridge.pipeline.branching import branched
from certificates import (
    AffineCertificate,
    AtomMargin,
    Certificate,
    Property,
    Undecided,
    check,
    produce,
    produce_affine,
)
from certificates.affine.format import regions
from certificates.affine.plan import crown_plan
from certificates.crown import Program
from certificates.search import find_counterexample
from runtime.errors import UnsupportedError
from runtime.graph import Graph

__all__ = ["MOST_REGIONS", "Checked", "Open", "decide", "shown"]

MOST_REGIONS = 64
"""Parts of the inputs of which each can take Lean half a minute."""


@dataclass(frozen=True)
class Open:
    """A property that could not be decided: why, and how far the bounds were from it."""

    id: str
    prop: Property
    reason: str
    margins: tuple[AtomMargin, ...]


@dataclass(frozen=True)
class Checked:
    """A property that the exact checker accepts, by certificates that Lean does not cover yet."""

    id: str
    prop: Property
    reason: str
    margins: tuple[AtomMargin, ...]


def decide(
    graph: Graph,
    prop: Property,
    claim: str,
    *,
    branch_seconds: float = 60.0,
    search_seconds: float = 10.0,
    most_regions: int = MOST_REGIONS,
    on_step: Callable[[str], None] | None = None,
) -> Claim | Checked | Open:
    """A claim with its certificates, or what is missing.

    Args:
        graph: a lowered graph.
        prop: the property, bound to it here.
        claim: the id of the claim.
        branch_seconds: how long the inputs are split where bounds on all of them do not suffice,
            over all cases together; not at all where it is zero.
        search_seconds: how long counterexamples are looked for, over all cases together.
        most_regions: with more parts of the inputs than that, Lean is not asked.
        on_step: told what is being done.

    Raises InputError for a property that does not fit the graph.
    """
    tell = on_step or _silent
    prop = prop.bind(graph)
    proofs: dict[int, Certificate | AffineCertificate] = {}
    undecided: dict[int, Undecided] = {}
    for case in range(len(prop.cases)):
        tell(f"bounding {claim}" + (f", case {case}" if len(prop.cases) > 1 else ""))
        result = _bounded(graph, prop, case)
        if isinstance(result, Undecided):
            undecided[case] = result
        else:
            proofs[case] = result
    for case in list(undecided) if branch_seconds > 0 else ():
        part = _split(graph, prop, case, branch_seconds / len(prop.cases), tell)
        if isinstance(part, Undecided):
            undecided[case] = part
        elif part is not None and part.claim == "violated":
            return Claim(claim, prop, "violated", (part,))
        elif part is not None:
            proofs[case] = part
            del undecided[case]
    if not undecided:
        found = tuple(proofs[case] for case in sorted(proofs))
        return shown(graph, prop, claim, found, most_regions)
    tell(f"looking for a counterexample to {claim}")
    for case in undecided:
        violation = _violation(graph, prop, case, search_seconds / len(undecided))
        if violation is not None:
            return Claim(claim, prop, "violated", (violation,))
    first = next(iter(undecided.values()))
    return Open(claim, prop, _reason(prop, undecided, search_seconds), first.margins)


def _silent(_: str) -> None:
    """For callers that do not watch."""


def _bounded(
    graph: Graph, prop: Property, case: int
) -> Certificate | AffineCertificate | Undecided:
    """Interval bounds first, which are the cheapest to prove; then affine ones, with better slopes
    where the first do not suffice."""
    best = produce(graph, prop, case)
    if isinstance(best, Certificate):
        return best
    try:
        program = Program(graph, ball=prop.cases[case].ball)
        for method in ("crown", "alpha"):
            plan = crown_plan(program, prop.cases[case].safe, method)
            result = produce_affine(graph, prop, case, plan)
            if isinstance(result, AffineCertificate):
                return result
            best = result
    except UnsupportedError:
        pass  # affine bounds do not cover an operator; what intervals say stays
    return best


def _split(
    graph: Graph, prop: Property, case: int, seconds: float, tell: Callable[[str], None]
) -> Certificate | AffineCertificate | Undecided | None:
    """Parts of the inputs, each with bounds of its own; None where nothing new is known."""
    try:
        found = branched(graph, prop, case, seconds, tell=tell)
    except UnsupportedError:
        return None  # affine bounds do not cover an operator
    if found.point is None:
        return found.exact
    result = produce(graph, prop, case, claim="violated", point=found.point)
    return None if isinstance(result, Undecided) else result


def shown(
    graph: Graph,
    prop: Property,
    claim: str,
    proofs: tuple[Certificate | AffineCertificate, ...],
    most_regions: int = MOST_REGIONS,
) -> Claim | Checked | Open:
    """A claim for Lean, or where Lean is not asked about a certificate what the exact checker
    says."""
    affine = [proof for proof in proofs if isinstance(proof, AffineCertificate)]
    gap = missing(graph) if affine else None
    count = sum(1 for proof in affine for _ in regions(proof.root))
    if gap is None and count > most_regions:
        gap = f"They divide the inputs into {count} parts, and Lean is asked about {most_regions}."
    if gap is None:
        return Claim(claim, prop, "holds", proofs)
    results = [check(proof, graph, prop) for proof in proofs]
    margins = tuple(margin for result in results for margin in result.margins)
    refused = next((result.message for result in results if not result.ok), None)
    if refused is not None:
        return Open(claim, prop, f"The exact checker refused the certificate: {refused}", margins)
    return Checked(claim, prop, f"The exact checker accepts affine bounds. {gap}", margins)


def _violation(graph: Graph, prop: Property, case: int, seconds: float) -> Certificate | None:
    found = find_counterexample(graph, prop, case, seconds=seconds)
    if found is None:
        return None
    result = produce(graph, prop, case, claim="violated", point=found.input)
    return None if isinstance(result, Undecided) else result


def _reason(prop: Property, undecided: Mapping[int, Undecided], seconds: float) -> str:
    case, first = next(iter(undecided.items()))
    where = f"In case {case} of {len(prop.cases)}: " if len(prop.cases) > 1 else ""
    more = f" ({len(undecided)} cases are open)" if len(undecided) > 1 else ""
    return (
        f"{where}{first.reason}{more} No counterexample was found in {seconds:g} s either, "
        "so nothing is known."
    )

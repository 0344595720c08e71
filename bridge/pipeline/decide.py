"""Deciding a property without Lean: certificates that it holds, or one that it is violated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from bridge.export import Claim
from bridge.export.affine import missing
from bridge.pipeline.branching import branched
from bridge.pipeline.float32 import Target, target
from bridge.pipeline.options import MOST_REGIONS, Options
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
from certificates.float32 import Float32Budget
from certificates.search import find_counterexample
from runtime.errors import UnsupportedError
from runtime.graph import Graph

__all__ = ["Checked", "Open", "decide", "shown"]

Evidence = Certificate | AffineCertificate


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
    options: Options | None = None,
    *,
    on_step: Callable[[str], None] | None = None,
) -> Claim | Checked | Open:
    """A claim with its certificates, or what is missing.

    With a binary32 theorem in sight, what is shown over the reals is tighter than the property by
    what runs can be off; where that does not succeed, the property itself is shown, and the claim
    says why nothing is known of runs.

    Args:
        graph: a lowered graph.
        prop: the property, bound to it here.
        claim: the id of the claim.
        options: how much to try; seconds are over all cases together.
        on_step: told what is being done.

    Raises InputError for a property that does not fit the graph.
    """
    options, tell = options or Options(), on_step or _silent
    prop = prop.bind(graph)
    aim: Target | str = ""
    if options.semantics != "real":
        tell(f"bounding float32 rounding for {claim}")
        aim = target(graph, prop)
    if isinstance(aim, Target):
        attempt = _attempt(graph, prop, aim, claim, options, tell)
        if not attempt.close:
            return _concluded(graph, prop, aim, claim, attempt, options, "", tell)
        aim = _TOO_CLOSE
    attempt = _attempt(graph, prop, None, claim, options, tell)
    return _concluded(graph, prop, None, claim, attempt, options, aim, tell)


_TOO_CLOSE = "The property holds by less than binary32 runs can be off, as far as bounds tell."


@dataclass
class _Attempt:
    """What bounds came to: certificates by case, what is open, and a violation.

    `close` says that the property may hold where the tighter one, of a binary32 theorem, does not.
    """

    proofs: dict[int, Evidence]
    undecided: dict[int, Undecided]
    violation: Certificate | None = None
    close: bool = False


def _attempt(
    graph: Graph,
    prop: Property,
    aim: Target | None,
    claim: str,
    options: Options,
    tell: Callable[[str], None],
) -> _Attempt:
    """Bounds on all inputs of each case; then on parts of them where those do not suffice."""
    goal = prop if aim is None else aim.tight
    found = _Attempt({}, {})
    for case in range(len(prop.cases)):
        tell(f"bounding {claim}" + (f", case {case}" if len(prop.cases) > 1 else ""))
        result = _bounded(graph, goal, case, None if aim is None else aim.budget)
        if isinstance(result, Undecided):
            found.undecided[case] = result
        else:
            found.proofs[case] = result
    found.close = aim is not None and aim.close(found.undecided)
    for case in list(found.undecided) if options.branch_seconds > 0 and not found.close else ():
        part = _split(graph, goal, case, options.branch_seconds / len(prop.cases), tell)
        if isinstance(part, tuple):
            violation = produce(graph, prop, case, claim="violated", point=part)
            if isinstance(violation, Certificate):
                found.violation = violation
                break
            found.close = aim is not None
        elif isinstance(part, Undecided):
            found.undecided[case] = part
        elif part is not None:
            found.proofs[case] = part
            del found.undecided[case]
    return found


def _concluded(
    graph: Graph,
    prop: Property,
    aim: Target | None,
    claim: str,
    attempt: _Attempt,
    options: Options,
    gap: str,
    tell: Callable[[str], None],
) -> Claim | Checked | Open:
    """The claim that an attempt comes to; `gap` says why it has no binary32 theorem."""
    if attempt.violation is not None:
        return Claim(claim, prop, "violated", (attempt.violation,))
    if attempt.undecided:
        undecided = attempt.undecided
        if aim is not None:
            undecided = {case: aim.loosened(case, item) for case, item in undecided.items()}
        return _refuted(graph, prop, claim, undecided, options, tell)
    if aim is None and options.semantics == "float32":
        reason = f"It holds of exact values; nothing is known of binary32 runs. {gap}"
        return Open(claim, prop, reason, ())
    budget = None if aim is None else aim.budget
    proofs = tuple(attempt.proofs[case] for case in sorted(attempt.proofs))
    return shown(graph, Claim(claim, prop, "holds", proofs, budget, gap), options.most_regions)


def _silent(_: str) -> None:
    """For callers that do not watch."""


def _bounded(
    graph: Graph, prop: Property, case: int, budget: Float32Budget | None
) -> Evidence | Undecided:
    """Interval bounds first, which are the cheapest to prove, those of the budget before others;
    then affine ones, with better slopes where the first do not suffice."""
    if budget is not None and len(prop.cases) == 1:
        known = (budget.input, *(entry.box for entry in budget.nodes))
        same = produce(graph, prop, case, known=known)
        if isinstance(same, Certificate):
            return same
    best = produce(graph, prop, case)
    if isinstance(best, Certificate):
        return best
    try:
        program = Program(graph)
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
) -> Evidence | Undecided | tuple[Fraction, ...] | None:
    """Parts of the inputs, each with bounds of its own, or a point that violates the property; None
    where nothing new is known."""
    try:
        found = branched(graph, prop, case, seconds, tell=tell)
    except UnsupportedError:
        return None  # affine bounds do not cover an operator
    return found.exact if found.point is None else found.point


def shown(graph: Graph, claim: Claim, most_regions: int = MOST_REGIONS) -> Claim | Checked | Open:
    """The claim for Lean, or where Lean is not asked about a certificate what the exact checker
    says."""
    affine = [proof for proof in claim.certificates if isinstance(proof, AffineCertificate)]
    gaps = [missing(graph, proof) for proof in affine]
    gap = next((gap for gap in gaps if gap is not None), None)
    count = sum(1 for proof in affine for _ in regions(proof.root))
    if gap is None and count > most_regions:
        gap = f"They divide the inputs into {count} parts, and Lean is asked about {most_regions}."
    if gap is None:
        return claim
    results = [check(proof, graph, claim.shown) for proof in claim.certificates]
    margins = tuple(margin for result in results for margin in result.margins)
    refused = next((result.message for result in results if not result.ok), None)
    if refused is not None:
        reason = f"The exact checker refused the certificate: {refused}"
        return Open(claim.id, claim.prop, reason, margins)
    reason = f"The exact checker accepts affine bounds. {gap}"
    return Checked(claim.id, claim.prop, reason, margins)


def _refuted(
    graph: Graph,
    prop: Property,
    claim: str,
    undecided: Mapping[int, Undecided],
    options: Options,
    tell: Callable[[str], None],
) -> Claim | Open:
    """A violation in one of the open cases, or nothing."""
    tell(f"looking for a counterexample to {claim}")
    for case in undecided:
        violation = _violation(graph, prop, case, options.search_seconds / len(undecided))
        if violation is not None:
            return Claim(claim, prop, "violated", (violation,))
    first = next(iter(undecided.values()))
    return Open(claim, prop, _reason(prop, undecided, options.search_seconds), first.margins)


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

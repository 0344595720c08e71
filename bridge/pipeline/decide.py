"""Deciding a property without Lean: certificates that it holds, or one that it is violated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bridge.export import Claim
from certificates import AtomMargin, Certificate, Property, Undecided, produce
from certificates.search import find_counterexample
from runtime.graph import Graph

__all__ = ["Open", "decide"]


@dataclass(frozen=True)
class Open:
    """A property that could not be decided: why, and how far the bounds were from it."""

    id: str
    prop: Property
    reason: str
    margins: tuple[AtomMargin, ...]


def decide(
    graph: Graph,
    prop: Property,
    claim: str,
    *,
    search_seconds: float = 10.0,
    on_step: Callable[[str], None] | None = None,
) -> Claim | Open:
    """A claim with its certificates, or what is missing.

    Args:
        graph: a lowered graph.
        prop: the property, bound to it here.
        claim: the id of the claim.
        search_seconds: how long counterexamples are looked for, over all cases together.
        on_step: told what is being done.

    Raises InputError for a property that does not fit the graph.
    """
    tell = on_step or _silent
    prop = prop.bind(graph)
    proofs: list[Certificate] = []
    undecided: list[tuple[int, Undecided]] = []
    for case in range(len(prop.cases)):
        tell(f"bounding {claim}" + (f", case {case}" if len(prop.cases) > 1 else ""))
        result = produce(graph, prop, case)
        if isinstance(result, Undecided):
            undecided.append((case, result))
        else:
            proofs.append(result)
    if not undecided:
        return Claim(claim, prop, "holds", tuple(proofs))
    tell(f"looking for a counterexample to {claim}")
    share = search_seconds / len(undecided)
    for case, _ in undecided:
        violation = _violation(graph, prop, case, share)
        if violation is not None:
            return Claim(claim, prop, "violated", (violation,))
    return Open(claim, prop, _reason(prop, undecided, search_seconds), undecided[0][1].margins)


def _silent(_: str) -> None:
    """For callers that do not watch."""


def _violation(graph: Graph, prop: Property, case: int, seconds: float) -> Certificate | None:
    found = find_counterexample(graph, prop, case, seconds=seconds)
    if found is None:
        return None
    result = produce(graph, prop, case, claim="violated", point=found.input)
    return None if isinstance(result, Undecided) else result


def _reason(prop: Property, undecided: Sequence[tuple[int, Undecided]], seconds: float) -> str:
    case, first = undecided[0]
    where = f"In case {case} of {len(prop.cases)}: " if len(prop.cases) > 1 else ""
    more = f" ({len(undecided)} cases are open)" if len(undecided) > 1 else ""
    return (
        f"{where}{first.reason}{more} No counterexample was found in {seconds:g} s either, "
        "so nothing is known."
    )

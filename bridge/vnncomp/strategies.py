"""The ladder: ways to look for a certificate of one case of a property, the cheap ones first.

Nothing here is trusted. A strategy may be wrong, slow or crash; what it returns counts only after
the exact checker has accepted it (`bridge.vnncomp.decide`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from certificates import (
    AffineCertificate,
    Certificate,
    Property,
    Undecided,
    find_counterexample,
    produce,
)
from certificates.affine.produce import produce_affine
from certificates.properties import Or
from runtime.graph import Graph

__all__ = ["LADDER", "Attempt", "Evidence", "Rung", "Task"]

Evidence = Certificate | AffineCertificate

_QUICK_SEARCH_SECONDS = 0.5
_LONG_SEARCH_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Task:
    """One case to be decided: a lowered graph, a bound property, and the seconds to use at most."""

    graph: Graph
    prop: Property
    case: int
    seconds: float
    tell: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a strategy came to.

    `certificate` claims that the case holds or is violated; without one, `reason` says what is
    missing, in a sentence. `bound` is the worst lower bound of a margin, where there is one number
    for it. `nodes` and `leaves` are those of branch and bound.
    """

    certificate: Evidence | None = None
    reason: str = ""
    bound: float | None = None
    nodes: int = 0
    leaves: int = 0


@dataclass(frozen=True, slots=True)
class Rung:
    """A strategy, with the seconds that it gets for all open cases, given the seconds left."""

    name: str
    run: Callable[[Task], Attempt]
    budget: Callable[[float], float]


def _search(seed: int) -> Callable[[Task], Attempt]:
    def run(task: Task) -> Attempt:
        task.tell("looking for a counterexample")
        found = find_counterexample(
            task.graph, task.prop, task.case, seconds=task.seconds, seed=seed
        )
        if found is None:
            return Attempt(reason=f"No counterexample was found in {task.seconds:.3g} s.")
        result = produce(task.graph, task.prop, task.case, claim="violated", point=found.input)
        if isinstance(result, Undecided):
            return Attempt(reason=result.reason)
        return Attempt(certificate=result)

    return run


def _interval(task: Task) -> Attempt:
    task.tell("interval bounds")
    return _attempt(task, produce(task.graph, task.prop, task.case))


def _crown(task: Task) -> Attempt:
    task.tell("CROWN")
    return _attempt(task, produce_affine(task.graph, task.prop, task.case))


def _attempt(task: Task, result: Evidence | Undecided) -> Attempt:
    if isinstance(result, Undecided):
        return Attempt(reason=result.reason, bound=_worst(task.prop, task.case, result))
    return Attempt(certificate=result)


def _worst(prop: Property, case: int, result: Undecided) -> float | None:
    """The smallest margin where all inequalities must hold; a disjunction has no one number."""
    formula = prop.cases[case].safe
    if _has_disjunction(formula) or not result.margins:
        return None
    return min(margin.margin for margin in result.margins)


def _has_disjunction(formula: object) -> bool:
    if isinstance(formula, Or):
        return True
    return any(map(_has_disjunction, getattr(formula, "parts", ())))


LADDER: tuple[Rung, ...] = (
    Rung("search", _search(seed=0), lambda left: min(_QUICK_SEARCH_SECONDS, 0.1 * left)),
    Rung("interval", _interval, lambda left: left),
    Rung("crown", _crown, lambda left: left),
    Rung("search", _search(seed=1), lambda left: min(_LONG_SEARCH_SECONDS, 0.9 * left)),
)

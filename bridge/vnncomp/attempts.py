"""What strategies are asked and what they answer.

Nothing that a strategy says is trusted: what it returns counts only after the exact checker has
accepted it (`bridge.vnncomp.decide`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from certificates import AffineCertificate, Certificate, Property
from runtime.graph import Graph

__all__ = ["Attempt", "Evidence", "Rung", "Task"]

Evidence = Certificate | AffineCertificate


@dataclass(frozen=True, slots=True)
class Task:
    """One case to be decided.

    Attributes:
        graph: a lowered graph.
        prop: a property bound to it.
        case: which of its cases.
        seconds: how long to try at most.
        tell: told in words what is being done.
        report: told how far it is, so that this is known also when time runs out.
    """

    graph: Graph
    prop: Property
    case: int
    seconds: float
    tell: Callable[[str], None]
    report: Callable[[Attempt], None]


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

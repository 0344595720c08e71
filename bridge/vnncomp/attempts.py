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

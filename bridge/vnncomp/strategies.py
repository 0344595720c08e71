"""Cheap strategies: a search for counterexamples, interval bounds, linear bounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from bridge.vnncomp.attempts import Attempt, Evidence, Task
from certificates import Property, Undecided, find_counterexample, produce
from certificates.affine.plan import crown_plan
from certificates.affine.produce import produce_affine
from certificates.crown import Program
from certificates.crown.bounds import Method
from certificates.properties import Or

__all__ = ["affine", "attempt", "interval", "search", "violation"]


def search(seed: int) -> Callable[[Task], Attempt]:
    """Look for a counterexample; another seed looks elsewhere."""

    def run(task: Task) -> Attempt:
        task.tell("looking for a counterexample")
        found = find_counterexample(
            task.graph, task.prop, task.case, seconds=task.seconds, seed=seed
        )
        if found is None:
            return Attempt(reason=f"No counterexample was found in {task.seconds:.3g} s.")
        return violation(task, found.input)

    return run


def violation(task: Task, point: Sequence[Fraction]) -> Attempt:
    """The certificate that an input, flat, violates the case."""
    return attempt(task, produce(task.graph, task.prop, task.case, claim="violated", point=point))


def interval(task: Task) -> Attempt:
    """Interval bounds."""
    task.tell("interval bounds")
    return attempt(task, produce(task.graph, task.prop, task.case))


def affine(method: Method) -> Callable[[Task], Attempt]:
    """Linear bounds without splits: "crown", or "alpha" with optimized slopes."""

    def run(task: Task) -> Attempt:
        task.tell(f"linear bounds: {method}")
        plan = crown_plan(Program(task.graph), task.prop.cases[task.case].safe, method)
        return attempt(task, produce_affine(task.graph, task.prop, task.case, plan))

    return run


def attempt(task: Task, result: Evidence | Undecided, nodes: int = 0, leaves: int = 0) -> Attempt:
    """What a producer came to."""
    if isinstance(result, Undecided):
        bound = _worst(task.prop, task.case, result)
        return Attempt(reason=result.reason, bound=bound, nodes=nodes, leaves=leaves)
    return Attempt(certificate=result, nodes=nodes, leaves=leaves)


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

"""Branch and bound as a strategy."""

from __future__ import annotations

import math
from dataclasses import replace

from bridge.pipeline.branching import Branched, branched
from bridge.vnncomp.attempts import Attempt, Task
from bridge.vnncomp.strategies import attempt, violation

__all__ = ["branch_and_bound"]


def branch_and_bound(task: Task) -> Attempt:
    """Split the input or the signs of neurons until all parts are shown or a point violates."""
    found = branched(
        task.graph,
        task.prop,
        task.case,
        task.seconds,
        tell=task.tell,
        watch=lambda state: task.report(_open(state)),
    )
    if found.point is not None:
        return replace(violation(task, found.point), nodes=found.nodes)
    if found.exact is None:
        return _open(found)
    return attempt(task, found.exact, found.nodes, found.leaves)


def _open(state: Branched) -> Attempt:
    """What is known while parts are open: nothing positive, whatever floats round a bound to."""
    return Attempt(
        reason=state.reason,
        bound=min(-state.distance, 0.0) if math.isfinite(state.distance) else None,
        nodes=state.nodes,
        leaves=state.leaves,
    )

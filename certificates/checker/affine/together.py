"""Checks of many regions side by side, so that the arithmetic of all is done in a few large steps.

A region waits until those behind it have come to the same node, so that the regions of a tree of
splits, which are all alike, ask for the same at the same time.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

from certificates.checker.affine.goal import Shown
from certificates.checker.affine.region import Ask, Interval, Walked
from certificates.checker.affine.walk import Walk

__all__ = ["answered"]

Check = Generator[Ask, None, Shown]

_MOST_BITS = 62


def answered(walk: Walk, checks: Sequence[Check]) -> Iterator[Shown]:
    """What each check shows; raises whatever one of them does."""
    graph = walk.graph
    order = {graph.inputs[0].name: -1}
    order.update((node.name, number) for number, node in enumerate(graph.nodes))
    shown: dict[int, Shown] = {}
    waiting: dict[int, Ask] = {}
    ready = list(range(len(checks)))
    while ready:
        for number in ready:
            try:
                waiting[number] = next(checks[number])
            except StopIteration as end:
                shown[number] = end.value
        places = {number: _place(ask, order) for number, ask in waiting.items()}
        first = min(places.values(), default=(0, 0))
        ready = [number for number, place in places.items() if place == first]
        _answer(walk, [waiting.pop(number) for number in ready])
    yield from (shown[number] for number in range(len(checks)))


def _place(ask: Ask, order: dict[str, int]) -> tuple[int, int]:
    """How far a check has come: to the box of a node, or to rows on it."""
    if isinstance(ask, Interval):
        return order[ask.node.name], 0
    return order[ask.job.batch.target], 1


def _answer(walk: Walk, asks: Sequence[Ask]) -> None:
    """Answers questions about one node."""
    walked = [ask for ask in asks if isinstance(ask, Walked)]
    for row, bounds in zip(walked, walk.upper_bounds([w.job for w in walked]), strict=True):
        row.answer = bounds
    together: dict[object, list[Interval]] = {}
    for ask in asks:
        if isinstance(ask, Interval):
            den = ask.box.den
            usual = den.bit_count() == 1 and den.bit_length() <= _MOST_BITS
            together.setdefault(None if usual else id(ask), []).append(ask)
    for group in together.values():
        results = walk.steps.intervals(group[0].node, [ask.box for ask in group])
        for asked, result in zip(group, results, strict=True):
            asked.answer = result

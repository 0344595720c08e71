"""What has to be shown over the reals so that a property holds of every binary32 run as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridge.export.float32.tracks import row
from certificates.float32 import Float32Budget, Room, budget, rooms, tighten
from certificates.properties import Box, Property
from certificates.results import AtomMargin, Undecided
from runtime.errors import InputError, UnsupportedError
from runtime.graph import Graph

__all__ = ["Target", "target"]


@dataclass(frozen=True)
class Target:
    """A property with a budget over a box that contains those of all its cases.

    Attributes:
        prop: the property, bound.
        budget: what runs can be off by on that box.
        tight: the property over the reals from which `prop` follows for every run.
    """

    prop: Property
    budget: Float32Budget
    tight: Property

    def rooms(self, case: int, margins: Sequence[AtomMargin]) -> tuple[Room, ...]:
        """The inequalities of a case of `prop`, from margins of `tight`."""
        return rooms(self.prop, case, self.budget.nodes[-1].error, margins)

    def loosened(self, case: int, undecided: Undecided) -> Undecided:
        """What is open of `tight`, as what is open of `prop`."""
        margins = tuple(room.margin for room in self.rooms(case, undecided.margins))
        return Undecided(undecided.reason, margins)

    def close(self, undecided: Mapping[int, Undecided]) -> bool:
        """Whether `prop` may be shown by bounds that leave this much of `tight` open."""
        return any(
            room.margin.shown and room.left <= 0
            for case, item in undecided.items()
            for room in self.rooms(case, item.margins)
        )


def target(graph: Graph, prop: Property) -> Target | str:
    """What to show of a lowered graph, or why no binary32 theorem can be made of `prop`."""
    if not graph.nodes:
        return "The network computes nothing, so that there is nothing to round."
    try:
        for node in graph.nodes:
            row(node)
        found = budget(graph, _hull(prop))
    except (InputError, UnsupportedError) as error:
        return str(error)
    return Target(prop, found, tighten(prop, found.nodes[-1].error).bind(graph))


def _hull(prop: Property) -> Box:
    """The smallest box that contains those of all cases."""
    boxes = [case.box for case in prop.cases]
    return Box(
        tuple(map(min, zip(*(box.lo for box in boxes), strict=True))),
        tuple(map(max, zip(*(box.hi for box in boxes), strict=True))),
    )

"""Layered drawing of a directed acyclic graph, top to bottom, for small to middling networks.

The method is Sugiyama's framework (K. Sugiyama, S. Tagawa, M. Toda, 1981): nodes go to layers by
longest path, an edge that skips layers passes through invisible cells, barycenter sweeps order
each layer, and coordinates minimize the squared distance to the neighbors under the spacing
constraints, solved exactly a layer by pooling adjacent violators. One longest path, the trunk of
the network, is drawn as a straight line; skip connections pass beside it.

Lengths are in SVG user units. Nodes never overlap, and edges bend only between layers.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["Drawing", "Edge", "Placed", "layout"]

NODE_WIDTH = 216.0
NODE_HEIGHT = 66.0
LAYER_GAP = 38.0
NODE_GAP = 24.0
PASSAGE_WIDTH = 18.0
PORT_SPACING = 22.0
MARGIN = 2.0

_MAX_CELLS = 3_000
_ORDER_SWEEPS = 8
# One sweep each way carries a position through the whole graph; the rest settles it.
_POSITION_SWEEPS = ("down", "up", "down", "up", *("both",) * 4)
# Long edges are straight, and give way to nodes.
_PULL_NODE_NODE = 1.0
_PULL_NODE_PASSAGE = 0.01
_PULL_PASSAGE = 16.0
# Against this weight the trunk does not move by a visible amount.
_TRUNK_WEIGHT = 1e9


@dataclass(frozen=True, slots=True)
class Placed:
    """A node's rectangle: left, top, width, height."""

    name: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge as SVG path data from the bottom of `source` to the top of `target`."""

    source: str
    target: str
    path: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Placed nodes and edges within `width` by `height`."""

    width: float
    height: float
    nodes: tuple[Placed, ...]
    edges: tuple[Edge, ...]


_Span = tuple[str, str]


@dataclass(slots=True)
class _Cell:
    """A node (`name` set) or the passage of a long edge through a layer."""

    name: str | None
    layer: int
    x: float = 0.0
    trunk: bool = False
    up: list[_Cell] = field(default_factory=list)
    down: list[_Cell] = field(default_factory=list)

    @property
    def width(self) -> float:
        return PASSAGE_WIDTH if self.name is None else NODE_WIDTH


def layout(inputs: Mapping[str, Sequence[str]]) -> Drawing | None:
    """Draw the graph that maps each node to the nodes it reads, in topological order.

    Returns None when the drawing would be too large to be of use (more than 3,000 cells or edges).
    """
    layer_of = _layers(inputs)
    spans = [
        (source, target) for target, sources in inputs.items() for source in dict.fromkeys(sources)
    ]
    passages = sum(layer_of[target] - layer_of[source] - 1 for source, target in spans)
    if not inputs or max(len(inputs) + passages, len(spans)) > _MAX_CELLS:
        return None
    trunk = _trunk(inputs, layer_of)
    cells = {name: _Cell(name, layer, trunk=name in trunk) for name, layer in layer_of.items()}
    layers: list[list[_Cell]] = [[] for _ in range(max(layer_of.values()) + 1)]
    for cell in cells.values():
        layers[cell.layer].append(cell)
    routes = {span: _route(cells[span[0]], cells[span[1]], layers) for span in spans}
    _order(layers)
    _position(layers)
    return _draw(cells, layers, routes)


def _layers(inputs: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Longest path from the sources; a source then moves down to just above its first reader."""
    layer: dict[str, int] = {}
    for name, sources in inputs.items():
        layer[name] = max((layer[source] + 1 for source in sources), default=0)
    first_reader: dict[str, int] = {}
    for name, sources in inputs.items():
        for source in sources:
            first_reader[source] = min(first_reader.get(source, layer[name]), layer[name])
    for name, sources in inputs.items():
        if not sources and name in first_reader:
            layer[name] = first_reader[name] - 1
    return layer


def _trunk(inputs: Mapping[str, Sequence[str]], layer_of: Mapping[str, int]) -> set[str]:
    """The nodes of one longest path, walked back from a deepest node."""
    name = max(layer_of, key=layer_of.__getitem__)
    trunk = {name}
    while inputs[name]:
        above = [source for source in inputs[name] if layer_of[source] == layer_of[name] - 1]
        # A source that moved down next to its reader ends a path early.
        name = next((source for source in above if inputs[source]), above[0])
        trunk.add(name)
    return trunk


def _route(source: _Cell, target: _Cell, layers: list[list[_Cell]]) -> list[_Cell]:
    """Link source to target through one passage a layer; returns all cells on the way."""
    route = [source]
    for layer in range(source.layer + 1, target.layer):
        passage = _Cell(None, layer)
        layers[layer].append(passage)
        route.append(passage)
    route.append(target)
    for upper, lower in itertools.pairwise(route):
        upper.down.append(lower)
        lower.up.append(upper)
    return route


def _order(layers: list[list[_Cell]]) -> None:
    """Reorder each layer to reduce crossings; keeps the best order of all sweeps."""
    best, fewest = [list(layer) for layer in layers], _crossings(layers)
    for sweep in range(_ORDER_SWEEPS):
        if fewest == 0:
            break
        downward = sweep % 2 == 0
        for layer in layers if downward else reversed(layers):
            _sort_by_barycenter(layer, layers, downward)
        if (crossings := _crossings(layers)) < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    layers[:] = best


def _sort_by_barycenter(layer: list[_Cell], layers: list[list[_Cell]], downward: bool) -> None:
    reference = {
        id(cell): index
        for other in (cell.layer + (-1 if downward else 1) for cell in layer[:1])
        if 0 <= other < len(layers)
        for index, cell in enumerate(layers[other])
    }
    own = {id(cell): float(index) for index, cell in enumerate(layer)}

    def barycenter(cell: _Cell) -> float:
        near = [reference[id(other)] for other in (cell.up if downward else cell.down)]
        return sum(near) / len(near) if near else own[id(cell)]

    layer.sort(key=barycenter)


def _crossings(layers: list[list[_Cell]]) -> int:
    """Pairs of edges between neighboring layers that cross, counted by inversions."""
    total = 0
    for upper, lower in itertools.pairwise(layers):
        index = {id(cell): i for i, cell in enumerate(lower)}
        seen: list[int] = []
        for cell in upper:
            ends = [index[id(end)] for end in cell.down]
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def _position(layers: list[list[_Cell]]) -> None:
    """Give each cell the x of its center, sweep by sweep, towards the pull of its neighbors."""
    for layer in layers:
        for cell, x in zip(layer, _spread([0.0] * len(layer), layer), strict=True):
            cell.x = x
    for direction in _POSITION_SWEEPS:
        for layer in reversed(layers) if direction == "up" else layers:
            wanted = [0.0 if cell.trunk else _pull(cell, direction) for cell in layer]
            for cell, x in zip(layer, _spread(wanted, layer), strict=True):
                cell.x = x


def _pull(cell: _Cell, direction: str) -> float:
    """Where the neighbors above ("down"), below ("up") or on both sides want the cell."""
    neighbors = [*cell.up, *cell.down]
    if direction != "both":
        neighbors = cell.up if direction == "down" else cell.down
    weighted = weight_sum = 0.0
    for other in neighbors:
        if cell.name is None and other.name is None:
            weight = _PULL_PASSAGE
        elif cell.name is None or other.name is None:
            weight = _PULL_NODE_PASSAGE
        else:
            weight = _PULL_NODE_NODE
        weighted += weight * other.x
        weight_sum += weight
    return weighted / weight_sum if weight_sum else cell.x


def _spread(wanted: list[float], layer: list[_Cell]) -> list[float]:
    """The centers closest to `wanted` (least squares) that keep order and spacing.

    Subtracting the minimal offsets turns spacing into monotonicity, which pooling adjacent
    violators solves exactly.
    """
    offsets = [0.0][: len(layer)]
    for left, right in itertools.pairwise(layer):
        offsets.append(offsets[-1] + (left.width + right.width) / 2 + NODE_GAP)
    blocks: list[tuple[float, float, int]] = []
    for cell, want, offset in zip(layer, wanted, offsets, strict=True):
        mean, weight, size = want - offset, _TRUNK_WEIGHT if cell.trunk else 1.0, 1
        while blocks and blocks[-1][0] > mean:
            left_mean, left_weight, left_size = blocks.pop()
            mean = (mean * weight + left_mean * left_weight) / (weight + left_weight)
            weight += left_weight
            size += left_size
        blocks.append((mean, weight, size))
    means = [mean for mean, _, size in blocks for _ in range(size)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def _draw(
    cells: Mapping[str, _Cell],
    layers: list[list[_Cell]],
    routes: Mapping[_Span, list[_Cell]],
) -> Drawing:
    every = [cell for layer in layers for cell in layer]
    left = min(cell.x - cell.width / 2 for cell in every) - MARGIN
    right = max(cell.x + cell.width / 2 for cell in every) + MARGIN
    for cell in every:
        cell.x -= left
    nodes = tuple(
        Placed(name, cell.x - NODE_WIDTH / 2, _top(cell.layer), NODE_WIDTH, NODE_HEIGHT)
        for name, cell in cells.items()
    )
    ports = _ports(routes)
    edges = tuple(
        Edge(source, target, _path(route, *ports[source, target]))
        for (source, target), route in routes.items()
    )
    height = _top(len(layers) - 1) + NODE_HEIGHT + MARGIN
    return Drawing(right - left, height, nodes, edges)


def _top(layer: int) -> float:
    return MARGIN + layer * (NODE_HEIGHT + LAYER_GAP)


def _ports(routes: Mapping[_Span, list[_Cell]]) -> dict[_Span, tuple[float, float]]:
    """Where each edge leaves and arrives: side by side in the order of the way it takes."""
    leaves: dict[str, list[tuple[float, _Span]]] = {}
    arrives: dict[str, list[tuple[float, _Span]]] = {}
    for span, route in routes.items():
        leaves.setdefault(span[0], []).append((route[1].x, span))
        arrives.setdefault(span[1], []).append((route[-2].x, span))
    trunk = {span for span, route in routes.items() if all(cell.trunk for cell in route)}
    start = _fan(leaves, {span: route[0].x for span, route in routes.items()}, trunk)
    end = _fan(arrives, {span: route[-1].x for span, route in routes.items()}, trunk)
    return {span: (start[span], end[span]) for span in routes}


def _fan(
    groups: Mapping[str, list[tuple[float, _Span]]],
    centers: Mapping[_Span, float],
    trunk: set[_Span],
) -> dict[_Span, float]:
    """Spread each node's edges around the edge of the trunk, or evenly where there is none."""
    ports = {}
    for group in groups.values():
        spans = [span for _, span in sorted(group)]
        middle = next((i for i, span in enumerate(spans) if span in trunk), (len(spans) - 1) / 2)
        spacing = min(PORT_SPACING, (NODE_WIDTH - PORT_SPACING) / 2 / len(spans))
        for index, span in enumerate(spans):
            ports[span] = centers[span] + (index - middle) * spacing
    return ports


def _path(route: list[_Cell], start: float, end: float) -> str:
    """Curves between layers, straight lines through them."""
    y = _top(route[0].layer) + NODE_HEIGHT
    x = start
    parts = [f"M{x:.1f} {y:.1f}"]
    for cell in route[1:]:
        top = _top(cell.layer)
        to = end if cell is route[-1] else cell.x
        middle = (y + top) / 2
        parts.append(f"C{x:.1f} {middle:.1f} {to:.1f} {middle:.1f} {to:.1f} {top:.1f}")
        x, y = to, top + NODE_HEIGHT
        if cell is not route[-1]:
            parts.append(f"V{y:.1f}")
    return "".join(parts)

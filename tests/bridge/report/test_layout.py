"""Geometry of drawn graphs: nothing overlaps, edges go down, the trunk is straight."""

from __future__ import annotations

import re
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.report import model as m
from bridge.report.layout import NODE_WIDTH, Drawing, layout


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    """Acyclic graphs of up to 24 nodes, each reading up to three earlier ones."""
    size = draw(st.integers(1, 24))
    return {
        f"n{i}": [f"n{j}" for j in draw(st.lists(st.integers(0, i - 1), max_size=3, unique=True))]
        if i
        else []
        for i in range(size)
    }


def _draw(inputs: dict[str, list[str]]) -> Drawing:
    drawing = layout(inputs)
    assert drawing is not None
    return drawing


def _points(path: str) -> list[tuple[str, list[float]]]:
    return [
        (command, [float(number) for number in numbers.split()])
        for command, numbers in re.findall(r"([MCV])([^MCV]*)", path)
    ]


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_nodes_never_overlap_and_stay_inside(inputs: dict[str, list[str]]) -> None:
    drawing = _draw(inputs)
    assert [node.name for node in drawing.nodes] == list(inputs)
    for node in drawing.nodes:
        assert node.x >= 0
        assert node.y >= 0
        assert node.x + node.width <= drawing.width + 1e-6
        assert node.y + node.height <= drawing.height + 1e-6
    for a, b in combinations(drawing.nodes, 2):
        apart = abs(a.x - b.x) >= a.width + 1 or abs(a.y - b.y) >= a.height + 1
        assert apart, (a, b)


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_edges_connect_their_nodes_and_miss_the_others(inputs: dict[str, list[str]]) -> None:
    drawing = _draw(inputs)
    at = {node.name: node for node in drawing.nodes}
    wanted = {(source, target) for target, sources in inputs.items() for source in sources}
    assert {(edge.source, edge.target) for edge in drawing.edges} == wanted
    for edge in drawing.edges:
        source, target = at[edge.source], at[edge.target]
        commands = _points(edge.path)
        x, y = commands[0][1]
        assert abs(y - (source.y + source.height)) < 0.1
        assert source.x < x < source.x + source.width
        for command, numbers in commands[1:]:
            if command == "V":
                for node in drawing.nodes:
                    inside = node.x < x < node.x + node.width
                    crosses = y < node.y + node.height - 0.2 and numbers[0] > node.y + 0.2
                    assert not (inside and crosses), (edge, node)
                y = numbers[0]
            else:
                x, y = numbers[-2:]
        assert abs(y - target.y) < 0.1
        assert target.x < x < target.x + target.width
        assert source.y < target.y


def test_chain_is_straight() -> None:
    drawing = _draw({"a": [], "b": ["a"], "c": ["b"]})
    assert len({node.x for node in drawing.nodes}) == 1
    assert all(len(set(re.findall(r"[MC ](\d+\.\d) ", e.path))) == 1 for e in drawing.edges)


def test_residual_trunk_is_straight(resnet_report: m.Report) -> None:
    nodes = resnet_report.model.nodes
    drawing = _draw({node.name: list(node.inputs) for node in nodes})
    trunk = [box for box in drawing.nodes if not box.name.endswith("s")]
    assert max(box.x for box in trunk) - min(box.x for box in trunk) < 0.1
    aside = [box for box in drawing.nodes if box.name.endswith("s")]
    assert all(abs(box.x - trunk[0].x) > NODE_WIDTH for box in aside)


def test_a_node_read_twice_has_one_edge() -> None:
    assert len(_draw({"a": [], "b": ["a", "a"]}).edges) == 1


def test_too_large_graphs_are_not_drawn() -> None:
    assert layout({}) is None
    assert layout({f"n{i}": [] for i in range(3001)}) is None
    long_skips = {"n0": []} | {f"n{i}": [f"n{i - 1}", "n0"] for i in range(1, 200)}
    assert layout(long_skips) is None

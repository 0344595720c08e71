"""The order of entries and lines that the Lean library expects."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.export.affine.moves import coefficient_lines, targets
from runtime.graph import GraphBuilder, MaxPool2d, Pad, Provenance, Relu, Slice, Transpose
from runtime.graph import ops as g


@pytest.mark.parametrize(
    "op",
    [
        Transpose((2, 0, 1)),
        Slice((0, 2, 1), (1, -1, 2), (2, 2, 2)),
        Pad((1, 0, 2), (0, 1, 0), np.float32(0.5)),
    ],
    ids=lambda op: op.kind,
)
def test_targets_say_where_each_entry_is_copied_to(op: g.Op) -> None:
    builder = GraphBuilder("moves")
    graph = builder.build(builder.add(op, builder.input((2, 3, 4))), Provenance("runtime"))
    x = np.arange(1, 25, dtype=np.float32).reshape(2, 3, 4)
    copies = graph.evaluate(x).reshape(-1).tolist()
    assert isinstance(op, Transpose | Slice | Pad)
    width, literal = targets(op, (2, 3, 4)).split()
    for k in range(24):
        digit = int(literal, 16) >> int(width) * k & (1 << int(width)) - 1
        assert digit == (copies.index(k + 1) + 1 if k + 1 in copies else 0)


def test_lines_of_windows_go_by_channel_tap_and_window() -> None:
    builder = GraphBuilder("peaks")
    first = builder.add(MaxPool2d((1, 2), (1, 2)), builder.input((2, 1, 6)))
    graph = builder.build(builder.add(Relu(), first), Provenance("runtime"))
    pool, relu = graph.nodes
    # A window's number, then that of the tap.
    lines = [[10 * window + tap] for window in range(6) for tap in range(2)]
    assert [line[0] for line in coefficient_lines(pool, lines)] == [
        *(0, 10, 20, 1, 11, 21),
        *(30, 40, 50, 31, 41, 51),
    ]
    assert coefficient_lines(relu, lines) is lines

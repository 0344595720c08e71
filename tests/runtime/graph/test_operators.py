"""What operators, names and builders refuse, and what they say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from runtime.errors import InputError
from runtime.graph import (
    Add,
    Affine,
    AvgPool2d,
    Clip,
    Concat,
    Constant,
    Conv2d,
    Graph,
    GraphBuilder,
    LeakyRelu,
    Linear,
    MaxPool2d,
    NameTable,
    Node,
    Op,
    Pad,
    Provenance,
    ReduceSum,
    Relu,
    Reshape,
    Slice,
    Transpose,
    is_identifier,
    sanitize,
)

F = np.float32
ONES = np.ones((2, 2), dtype=np.float32)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Linear(np.ones((2, 2)), F([0, 0])), "a float32 array is needed, not float64"),
        (lambda: Linear([[1.0]], F([0])), "not list"),  # type: ignore[arg-type]
        (lambda: Linear(ONES, F([0])), "bias has 1 entries"),
        (lambda: Linear(F([1]), F([0])), "2 axes are needed"),
        (lambda: Linear(F([[np.nan]]), F([0])), "NaN or infinite"),
        (lambda: Linear(F([[1]]), F([np.inf])), "NaN or infinite"),
        (lambda: Constant(np.zeros((0,), np.float32)), "an axis below 1"),
        (lambda: Conv2d(np.ones((2, 1, 2, 2), np.float32), F([0, 0]), groups=3), "3 groups"),
        (lambda: Conv2d(np.ones((1, 1, 2, 2), np.float32), F([0]), padding=(2, 0, 0, 0)), "Pad"),
        (lambda: Conv2d(np.ones((1, 1, 2, 2), np.float32), F([0]), stride=(0, 1)), "below 1"),
        (lambda: MaxPool2d((2, 2), (1, 1), (0, 0, 0)), "4 integers are needed"),  # type: ignore[arg-type]
        (lambda: AvgPool2d((2, 2), (1, 1), (0, 0, 0, 0), 1), "true or false"),  # type: ignore[arg-type]
        (lambda: Affine(F([1]), F([0, 0])), "one length"),
        (lambda: Affine(F([1]), F([0]), F([0])), "divisor is zero"),
        (lambda: LeakyRelu(0.1), "round it first"),
        (lambda: LeakyRelu(F(np.inf)), "not a finite"),
        (lambda: Clip(None, None), "at least one"),
        (lambda: Clip(F(1), F(0)), "above"),
        (lambda: Transpose((0, 0)), "not a permutation"),
        (lambda: Concat(-1), "negative"),
        (lambda: Slice((0,), (0,), (1,)), "step is zero"),
        (lambda: Slice((0,), (1,), (0,)), "below 1"),
        (lambda: Pad((-1,), (0,), F(0)), "negative"),
        (lambda: ReduceSum((1, 0), True), "ascending"),
        (lambda: ReduceSum((), True), "one or more"),
        (lambda: Reshape((True, 2)), "not an integer"),
    ],
)
def test_bad_parameters_are_refused(make: Callable[[], Op], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize(
    ("op", "shapes", "message"),
    [
        (Relu(), [], "1 inputs are needed"),
        (Add(), [(2,), (3,)], "one shape"),
        (Linear(ONES, F([0, 0])), [(3,)], "the weight needs"),
        (Linear(ONES, F([0, 0])), [(2, 1)], "the weight needs"),
        (Conv2d(np.ones((1, 1, 3, 3), np.float32), F([0])), [(1, 2, 3)], "larger than the padded"),
        (Conv2d(np.ones((1, 2, 1, 1), np.float32), F([0])), [(1, 2, 3)], "the weight needs"),
        (MaxPool2d((2, 2), (1, 1)), [(4, 4)], r"\[channels, height, width\]"),
        (MaxPool2d((2, 2), (1, 1), (1, 0, 1, 0), (2, 1)), [(1, 1, 2)], "nothing but padding"),
        (Affine(F([1, 2]), F([0, 0])), [(3,)], "do not divide"),
        (Reshape((4,)), [(5,)], "different numbers"),
        (Transpose((0, 1)), [(5,)], "does not have 2 axes"),
        (Concat(1), [(2,), (2,)], "do not fit"),
        (Concat(0), [(2, 3), (2, 4)], "do not fit"),
        (Slice((1,), (1,), (3,)), [(3,)], "lie outside"),
        (Slice((1,), (-1,), (3,)), [(3,)], "lie outside"),
        (Pad((0,), (0,), F(0)), [(3, 3)], "does not have 1 axes"),
        (ReduceSum((2,), True), [(3, 3)], "has no axis 2"),
    ],
)
def test_bad_inputs_are_refused(op: Op, shapes: list[tuple[int, ...]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        op.infer(shapes)


def test_parameters_are_copied_and_read_only() -> None:
    weight = ONES.copy()
    op = Linear(weight, F([0, 0]))
    weight[0, 0] = 5
    assert op.weight[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        op.weight[0, 0] = 2


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Layer1.0/Conv-2", "layer1_0_conv_2"),
        ("0", "node_0"),
        ("", "node"),
        ("___", "node"),
        ("überName", "bername"),
        ("x" * 1000, "x" * 40),
        ('"); import os', "import_os"),
        ("\u0661\u0662", "node"),
    ],
)
def test_sanitize(text: str, name: str) -> None:
    assert sanitize(text) == name
    assert is_identifier(name)


def test_names_are_unique() -> None:
    table = NameTable()
    names = [table.take(text) for text in ("a" * 60, "a" * 60, "b_2", "b", "b", "b", "B")]
    assert len(set(names)) == len(names)
    assert all(is_identifier(name) for name in names)
    assert names[2:] == ["b_2", "b", "b_3", "b_4", "b_5"]


def test_the_builder_drops_dead_nodes_and_names_by_kind() -> None:
    builder = GraphBuilder("Some Model!")
    x = builder.input((2,), "Input 1")
    kept = builder.add(LeakyRelu(F(0.5)), x)
    builder.add(Relu(), x)
    graph = builder.build(kept, Provenance("runtime"))
    assert (graph.name, graph.inputs[0].name) == ("some_model", "input_1")
    assert [node.name for node in graph.nodes] == ["leaky_relu"]
    with pytest.raises(InputError, match="no tensor"):
        builder.add(Relu(), "nothing")


def test_graph_questions() -> None:
    builder = GraphBuilder("g")
    x = builder.input((2,))
    a = builder.add(Relu(), x, hint="a")
    b = builder.add(Add(), a, a, hint="b")
    graph = builder.build(b, Provenance("runtime"))
    assert graph.shape_of("a") == (2,)
    assert [node.name for node in graph.consumers("a")] == ["b"]
    assert graph.consumers("b") == ()
    assert graph.node("b").inputs == ("a", "a")
    assert graph.parameters_count == 0
    assert graph.pretty().splitlines()[1:] == [
        "  x  [2]  input",
        "  a  [2]  Relu   <- x",
        "  b  [2]  Add    <- a, a",
    ]
    for ask in (graph.shape_of, graph.consumers, graph.node):
        with pytest.raises(InputError, match="has no"):
            ask("c")


def test_foreign_operators_are_refused() -> None:
    class Relu2(Relu):
        """Not an operator of the IR."""

    builder = GraphBuilder("g")
    builder.input((2,))
    with pytest.raises(InputError, match="Relu2 is not an operator"):
        Graph(
            "g",
            builder.build("x", Provenance("runtime")).inputs,
            (Node("y", Relu2(), ("x",), (2,)),),
            "y",
            Provenance("runtime"),
        )

"""Float32 evaluation against exact evaluation, and both against straightforward Fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.errors import InputError
from runtime.graph import (
    Add,
    Affine,
    AvgPool2d,
    Constant,
    Conv2d,
    Graph,
    GraphBuilder,
    Linear,
    MaxPool2d,
    Op,
    Provenance,
    ReduceSum,
    Relu,
    Shape,
)
from runtime.graph.exact import exact_parameter
from tests.runtime.graph.random_graphs import floats, graphs


def single(op: Op, shape: Shape) -> Graph:
    builder = GraphBuilder("single")
    return builder.build(builder.add(op, builder.input(shape)), Provenance("runtime"))


def fractions(x: np.ndarray) -> list[Fraction]:
    return [Fraction(float(value)) for value in x.reshape(-1)]


def exact_output(graph: Graph, x: np.ndarray) -> list[Fraction]:
    numerators, denominator = graph.evaluate_exact(fractions(x))[graph.output]
    return [Fraction(numerator, denominator) for numerator in numerators]


@settings(max_examples=80, deadline=None)
@given(graphs(), st.integers(0, 100))
def test_float32_is_close_to_exact(graph: Graph, seed: int) -> None:
    x = floats(np.random.default_rng(seed), *graph.inputs[0].shape)
    values, exact = graph.trace(x), graph.evaluate_exact(fractions(x))
    assert set(values) == set(exact)
    scale = max(1.0, *(float(np.abs(value).max()) for value in values.values()))
    for name, (numerators, denominator) in exact.items():
        assert denominator >= 1
        wanted = np.array([n / denominator for n in numerators])
        assert values[name].shape == graph.shape_of(name)
        np.testing.assert_allclose(values[name].reshape(-1), wanted, atol=1e-5 * scale, rtol=0)


@settings(max_examples=30, deadline=None)
@given(graphs())
def test_a_batch_is_its_samples(graph: Graph) -> None:
    x = floats(np.random.default_rng(3), 4, *graph.inputs[0].shape)
    together = graph.evaluate_batch(x)
    scale = max(1.0, float(np.abs(together).max()))
    for sample, value in zip(x, together, strict=True):
        np.testing.assert_allclose(graph.evaluate(sample), value, atol=1e-4 * scale, rtol=0)


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1))
def test_parameters_are_read_exactly(values: list[float]) -> None:
    exact = exact_parameter(np.asarray(values, dtype=np.float32))
    assert exact.denominator & (exact.denominator - 1) == 0
    assert [Fraction(n, exact.denominator) for n in exact.numerators] == [
        Fraction(value) for value in values
    ]


def test_linear_by_hand() -> None:
    graph = single(Linear(np.float32([[0.1, -2], [3, 0.5]]), np.float32([1, -1])), (2,))
    tenth = Fraction(float(np.float32(0.1)))
    x = [Fraction(1, 3), Fraction(5, 7)]
    numerators, denominator = graph.evaluate_exact(x)[graph.output]
    assert [Fraction(n, denominator) for n in numerators] == [
        tenth / 3 - Fraction(10, 7) + 1,
        1 + Fraction(5, 14) - 1,
    ]


@pytest.mark.parametrize("value", [2.0**-149, 3.4028234663852886e38, -0.1])
def test_a_parameter_without_axes_is_exact_too(value: float) -> None:
    """Numbers of a fixed width would wrap around."""
    exact = exact_parameter(np.asarray(value, np.float32))
    assert exact.numerators.shape == ()
    assert type(exact.numerators.item()) is int
    builder = GraphBuilder("scalar")
    total = builder.add(ReduceSum((0,), False), builder.input((2,)))
    y = builder.add(Add(), builder.add(Constant(np.asarray(value, np.float32))), total)
    for _ in range(3):
        y = builder.add(Affine(np.float32([0.1]), np.float32([0.3])), y)
    wanted = Fraction(float(np.float32(value))) + 3
    for _ in range(3):
        wanted = wanted * Fraction(float(np.float32(0.1))) + Fraction(float(np.float32(0.3)))
    numerators, den = builder.build(y, Provenance("runtime")).evaluate_exact([1, 2])[y]
    assert Fraction(numerators[0], den) == wanted


def test_affine_divides_exactly() -> None:
    op = Affine(np.float32([3, 1]), np.float32([0, 1]), np.float32([7, -3]))
    graph = single(op, (2, 2))
    numerators, denominator = graph.evaluate_exact([1, 2, 3, 4])[graph.output]
    assert [Fraction(n, denominator) for n in numerators] == [
        Fraction(3, 7),
        Fraction(6, 7),
        Fraction(0),
        Fraction(-1, 3),
    ]


def test_average_pool_counts() -> None:
    x = np.arange(4, dtype=np.float32).reshape(1, 2, 2)
    for include, corner in ((True, Fraction(0, 4)), (False, Fraction(0, 1))):
        graph = single(AvgPool2d((2, 2), (2, 2), (1, 1, 1, 1), include), (1, 2, 2))
        assert exact_output(graph, x) == [
            corner,
            Fraction(1, 4 if include else 1),
            Fraction(2, 4 if include else 1),
            Fraction(3, 4 if include else 1),
        ]


def test_max_pool_ignores_padding() -> None:
    graph = single(MaxPool2d((2, 2), (1, 1), (1, 1, 1, 1)), (1, 1, 1))
    assert graph.evaluate(np.float32([[[-5]]])).tolist() == [[[-5, -5], [-5, -5]]]
    assert exact_output(graph, np.float32([[[-5]]])) == [Fraction(-5)] * 4


def test_convolution_against_loops() -> None:
    rng = np.random.default_rng(4)
    op = Conv2d(floats(rng, 4, 1, 2, 3), floats(rng, 4), (2, 1), (1, 2, 0, 1), (1, 2), 2)
    x = floats(rng, 2, 5, 6)
    graph = single(op, (2, 5, 6))
    channels, height, width = graph.output_shape
    wanted = []
    for o in range(channels):
        for i in range(height):
            for j in range(width):
                total = Fraction(float(op.bias[o]))
                for a in range(2):
                    for b in range(3):
                        row, column = i * 2 + a - 1, j + 2 * b - 2
                        if 0 <= row < 5 and 0 <= column < 6:
                            total += Fraction(float(op.weight[o, 0, a, b])) * Fraction(
                                float(x[o // 2, row, column])
                            )
                wanted.append(total)
    assert exact_output(graph, x) == wanted
    np.testing.assert_allclose(
        graph.evaluate(x).reshape(-1), [float(value) for value in wanted], rtol=1e-5, atol=1e-5
    )


def test_several_inputs() -> None:
    builder = GraphBuilder("two")
    a, b = builder.input((2,), "a"), builder.input((2,), "b")
    graph = builder.build(builder.add(Add(), a, b), Provenance("runtime"))
    assert graph.evaluate(([1, 2], [3, 4])).tolist() == [4, 6]
    assert graph.evaluate_batch(([[1, 2]], [[3, 4]])).tolist() == [[4, 6]]
    assert graph.evaluate_exact({"a": [1, 2], "b": [3, 4]})["add"] == ([4, 6], 1)
    with pytest.raises(InputError, match="2 inputs are needed"):
        graph.evaluate([1, 2])
    with pytest.raises(InputError, match="different batch sizes"):
        graph.evaluate_batch(([[1, 2]], [[3, 4], [5, 6]]))


def test_wrong_inputs_are_refused() -> None:
    graph = single(Relu(), (3,))
    with pytest.raises(InputError, match="not a batch of"):
        graph.evaluate([1.0, 2.0])
    with pytest.raises(InputError, match="3 numbers are needed"):
        graph.evaluate_exact([1, 2])
    with pytest.raises(InputError, match="neither an integer nor a Fraction"):
        graph.evaluate_exact([0.5, 1, 2])  # type: ignore[list-item]
    with pytest.raises(InputError, match="inputs x"):
        graph.evaluate_exact({"y": [1, 2, 3]})

"""Networks for the tests of certificates: small ReLU networks, random graphs of all operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from random import Random

import numpy as np
import pytest

from runtime.graph import (
    Abs,
    Add,
    Affine,
    AvgPool2d,
    Clip,
    Concat,
    Constant,
    Conv2d,
    Flatten,
    GlobalAvgPool,
    Graph,
    GraphBuilder,
    LeakyRelu,
    Linear,
    Maximum,
    MaxPool2d,
    Minimum,
    Neg,
    Op,
    Pad,
    Provenance,
    ReduceMean,
    ReduceSum,
    Relu,
    Reshape,
    Slice,
    Sub,
    Transpose,
)

Shape = tuple[int, ...]


def _mlp(sizes: Sequence[int], *, seed: int = 0, tie: bool = False) -> Graph:
    """A random ReLU network; with `tie` the last layer's first two rows are equal."""
    generator = np.random.default_rng(seed)
    builder = GraphBuilder("mlp")
    last = builder.input((sizes[0],))
    for number, (inputs, outputs) in enumerate(pairwise(sizes)):
        weight = generator.standard_normal((outputs, inputs)) / np.sqrt(inputs)
        bias = generator.standard_normal(outputs) / 4
        if tie and number == len(sizes) - 2:
            weight[1], bias[1] = weight[0], bias[0]
        layer = Linear(weight.astype(np.float32), bias.astype(np.float32))
        last = builder.add(layer, last)
        if number < len(sizes) - 2:
            last = builder.add(Relu(), last)
    return builder.build(last, Provenance("runtime"))


def _random_graph(seed: int, nodes: int = 8) -> Graph:
    """A random graph of at most `nodes` random operators and a Linear or other end."""
    random, generator = Random(seed), np.random.default_rng(seed)
    builder = GraphBuilder("random")
    image = random.random() < 0.7
    shape = (random.randint(1, 2), random.randint(2, 4), random.randint(2, 4)) if image else (5,)
    values = [builder.input(shape)]
    for _ in range(random.randint(1, nodes)):
        source = random.choice(values[-2:])
        op, second = _random_op(random, generator, builder, source)
        values.append(builder.add(op, source, *second))
    last = values[-1]
    if random.random() < 0.7:
        size = int(np.prod(builder.shape_of(last)))
        last = builder.add(Flatten(), last)
        weight = generator.standard_normal((3, size)).astype(np.float32)
        last = builder.add(Linear(weight, generator.standard_normal(3).astype(np.float32)), last)
        if random.random() < 0.3:
            last = builder.add(Reshape((3, 1)), last)
    return builder.build(last, Provenance("runtime"))


def _floats(generator: np.random.Generator, *shape: int) -> np.ndarray:
    """Float32 numbers of very different sizes, zeros among them."""
    values = generator.standard_normal(shape) * 2.0 ** generator.integers(-12, 3, shape)
    return np.where(generator.random(shape) < 0.1, 0.0, values).astype(np.float32)


def _random_op(
    random: Random, generator: np.random.Generator, builder: GraphBuilder, source: str
) -> tuple[Op, tuple[str, ...]]:
    shape = builder.shape_of(source)
    size = int(np.prod(shape))
    one = np.float32(generator.standard_normal())
    choices: list[Callable[[], Op]] = [
        Neg,
        Abs,
        Relu,
        Flatten,
        lambda: LeakyRelu(one),
        lambda: Clip(None, one) if random.random() < 0.3 else Clip(-abs(one), abs(one) * 2),
        lambda: _affine(random, generator, shape),
        lambda: Reshape(tuple(reversed(shape))),
        lambda: Transpose(tuple(random.sample(range(len(shape)), len(shape)))),
        lambda: Pad((1,) * len(shape), (0,) * len(shape), one),
        lambda: _slice(random, shape),
    ]
    if len(shape) == 1:
        out = random.randint(1, 5)
        choices += [lambda: Linear(_floats(generator, out, size), _floats(generator, out))] * 4
    else:
        axes = tuple(sorted(random.sample(range(len(shape)), random.randint(1, len(shape) - 1))))
        reduce = random.choice([ReduceSum, ReduceMean])
        choices.append(lambda: reduce(axes, random.random() < 0.5))
    if len(shape) == 3:
        choices += [
            GlobalAvgPool,
            lambda: _pool(random, shape, average=True),
            lambda: _pool(random, shape, average=False),
            lambda: _conv(random, generator, shape),
            lambda: _conv(random, generator, shape),
        ]
    if random.random() < 0.25:
        other = builder.add(random.choice([Relu(), Neg()]), source)
        if random.random() < 0.4:
            other = builder.add(Constant(_floats(generator, *shape)))
        binary = random.choice([Add(), Sub(), Maximum(), Minimum(), Concat(len(shape) - 1)])
        return binary, (other,)
    return random.choice(choices)(), ()


def _affine(random: Random, generator: np.random.Generator, shape: Shape) -> Affine:
    count = random.choice([1, shape[0], int(np.prod(shape))])
    divisor = None
    if random.random() < 0.5:
        divisor = generator.standard_normal(count).astype(np.float32)
    return Affine(_floats(generator, count), _floats(generator, count), divisor)


def _slice(random: Random, shape: Shape) -> Slice:
    starts, steps, counts = [], [], []
    for extent in shape:
        step = random.choice([1, 1, 2, -1])
        start = random.randint(0, extent - 1)
        room = start if step < 0 else extent - 1 - start
        starts.append(start)
        steps.append(step)
        counts.append(random.randint(1, room // abs(step) + 1))
    return Slice(tuple(starts), tuple(steps), tuple(counts))


def _pool(random: Random, shape: Shape, *, average: bool) -> Op:
    kernel = (random.randint(1, min(3, shape[1])), random.randint(1, min(3, shape[2])))
    stride = (random.randint(1, 2), random.randint(1, 2))
    padding = tuple(random.randint(0, (kernel[i % 2] - 1) // 2) for i in range(4))
    if average:
        return AvgPool2d(kernel, stride, padding, random.random() < 0.5)
    return MaxPool2d(kernel, stride, padding)


def _conv(random: Random, generator: np.random.Generator, shape: Shape) -> Conv2d:
    groups = shape[0] if random.random() < 0.3 else 1
    kernel = (random.randint(1, min(3, shape[1])), random.randint(1, min(3, shape[2])))
    dilation = (
        2 if kernel[0] == 2 and shape[1] >= 3 and random.random() < 0.5 else 1,
        1,
    )
    padding = tuple(random.randint(0, kernel[i % 2] - 1) for i in range(4))
    outputs = groups * random.randint(1, 2)
    weight = _floats(generator, outputs, shape[0] // groups, *kernel)
    stride = (random.randint(1, 2), random.randint(1, 2))
    return Conv2d(weight, _floats(generator, outputs), stride, padding, dilation, groups)


@pytest.fixture(scope="session")
def mlp() -> Callable[..., Graph]:
    """`mlp(sizes, seed=0, tie=False)`: a random ReLU network."""
    return _mlp


@pytest.fixture(scope="session")
def random_graph() -> Callable[..., Graph]:
    """`random_graph(seed)`: a random graph over all operators."""
    return _random_graph

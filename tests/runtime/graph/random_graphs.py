"""Random small graphs over every operator, for hypothesis and for the other packages' tests."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from runtime.errors import InputError
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
    Shape,
    Slice,
    Sub,
    Transpose,
)

Rng = np.random.Generator


def floats(rng: Rng, *shape: int) -> np.ndarray:
    return rng.standard_normal(shape).astype(np.float32)


def _pads(rng: Rng, kernel: tuple[int, int], dilation: tuple[int, int]) -> tuple[int, ...]:
    return tuple(int(rng.integers(0, (kernel[i % 2] - 1) * dilation[i % 2] + 1)) for i in range(4))


def _pair(rng: Rng, high: int) -> tuple[int, int]:
    return int(rng.integers(1, high)), int(rng.integers(1, high))


def _linear(rng: Rng, shape: Shape) -> Op:
    rows = int(rng.integers(1, 6))
    return Linear(floats(rng, rows, shape[0]), floats(rng, rows))


def _conv(rng: Rng, shape: Shape) -> Op:
    groups = int(rng.choice([g for g in (1, 2, 3) if shape[0] % g == 0]))
    kernel, dilation = _pair(rng, 4), _pair(rng, 3)
    weight = floats(rng, groups * int(rng.integers(1, 3)), shape[0] // groups, *kernel)
    return Conv2d(
        weight,
        floats(rng, weight.shape[0]),
        _pair(rng, 3),
        _pads(rng, kernel, dilation),
        dilation,
        groups,
    )


def _affine(rng: Rng, shape: Shape) -> Op:
    size = math.prod(shape)
    count = int(rng.choice([c for c in range(1, size + 1) if size % c == 0]))
    divisor = floats(rng, count)
    divisor = np.where(np.abs(divisor) < 0.2, np.float32(0.75), divisor)
    return Affine(floats(rng, count), floats(rng, count), divisor if rng.random() < 0.5 else None)


def _clip(rng: Rng, shape: Shape) -> Op:
    low, high = sorted(floats(rng, 2))
    kind = int(rng.integers(3))
    return Clip(None if kind == 1 else low, None if kind == 2 else high)


def _max_pool(rng: Rng, shape: Shape) -> Op:
    kernel, dilation = _pair(rng, 4), _pair(rng, 3)
    # onnxruntime wants the padding below the kernel itself, dilated or not.
    return MaxPool2d(kernel, _pair(rng, 3), _pads(rng, kernel, (1, 1)), dilation)


def _average_pool(rng: Rng, shape: Shape) -> Op:
    kernel = _pair(rng, 4)
    return AvgPool2d(kernel, _pair(rng, 3), _pads(rng, kernel, (1, 1)), bool(rng.integers(2)))


def _reshape(rng: Rng, shape: Shape) -> Op:
    size = math.prod(shape)
    first = int(rng.choice([d for d in range(1, size + 1) if size % d == 0]))
    return Reshape((first, 1, size // first) if rng.random() < 0.5 else (size // first, first))


def _slice(rng: Rng, shape: Shape) -> Op:
    starts, steps, counts = [], [], []
    for size in shape:
        step = int(rng.choice([-2, -1, 1, 2]))
        start = int(rng.integers(0, size))
        room = (size - 1 - start) // step if step > 0 else start // -step
        starts.append(start)
        steps.append(step)
        counts.append(int(rng.integers(1, room + 2)))
    return Slice(tuple(starts), tuple(steps), tuple(counts))


def _pad(rng: Rng, shape: Shape) -> Op:
    before = tuple(int(n) for n in rng.integers(0, 2, len(shape)))
    after = tuple(int(n) for n in rng.integers(0, 2, len(shape)))
    return Pad(before, after, floats(rng, 1)[0])


def _reduce(rng: Rng, shape: Shape) -> Op:
    axes = [axis for axis in range(len(shape)) if rng.random() < 0.5] or [len(shape) - 1]
    operator = ReduceSum if rng.random() < 0.5 else ReduceMean
    return operator(tuple(axes), bool(rng.integers(2)))


UNARY: dict[str, Callable[[Rng, Shape], Op]] = {
    "Linear": _linear,
    "Conv2d": _conv,
    "Affine": _affine,
    "Neg": lambda rng, shape: Neg(),
    "Abs": lambda rng, shape: Abs(),
    "Relu": lambda rng, shape: Relu(),
    "LeakyRelu": lambda rng, shape: LeakyRelu(floats(rng, 1)[0]),
    "Clip": _clip,
    "MaxPool2d": _max_pool,
    "AvgPool2d": _average_pool,
    "GlobalAvgPool": lambda rng, shape: GlobalAvgPool(),
    "Flatten": lambda rng, shape: Flatten(),
    "Reshape": _reshape,
    "Transpose": lambda rng, shape: Transpose(tuple(int(a) for a in rng.permutation(len(shape)))),
    "Slice": _slice,
    "Pad": _pad,
    "Reduce": _reduce,
}
BINARY = (Add(), Sub(), Maximum(), Minimum())


class Uneven(np.random.Generator):
    """Draws numbers of very different sizes, zeros among them, where others draw normal ones."""

    def standard_normal(self, size: Shape = ()) -> np.ndarray:  # type: ignore[override]
        values = super().standard_normal(size) * 2.0 ** self.integers(-12, 3, size)
        return np.where(self.random(size) < 0.1, 0.0, values)


def random_graph(seed: int, length: int, *, uneven: bool = False, head: bool = False) -> Graph:
    """A graph of `length` nodes on an input [2, 4, 3] or [5]; every operator can come up.

    With `uneven` the parameters are of very different sizes. With `head` a Linear node with three
    outputs follows in most graphs, and a Reshape in some.
    """
    rng = (Uneven if uneven else np.random.Generator)(np.random.PCG64(seed))
    builder = GraphBuilder(f"random_{seed}")
    current = builder.input((2, 4, 3) if rng.random() < 0.7 else (5,))
    names = [current]
    for _ in range(length):
        shape = builder.shape_of(current)
        choice = str(rng.choice([*UNARY, "binary", "concat", "constant"]))
        try:
            if choice == "binary":
                same = [name for name in names if builder.shape_of(name) == shape]
                op = BINARY[int(rng.integers(len(BINARY)))]
                current = builder.add(op, current, str(rng.choice(same)))
            elif choice == "concat" and shape:
                current = builder.add(Concat(int(rng.integers(len(shape)))), current, current)
            elif choice == "constant":
                constant = builder.add(Constant(floats(rng, *shape)))
                current = builder.add(BINARY[int(rng.integers(2))], constant, current)
            elif choice in UNARY and (shape or choice in ("Neg", "Abs", "Relu")):
                op = UNARY[choice](rng, shape)
                if math.prod(op.infer([shape])) <= 120:
                    current = builder.add(op, current)
        except (InputError, ValueError):
            continue  # the operator does not fit this shape, another one is drawn
        names.append(current)
    if head and rng.random() < 0.7:
        current = builder.add(Flatten(), current)
        size = builder.shape_of(current)[0]
        current = builder.add(Linear(floats(rng, 3, size), floats(rng, 3)), current)
        if rng.random() < 0.3:
            current = builder.add(Reshape((3, 1)), current)
    return builder.build(current, Provenance("runtime"))


def graphs() -> st.SearchStrategy[Graph]:
    """Hypothesis strategy of random graphs."""
    return st.builds(random_graph, st.integers(0, 2**32 - 1), st.integers(1, 12))

"""A graph with every operator that can be exported."""

from __future__ import annotations

import numpy as np

from bridge.export import lower
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


def _floats(*shape: int) -> np.ndarray:
    return np.random.default_rng(1).standard_normal(shape).astype(np.float32)


def every_operator() -> Graph:
    """Most of them twice, with all their parameters away from the defaults."""
    builder = GraphBuilder("all")
    x = builder.input((2, 6, 6))
    a = builder.add(
        Conv2d(_floats(4, 1, 3, 3), _floats(4), (2, 1), (1, 0, 1, 2), (1, 2), groups=2), x
    )
    a = builder.add(LeakyRelu(np.float32(0.1)), a)
    a = builder.add(Affine(_floats(4), _floats(4)), a)
    a = builder.add(Clip(np.float32(-1.5), None), a)
    a = builder.add(Clip(np.float32(-1), np.float32(0.3)), a)
    p = builder.add(MaxPool2d((2, 2), (1, 1), (0, 0, 0, 0), (1, 1)), a)
    q = builder.add(AvgPool2d((2, 2), (1, 1), (0, 0, 0, 0), True), a)
    s = builder.add(Maximum(), builder.add(Sub(), p, q), builder.add(Minimum(), p, q))
    s = builder.add(Pad((0, 1, 0), (0, 0, 1), np.float32(0.25)), s)
    s = builder.add(Transpose((0, 2, 1)), s)
    shape = builder.shape_of(s)
    c = builder.add(Constant(_floats(*shape)))
    s = builder.add(Concat(1), builder.add(Add(), s, c), builder.add(Neg(), s))
    rows = builder.shape_of(s)[1]
    steps, counts = (1, -1, 1), builder.shape_of(s)
    s = builder.add(Slice((0, rows - 1, 0), steps, counts), s)
    flat = builder.add(Flatten(), builder.add(GlobalAvgPool(), builder.add(Abs(), s)))
    r = builder.add(ReduceSum((2,), False), builder.add(Relu(), s))
    r = builder.add(ReduceMean((1,), False), r)
    size = builder.shape_of(flat)[0] + builder.shape_of(r)[0]
    last = builder.add(Concat(0), flat, builder.add(Reshape(builder.shape_of(r)), r))
    output = builder.add(Linear(_floats(3, size), _floats(3)), last)
    return lower(builder.build(output, Provenance("runtime")))

"""The operators of the graph IR: parameters, arity and shape inference."""

from __future__ import annotations

from runtime.graph.ops.affine import Affine, Constant, Conv2d, Linear
from runtime.graph.ops.base import FloatArray, Op, Shape, shape_text
from runtime.graph.ops.elementwise import (
    Abs,
    Add,
    Clip,
    LeakyRelu,
    Maximum,
    Minimum,
    Neg,
    Relu,
    Sub,
)
from runtime.graph.ops.movement import Concat, Flatten, Pad, Reshape, Slice, Transpose
from runtime.graph.ops.pooling import AvgPool2d, GlobalAvgPool, MaxPool2d
from runtime.graph.ops.reduction import ReduceMean, ReduceSum

__all__ = [
    "OPERATORS",
    "Abs",
    "Add",
    "Affine",
    "AvgPool2d",
    "Clip",
    "Concat",
    "Constant",
    "Conv2d",
    "Flatten",
    "FloatArray",
    "GlobalAvgPool",
    "LeakyRelu",
    "Linear",
    "MaxPool2d",
    "Maximum",
    "Minimum",
    "Neg",
    "Op",
    "Pad",
    "ReduceMean",
    "ReduceSum",
    "Relu",
    "Reshape",
    "Shape",
    "Slice",
    "Sub",
    "Transpose",
    "shape_text",
]

OPERATORS: dict[str, type[Op]] = {
    operator.__name__: operator
    for operator in (
        Constant,
        Linear,
        Conv2d,
        Affine,
        Add,
        Sub,
        Maximum,
        Minimum,
        Neg,
        Abs,
        Relu,
        LeakyRelu,
        Clip,
        MaxPool2d,
        AvgPool2d,
        GlobalAvgPool,
        Flatten,
        Reshape,
        Transpose,
        Concat,
        Slice,
        Pad,
        ReduceSum,
        ReduceMean,
    )
}
"""Every operator by its name in files."""

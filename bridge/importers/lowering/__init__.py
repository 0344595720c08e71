"""Common ground of the importers: source operators on full shapes become nodes of the graph IR.

Importers read their own format's attributes; the functions here do the rest, so that ONNX and
PyTorch models go through the same, once-tested translation.
"""

from __future__ import annotations

from bridge.importers.lowering.arithmetic import affine, binary, clip, extreme
from bridge.importers.lowering.dense import linear, times_left, times_right
from bridge.importers.lowering.movement import concat, pad, take, transpose
from bridge.importers.lowering.reduction import reduce
from bridge.importers.lowering.step import Session, Step
from bridge.importers.lowering.values import Array, Folded, Tensor, Value, without_batch
from bridge.importers.lowering.windows import (
    Window,
    average_pool,
    batch_norm,
    ceil_growth,
    convolution,
    global_average_pool,
    image_shape,
    max_pool,
)

__all__ = [
    "Array",
    "Folded",
    "Session",
    "Step",
    "Tensor",
    "Value",
    "Window",
    "affine",
    "average_pool",
    "batch_norm",
    "binary",
    "ceil_growth",
    "clip",
    "concat",
    "convolution",
    "extreme",
    "global_average_pool",
    "image_shape",
    "linear",
    "max_pool",
    "pad",
    "reduce",
    "take",
    "times_left",
    "times_right",
    "transpose",
    "without_batch",
]

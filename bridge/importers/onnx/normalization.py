"""BatchNormalization and Dropout as they are in inference."""

from __future__ import annotations

import numpy as np

from bridge.importers.lowering import Value, batch_norm
from bridge.importers.onnx.context import Handler, NodeContext
from runtime.errors import UnsupportedError

__all__ = ["HANDLERS"]


def _batch_norm(ctx: NodeContext) -> Value:
    ctx.arity(5, 5)
    x = ctx.tensor(0)
    epsilon = ctx.attributes.floating("epsilon", 1e-5)
    # Momentum matters in training alone; the other two choose that mode or an old variant.
    ctx.attributes.floating("momentum", 0.9)
    if ctx.opset >= 14:
        ctx.attributes.require("training_mode", 0, 0)
    if ctx.opset < 9:
        ctx.attributes.require("spatial", 1, 1)
    gamma, beta, mean, variance = (ctx.float_array(index) for index in range(1, 5))
    return batch_norm(ctx, x, gamma, beta, mean, variance, float(epsilon))


def _dropout(ctx: NodeContext) -> Value:
    ctx.arity(1, 3 if ctx.opset >= 12 else 1)
    x = ctx.tensor(0)
    if ctx.opset < 12:
        ctx.attributes.floating("ratio", 0.5)
        return x
    ctx.attributes.integer("seed", 0)
    if ctx.inputs[2] is not None:
        training = ctx.array(2)
        if training.dtype != np.bool_ or training.size != 1 or bool(training.reshape(())):
            raise UnsupportedError(f"{ctx.where}: Dropout in training mode is not supported")
    return x


HANDLERS: dict[str, Handler] = {"BatchNormalization": _batch_norm, "Dropout": _dropout}

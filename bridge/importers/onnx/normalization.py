"""BatchNormalization and Dropout as they are in inference."""

from __future__ import annotations

import numpy as np

from bridge.importers.onnx.context import Handler, NodeContext
from bridge.importers.onnx.values import Value
from runtime.errors import InputError, UnsupportedError
from runtime.graph import Affine, FloatArray

__all__ = ["HANDLERS", "batch_norm_coefficients"]


def batch_norm_coefficients(
    gamma: FloatArray, beta: FloatArray, mean: FloatArray, variance: FloatArray, epsilon: float
) -> Affine:
    """The per-channel Affine of a batch norm: computed in float64, rounded once to float32.

    scale = gamma / sqrt(variance + epsilon), shift = beta - mean * scale (with the unrounded
    scale). Raises InputError when a coefficient is not finite.
    """
    with np.errstate(all="ignore"):
        root = np.sqrt(variance.astype(np.float64) + np.float64(epsilon))
        scale = gamma.astype(np.float64) / root
        shift = beta.astype(np.float64) - mean.astype(np.float64) * scale
        coefficients = scale.astype(np.float32), shift.astype(np.float32)
    if not all(bool(np.isfinite(values).all()) for values in coefficients):
        raise InputError("the statistics of the batch norm give a coefficient that is not finite")
    return Affine(*coefficients)


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
    if len(x.shape) < 2 or x.shape[0] != 1:
        raise UnsupportedError(f"{ctx.where}: an input {list(x.shape)} is not a batch of one")
    gamma, beta, mean, variance = (ctx.float_array(index) for index in range(1, 5))
    if any(values.shape != x.shape[1:2] for values in (gamma, beta, mean, variance)):
        raise InputError(f"{ctx.where}: its parameters do not have {x.shape[1]} entries")
    try:
        op = batch_norm_coefficients(gamma, beta, mean, variance, float(epsilon))
    except InputError as error:
        raise InputError(f"{ctx.where}: {error}") from error
    ctx.session.note("batch_norm_folded")
    return ctx.emit(op, ctx.view(x, x.shape[1:]), shape=x.shape)


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

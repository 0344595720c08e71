"""Gemm and MatMul with one constant side."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from bridge.importers.lowering import (
    Array,
    Folded,
    Tensor,
    Value,
    affine,
    binary,
    times_left,
    times_right,
    transpose,
)
from bridge.importers.onnx.context import Handler, NodeContext
from runtime.errors import InputError, UnsupportedError
from runtime.graph import Add, FloatArray, Shape

__all__ = ["HANDLERS"]


def _mismatch(ctx: NodeContext, left: Shape, right: Shape) -> InputError:
    return InputError(f"{ctx.where}: {list(left)} times {list(right)} does not fit")


def _matrix(ctx: NodeContext, array: Array) -> FloatArray:
    """A constant as a matrix; leading axes of one are dropped."""
    while array.ndim > 2 and array.shape[0] == 1:
        array = array[0]
    if array.ndim > 2:
        raise UnsupportedError(f"{ctx.where}: a stack of constant matrices is not supported")
    return array


def _matmul(ctx: NodeContext) -> Value:
    ctx.arity(2, 2)
    if isinstance(ctx.inputs[1], Folded):
        x, constant = ctx.tensor(0), ctx.float_array(1)
        weight = _matrix(ctx, constant)
        if not x.shape or not constant.ndim or x.shape[-1] != weight.shape[0]:
            raise _mismatch(ctx, x.shape, constant.shape)
        if constant.ndim == 1:
            return times_right(ctx, x, weight[:, None], x.shape[:-1])
        ranks = max(0, constant.ndim - max(2, len(x.shape)))
        return times_right(ctx, x, weight, (1,) * ranks + (*x.shape[:-1], weight.shape[1]))
    if isinstance(ctx.inputs[0], Folded):
        constant, x = ctx.float_array(0), ctx.tensor(1)
        weight = _matrix(ctx, constant)
        inner = x.shape[-2] if len(x.shape) > 1 else math.prod(x.shape)
        if not x.shape or not constant.ndim or weight.shape[-1] != inner:
            raise _mismatch(ctx, constant.shape, x.shape)
        if math.prod(x.shape[:-2]) != 1:
            raise UnsupportedError(f"{ctx.where}: a stack of computed matrices on the right")
        columns = x.shape[-1:] if len(x.shape) > 1 else ()
        rows = weight.shape[:1] if constant.ndim > 1 else ()
        leading = (1,) * (max(constant.ndim, len(x.shape)) - 2)
        matrix = weight.reshape(-1, weight.shape[-1])
        return times_left(ctx, matrix, x, leading + rows + columns)
    raise UnsupportedError(f"{ctx.where}: MatMul of two computed tensors is not supported")


def _product(values: FloatArray, factor: np.float32) -> FloatArray | None:
    """values * factor when every product is a float32 exactly, else None."""
    exact = values.astype(np.float64) * np.float64(factor)
    with np.errstate(over="ignore"):
        rounded = exact.astype(np.float32)
    return rounded if bool(np.all(rounded.astype(np.float64) == exact)) else None


def _gemm(ctx: NodeContext) -> Value:
    ctx.arity(2 if ctx.opset >= 11 else 3, 3)
    alpha = ctx.attributes.floating("alpha", 1.0)
    beta = ctx.attributes.floating("beta", 1.0)
    turned = (ctx.attributes.flag("transA", False), ctx.attributes.flag("transB", False))
    if ctx.inputs[2] is None or beta == 0:
        return _gemm_product(ctx, alpha, turned)
    product = _gemm_product(replace(ctx, hint=f"{ctx.hint}_product"), alpha, turned)
    target = product.shape
    _note_factor(ctx, beta)
    if isinstance(ctx.inputs[2], Folded):
        constant = ctx.float_array(2)
        _check_addend(ctx, constant.shape, target)
        scaled = _product(constant, beta)
        if scaled is not None:
            return affine(ctx, product, shift=scaled)
    addend = ctx.tensor(2)
    _check_addend(ctx, addend.shape, target)
    addend = affine(ctx, addend, scale=np.asarray(beta))
    return binary(ctx, Add(), product, addend)


def _note_factor(ctx: NodeContext, factor: np.float32) -> None:
    """Exactly, it makes no difference where in a sum a factor is applied. In float32 it does, but
    for powers of two: libraries multiply weights, partial sums or the result."""
    if factor != 0 and abs(np.frexp(factor)[0]) != 0.5:
        ctx.session.note("gemm_factor_moved")


def _check_addend(ctx: NodeContext, shape: Shape, target: Shape) -> None:
    """Gemm broadcasts C one way only: to the product's shape."""
    try:
        fits = np.broadcast_shapes(shape, target) == target
    except ValueError:
        fits = False
    if not fits:
        raise InputError(f"{ctx.where}: C {list(shape)} does not broadcast to {list(target)}")


def _gemm_product(ctx: NodeContext, alpha: np.float32, turned: tuple[bool, bool]) -> Tensor:
    """alpha * A' * B' where one of A and B is constant."""
    constant_at = 1 if isinstance(ctx.inputs[1], Folded) else 0
    if not isinstance(ctx.inputs[constant_at], Folded):
        raise UnsupportedError(f"{ctx.where}: Gemm of two computed tensors is not supported")
    constant, x = ctx.float_array(constant_at), ctx.tensor(1 - constant_at)
    if constant.ndim != 2 or len(x.shape) != 2:
        raise InputError(f"{ctx.where}: Gemm needs matrices, not {list(x.shape)}")
    weight = constant.T if turned[constant_at] else constant
    if turned[1 - constant_at]:
        x = transpose(ctx, x, (1, 0))
    _note_factor(ctx, alpha)
    scaled = _product(np.ascontiguousarray(weight), alpha)
    weight = np.ascontiguousarray(weight) if scaled is None else scaled
    if constant_at == 1:
        if x.shape[1] != weight.shape[0]:
            raise _mismatch(ctx, x.shape, weight.shape)
        result = times_right(ctx, x, weight, (x.shape[0], weight.shape[1]))
    else:
        if weight.shape[1] != x.shape[0]:
            raise _mismatch(ctx, weight.shape, x.shape)
        result = times_left(ctx, weight, x, (weight.shape[0], x.shape[1]))
    return affine(ctx, result, scale=np.asarray(alpha)) if scaled is None else result


HANDLERS: dict[str, Handler] = {"Gemm": _gemm, "MatMul": _matmul}

"""ATen operators to the graph IR, each by its exact name and overload."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bridge.importers.lowering import (
    Step,
    Tensor,
    affine,
    batch_norm,
    binary,
    clip,
    concat,
    extreme,
    pad,
    reduce,
    take,
    times_left,
    times_right,
    transpose,
)
from bridge.importers.torch.call import Call
from bridge.importers.torch.images import IMAGE_HANDLERS
from runtime.errors import UnsupportedError
from runtime.graph import (
    Abs,
    Add,
    LeakyRelu,
    Maximum,
    Minimum,
    Neg,
    Op,
    ReduceMean,
    ReduceSum,
    Relu,
    Sub,
)

__all__ = ["HANDLERS", "Handler"]

Handler = Callable[[Call], Tensor | list[Tensor]]

_MINUS_ONE = np.full((), -1, dtype=np.float32)


def _unary(op: Op) -> Handler:
    def handler(call: Call) -> Tensor:
        x = call.tensor("self")
        return call.emit(op, x.name, shape=x.shape)

    return handler


def _same(call: Call) -> Tensor:
    """Copies and layout: nothing changes in the values."""
    call.ignore("memory_format")
    return call.tensor("self")


def _reshaped(call: Call) -> Tensor:
    """Whatever the new shape was asked for as, the exported program knows it."""
    call.ignore("size", "shape", "dim", "start_dim", "end_dim")
    return replace(call.tensor("self"), shape=call.shape)


def _computed(call: Call, name: str) -> bool:
    return isinstance(call.arguments[name], Tensor)


def _sum(sign: float) -> Handler:
    """self + alpha * other, or self - alpha * other."""

    def handler(call: Call) -> Tensor:
        factor = sign * float(call.number("alpha"))
        if not _computed(call, "other"):
            constant = call.array("other")
            shift = np.asarray(np.float32(factor) * constant, dtype=np.float32)
            return affine(call, call.tensor("self"), shift=shift)
        y = call.tensor("other")
        if abs(factor) != 1:
            y, factor = affine(call, y, scale=np.full((), abs(factor), np.float32)), sign
        if _computed(call, "self"):
            return binary(call, Add() if factor > 0 else Sub(), call.tensor("self"), y)
        return affine(
            call, y, scale=np.full((), factor, dtype=np.float32), shift=call.array("self")
        )

    return handler


def _rsub(call: Call) -> Tensor:
    if call.number("alpha") != 1:
        raise UnsupportedError(f"{call.where}: alpha other than 1 is not supported")
    return affine(call, call.tensor("self"), scale=_MINUS_ONE, shift=call.array("other"))


def _mul(call: Call) -> Tensor:
    if _computed(call, "self") and _computed(call, "other"):
        raise UnsupportedError(f"{call.where}: a product of two computed tensors is not supported")
    if _computed(call, "self"):
        return affine(call, call.tensor("self"), scale=call.array("other"))
    return affine(call, call.tensor("other"), scale=call.array("self"))


def _div(call: Call) -> Tensor:
    if _computed(call, "other"):
        raise UnsupportedError(f"{call.where}: a division by a computed tensor is not supported")
    return affine(call, call.tensor("self"), divisor=call.array("other"))


def _leaky_relu(call: Call) -> Tensor:
    x = call.tensor("self")
    slope = call.number("negative_slope")
    return call.emit(call.checked(lambda: LeakyRelu(slope)), x.name, shape=x.shape)


def _clip(low: str, high: str) -> Handler:
    def handler(call: Call) -> Tensor:
        bounds = [
            call.optional_number(name) if name in call.arguments else None for name in (low, high)
        ]
        return clip(call, call.tensor("self"), *bounds)

    return handler


def _relu6(call: Call) -> Tensor:
    return clip(call, call.tensor("self"), np.float32(0), np.float32(6))


def _extreme(op: Maximum | Minimum) -> Handler:
    def handler(call: Call) -> Tensor:
        for mine, other in (("self", "other"), ("other", "self")):
            if not _computed(call, other):
                return extreme(call, op, call.tensor(mine), call.array(other))
        return binary(call, op, call.tensor("self"), call.tensor("other"))

    return handler


def _product(call: Call) -> Step:
    """A step of its own for the product before the bias, so that the sum gets the call's name."""
    return Step(call.session, call.where, f"{call.hint}_product")


def _linear(call: Call) -> Tensor:
    x, weight, bias = call.tensor("input"), call.array("weight"), call.optional_array("bias")
    if bias is None:
        return times_right(call, x, weight.T, call.shape)
    return affine(call, times_right(_product(call), x, weight.T, call.shape), shift=bias)


def _addmm(call: Call) -> Tensor:
    if call.number("alpha") != 1 or call.number("beta") != 1:
        raise UnsupportedError(f"{call.where}: alpha and beta other than 1 are not supported")
    x, matrix = call.tensor("mat1"), call.array("mat2")
    product = times_right(_product(call), x, matrix, call.shape)
    return affine(call, product, shift=call.array("self"))


def _matmul(right: str) -> Handler:
    def handler(call: Call) -> Tensor:
        if _computed(call, "self") and _computed(call, right):
            raise UnsupportedError(
                f"{call.where}: a product of two computed tensors is not supported"
            )
        if _computed(call, "self"):
            matrix = call.array(right)
            matrix = matrix[:, None] if matrix.ndim == 1 else matrix
            if matrix.ndim == 2:
                return times_right(call, call.tensor("self"), matrix, call.shape)
        else:
            matrix, x = np.atleast_2d(call.array("self")), call.tensor(right)
            if matrix.ndim == 2 and math.prod(x.shape[:-2]) == 1:
                return times_left(call, matrix, x, call.shape)
        raise UnsupportedError(f"{call.where}: a stack of matrices is not supported")

    return handler


def _batch_norm(call: Call) -> list[Tensor]:
    call.ignore("momentum")
    x = call.tensor("input")
    mean, variance = call.array("running_mean"), call.array("running_var")
    gamma, beta = call.optional_array("weight"), call.optional_array("bias")
    gamma = np.ones_like(mean) if gamma is None else gamma
    beta = np.zeros_like(mean) if beta is None else beta
    epsilon = call.value("eps")
    named = Step(call.session, call.where, "batch_norm")
    return [batch_norm(named, x, gamma, beta, mean, variance, float(epsilon))]


def _permute(call: Call) -> Tensor:
    x = call.tensor("self")
    return transpose(call, x, tuple(call.axis(a, len(x.shape)) for a in call.integers("dims")))


def _transpose(call: Call) -> Tensor:
    x = call.tensor("self")
    first, second = (call.axis(call.integer(name), len(x.shape)) for name in ("dim0", "dim1"))
    perm = list(range(len(x.shape)))
    perm[first], perm[second] = second, first
    return transpose(call, x, tuple(perm))


def _t(call: Call) -> Tensor:
    x = call.tensor("self")
    return transpose(call, x, tuple(range(len(x.shape)))[::-1])


def _cat(call: Call) -> Tensor:
    tensors = call.tensors("tensors")
    return concat(call, tensors, call.axis(call.integer("dim"), len(tensors[0].shape)))


def _slice(call: Call) -> Tensor:
    x = call.tensor("self")
    axis = call.axis(call.integer("dim"), len(x.shape))
    start = call.integer("start") if call.has("start") else call.value("start")
    end = call.integer("end") if call.has("end") else call.value("end")
    ranges = [range(size) for size in x.shape]
    ranges[axis] = ranges[axis][slice(start, end, call.integer("step"))]
    return take(call, x, ranges)


def _select(call: Call) -> Tensor:
    x = call.tensor("self")
    axis = call.axis(call.integer("dim"), len(x.shape))
    index = call.axis(call.integer("index"), x.shape[axis])
    ranges = [range(size) for size in x.shape]
    ranges[axis] = range(index, index + 1)
    return replace(take(call, x, ranges), shape=call.shape)


def _split(call: Call) -> list[Tensor]:
    """Parts along one axis; the exported program knows their sizes."""
    call.ignore("split_size", "split_sizes")
    x = call.tensor("self")
    axis = call.axis(call.integer("dim"), len(x.shape))
    parts, start = [], 0
    for shape in call.shapes:
        ranges = [range(size) for size in x.shape]
        ranges[axis] = range(start, start + shape[axis])
        parts.append(take(call, x, ranges))
        start += shape[axis]
    return parts


def _pad(call: Call) -> Tensor:
    mode = call.value("mode") if "mode" in call.arguments else "constant"
    if mode != "constant":
        raise UnsupportedError(f"{call.where}: the padding mode {mode!r} is not supported")
    x = call.tensor("self")
    pads = call.integers("pad")
    value = call.optional_number("value")
    rank = len(x.shape)
    before, after = [0] * rank, [0] * rank
    for index in range(len(pads) // 2):
        before[rank - 1 - index], after[rank - 1 - index] = pads[2 * index : 2 * index + 2]
    return pad(call, x, before, after, np.float32(0) if value is None else value)


def _reduce(operator: type[ReduceSum | ReduceMean]) -> Handler:
    def handler(call: Call) -> Tensor:
        x = call.tensor("self")
        rank = len(x.shape)
        named = "dim" in call.arguments and call.value("dim")
        axes = {call.axis(a, rank) for a in call.integers("dim")} if named else set(range(rank))
        keep = bool(call.value("keepdim")) if "keepdim" in call.arguments else False
        return reduce(call, operator, x, axes, keep)

    return handler


def _dropout(call: Call) -> Tensor:
    call.ignore("p")
    if call.value("train"):
        raise UnsupportedError(f"{call.where}: dropout in training mode is not supported")
    return call.tensor("input")


HANDLERS: dict[str, Handler] = {
    **IMAGE_HANDLERS,
    "aten._native_batch_norm_legit_no_training.default": _batch_norm,
    "aten._unsafe_view.default": _reshaped,
    "aten.abs.default": _unary(Abs()),
    "aten.add.Tensor": _sum(1.0),
    "aten.addmm.default": _addmm,
    "aten.alias.default": _same,
    "aten.cat.default": _cat,
    "aten.clamp.default": _clip("min", "max"),
    "aten.clamp_max.default": _clip("min", "max"),
    "aten.clamp_min.default": _clip("min", "max"),
    "aten.clone.default": _same,
    "aten.constant_pad_nd.default": _pad,
    "aten.contiguous.default": _same,
    "aten.detach.default": _same,
    "aten.div.Tensor": _div,
    "aten.dropout.default": _dropout,
    "aten.flatten.using_ints": _reshaped,
    "aten.hardtanh.default": _clip("min_val", "max_val"),
    "aten.leaky_relu.default": _leaky_relu,
    "aten.linear.default": _linear,
    "aten.matmul.default": _matmul("other"),
    "aten.max.other": _extreme(Maximum()),
    "aten.maximum.default": _extreme(Maximum()),
    "aten.mean.default": _reduce(ReduceMean),
    "aten.mean.dim": _reduce(ReduceMean),
    "aten.min.other": _extreme(Minimum()),
    "aten.minimum.default": _extreme(Minimum()),
    "aten.mm.default": _matmul("mat2"),
    "aten.mul.Tensor": _mul,
    "aten.mv.default": _matmul("vec"),
    "aten.neg.default": _unary(Neg()),
    "aten.pad.default": _pad,
    "aten.permute.default": _permute,
    "aten.relu.default": _unary(Relu()),
    "aten.relu6.default": _relu6,
    "aten.reshape.default": _reshaped,
    "aten.rsub.Scalar": _rsub,
    "aten.select.int": _select,
    "aten.slice.Tensor": _slice,
    "aten.split.Tensor": _split,
    "aten.split_with_sizes.default": _split,
    "aten.squeeze.default": _reshaped,
    "aten.squeeze.dim": _reshaped,
    "aten.squeeze.dims": _reshaped,
    "aten.sub.Tensor": _sum(-1.0),
    "aten.sum.default": _reduce(ReduceSum),
    "aten.sum.dim_IntList": _reduce(ReduceSum),
    "aten.t.default": _t,
    "aten.transpose.int": _transpose,
    "aten.unsqueeze.default": _reshaped,
    "aten.view.default": _reshaped,
}

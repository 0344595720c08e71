"""ReduceSum and ReduceMean of computed tensors."""

from __future__ import annotations

from dataclasses import replace

from bridge.importers.onnx.context import Handler, NodeContext
from bridge.importers.onnx.values import Value, without_batch
from runtime.graph import ReduceMean, ReduceSum

__all__ = ["HANDLERS"]


def _reduce(operator: type[ReduceSum | ReduceMean], axes_input_since: int) -> Handler:
    def handler(ctx: NodeContext) -> Value:
        keep = ctx.attributes.flag("keepdims", True)
        empty_is_identity = False
        if ctx.opset >= axes_input_since:
            ctx.arity(1, 2)
            given = ctx.integers(1) if ctx.inputs[1] is not None else ()
            empty_is_identity = ctx.attributes.flag("noop_with_empty_axes", False)
        else:
            ctx.arity(1, 1)
            given = ctx.attributes.integers("axes") or ()
        x = ctx.tensor(0)
        if not given and empty_is_identity:
            return x
        rank = len(x.shape)
        axes = {ctx.axis(axis, rank) for axis in given} if given else set(range(rank))
        kept = tuple(1 if axis in axes else size for axis, size in enumerate(x.shape))
        shape = kept if keep else tuple(s for axis, s in enumerate(x.shape) if axis not in axes)
        inner = without_batch(x.shape)
        dropped = rank - len(inner)
        # Over an axis of one, sum and mean change nothing.
        real = tuple(sorted(axis - dropped for axis in axes if x.shape[axis] != 1))
        if not real:
            return replace(x, shape=shape)
        keep_inner = len(real) == len(inner)
        return ctx.emit(operator(real, keep_inner), ctx.view(x, inner), shape=shape)

    return handler


HANDLERS: dict[str, Handler] = {
    "ReduceMean": _reduce(ReduceMean, axes_input_since=18),
    "ReduceSum": _reduce(ReduceSum, axes_input_since=13),
}

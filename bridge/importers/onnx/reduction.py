"""ReduceSum and ReduceMean of computed tensors."""

from __future__ import annotations

from bridge.importers.lowering import Value, reduce
from bridge.importers.onnx.context import Handler, NodeContext
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
        return reduce(ctx, operator, x, axes, keep)

    return handler


HANDLERS: dict[str, Handler] = {
    "ReduceMean": _reduce(ReduceMean, axes_input_since=18),
    "ReduceSum": _reduce(ReduceSum, axes_input_since=13),
}

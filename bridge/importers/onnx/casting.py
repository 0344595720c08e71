"""Cast of a computed tensor: only float32 to float32."""

from __future__ import annotations

from onnx import TensorProto

from bridge.importers.lowering import Value
from bridge.importers.onnx.context import Handler, NodeContext
from bridge.importers.onnx.tensors import dtype_name
from runtime.errors import UnsupportedError

__all__ = ["HANDLERS"]


def _cast(ctx: NodeContext) -> Value:
    ctx.arity(1, 1)
    target = ctx.attributes.integer("to", 0)
    if ctx.opset >= 19:
        ctx.attributes.flag("saturate", True)  # matters for 8-bit floats alone
    if target != TensorProto.FLOAT:
        raise UnsupportedError(
            f"{ctx.where}: a cast of a computed tensor to {dtype_name(target)} is not supported"
        )
    return ctx.tensor(0)


HANDLERS: dict[str, Handler] = {"Cast": _cast}

"""The graph IR as an ONNX model: operator set 18, a batch axis, parameters bit by bit."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Sequence
from functools import singledispatchmethod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from runtime.errors import InputError
from runtime.graph import FloatArray, Graph, Node, Op, Shape, ops

__all__ = ["OPSET", "save_onnx", "to_onnx"]

OPSET = 18
_IR_VERSION = 8
_BEFORE_FIRST = np.iinfo(np.int64).min
"""End of a slice that runs backwards over the first element."""


def to_onnx(graph: Graph, *, batch: int = 1, outputs: Sequence[str] | None = None) -> ModelProto:
    """The model; every tensor keeps its name and gets a leading axis of `batch`.

    Affine becomes Mul, Div and Add, in that order; all other operators become one node each.
    `outputs` are the nodes whose values the model gives, by default the graph's output alone.
    """
    return _Writer(graph, batch).model((graph.output,) if outputs is None else tuple(outputs))


def save_onnx(graph: Graph, path: str | Path) -> None:
    """Write the model to a file, whole or not at all."""
    path = Path(path)
    data = to_onnx(graph).SerializeToString()
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


class _Writer:
    """Nodes and initializers of one model."""

    def __init__(self, graph: Graph, batch: int) -> None:
        self._graph = graph
        self._batch = batch
        self._nodes: list[NodeProto] = []
        self._initializers: list[TensorProto] = []

    def model(self, outputs: tuple[str, ...]) -> ModelProto:
        graph = self._graph
        for node in graph.nodes:
            self._write(node.op, node)
        given = {entry.name for entry in graph.inputs}
        infos = []
        for name in outputs:
            result = name
            if name in given:
                # ONNX forbids an output that is an input too.
                result = f"{name}.output"
                self._add("Identity", result, [name])
            infos.append(self._value_info(result, graph.shape_of(name)))
        made = helper.make_graph(
            self._nodes,
            graph.name,
            [self._value_info(entry.name, entry.shape) for entry in graph.inputs],
            infos,
            self._initializers,
        )
        model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = _IR_VERSION
        model.producer_name = "lemmanet"
        return model

    def _value_info(self, name: str, shape: Shape) -> ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, [self._batch, *shape])

    def _add(self, kind: str, name: str, inputs: list[str], **attributes: Any) -> None:
        self._nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))

    def _constant(self, node: Node, part: str, value: FloatArray | NDArray[np.int64]) -> str:
        # Identifiers of the IR hold no dot, so the parts never collide with them.
        name = f"{node.name}.{part}"
        self._initializers.append(numpy_helper.from_array(value, name))
        return name

    def _integers(self, node: Node, part: str, values: list[int]) -> str:
        return self._constant(node, part, np.asarray(values, dtype=np.int64))

    def _plain(self, kind: str, node: Node, **attributes: Any) -> None:
        self._add(kind, node.name, list(node.inputs), **attributes)

    @singledispatchmethod
    def _write(self, op: Op, node: Node) -> None:
        """Operators without parameters have ONNX's name, but for the two in the table."""
        names = {"Maximum": "Max", "Minimum": "Min"}
        known = (ops.Add, ops.Sub, ops.Maximum, ops.Minimum, ops.Neg, ops.Abs, ops.Relu)
        if not isinstance(op, known):
            raise InputError(f"node {node.name}: {op.kind} has no counterpart in ONNX")
        self._plain(names.get(op.kind, op.kind), node)

    @_write.register
    def _(self, op: ops.Constant, node: Node) -> None:
        value = self._constant(node, "value", np.stack([op.value] * self._batch))
        self._add("Identity", node.name, [value])

    @_write.register
    def _(self, op: ops.Linear, node: Node) -> None:
        weight, bias = (
            self._constant(node, "weight", op.weight),
            self._constant(node, "bias", op.bias),
        )
        self._add("Gemm", node.name, [*node.inputs, weight, bias], transB=1)

    @_write.register
    def _(self, op: ops.Conv2d, node: Node) -> None:
        weight, bias = (
            self._constant(node, "weight", op.weight),
            self._constant(node, "bias", op.bias),
        )
        self._add(
            "Conv",
            node.name,
            [*node.inputs, weight, bias],
            strides=op.stride,
            pads=op.padding,
            dilations=op.dilation,
            group=op.groups,
        )

    @_write.register
    def _(self, op: ops.Affine, node: Node) -> None:
        steps: list[tuple[str, str, FloatArray]] = []
        if bool(np.any(op.scale != 1)):
            steps.append(("Mul", "scale", op.scale))
        if op.divisor is not None:
            steps.append(("Div", "divisor", op.divisor))
        if op.shift.any():
            steps.append(("Add", "shift", op.shift))
        current = node.inputs[0]
        for index, (kind, part, values) in enumerate(steps):
            constant = self._constant(node, part, _coefficients(values, node.shape))
            last = index == len(steps) - 1
            result = node.name if last else f"{node.name}.{kind.lower()}"
            self._add(kind, result, [current, constant])
            current = result
        if not steps:
            self._plain("Identity", node)

    @_write.register
    def _(self, op: ops.LeakyRelu, node: Node) -> None:
        self._plain("LeakyRelu", node, alpha=float(op.alpha))

    @_write.register
    def _(self, op: ops.Clip, node: Node) -> None:
        bounds = [
            "" if value is None else self._constant(node, part, np.asarray(value))
            for part, value in (("low", op.low), ("high", op.high))
        ]
        self._add("Clip", node.name, [*node.inputs, *bounds])

    @_write.register
    def _(self, op: ops.MaxPool2d, node: Node) -> None:
        self._plain(
            "MaxPool",
            node,
            kernel_shape=op.kernel,
            strides=op.stride,
            pads=op.padding,
            dilations=op.dilation,
        )

    @_write.register
    def _(self, op: ops.AvgPool2d, node: Node) -> None:
        self._plain(
            "AveragePool",
            node,
            kernel_shape=op.kernel,
            strides=op.stride,
            pads=op.padding,
            count_include_pad=int(op.count_include_pad),
        )

    @_write.register
    def _(self, op: ops.GlobalAvgPool, node: Node) -> None:
        self._plain("GlobalAveragePool", node)

    @_write.register
    def _(self, op: ops.Flatten, node: Node) -> None:
        self._plain("Flatten", node, axis=1)

    @_write.register
    def _(self, op: ops.Reshape, node: Node) -> None:
        shape = self._integers(node, "shape", [self._batch, *op.shape])
        self._add("Reshape", node.name, [*node.inputs, shape])

    @_write.register
    def _(self, op: ops.Transpose, node: Node) -> None:
        self._plain("Transpose", node, perm=[0, *(axis + 1 for axis in op.perm)])

    @_write.register
    def _(self, op: ops.Concat, node: Node) -> None:
        self._plain("Concat", node, axis=op.axis + 1)

    @_write.register
    def _(self, op: ops.Slice, node: Node) -> None:
        ends = [s + p * c for s, p, c in zip(op.starts, op.steps, op.counts, strict=True)]
        constants = [
            self._integers(node, "starts", list(op.starts)),
            self._integers(node, "ends", [end if end >= 0 else int(_BEFORE_FIRST) for end in ends]),
            self._integers(node, "axes", [axis + 1 for axis in range(len(ends))]),
            self._integers(node, "steps", list(op.steps)),
        ]
        self._add("Slice", node.name, [*node.inputs, *constants])

    @_write.register
    def _(self, op: ops.Pad, node: Node) -> None:
        pads = self._integers(node, "pads", [0, *op.before, 0, *op.after])
        value = self._constant(node, "value", np.asarray(op.value))
        self._add("Pad", node.name, [*node.inputs, pads, value])

    @_write.register
    def _(self, op: ops.ReduceSum, node: Node) -> None:
        self._reduction(op, node)

    @_write.register
    def _(self, op: ops.ReduceMean, node: Node) -> None:
        self._reduction(op, node)

    def _reduction(self, op: ops.ReduceSum | ops.ReduceMean, node: Node) -> None:
        axes = self._integers(node, "axes", [axis + 1 for axis in op.axes])
        self._add(op.kind, node.name, [*node.inputs, axes], keepdims=int(op.keepdims))


def _coefficients(values: FloatArray, shape: Shape) -> FloatArray:
    """Coefficients of an Affine as an array that broadcasts against [1, *shape]."""
    for axes in range(len(shape) + 1):
        if math.prod(shape[:axes]) == values.size:
            return values.reshape(1, *shape[:axes], *(1,) * (len(shape) - axes))
    repeated = np.repeat(values, math.prod(shape) // values.size)
    return repeated.reshape(1, *shape)

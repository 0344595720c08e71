"""Reading a ModelProto: bytes, operator sets, inputs, initializers, and the walk over the nodes."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto

from bridge.importers.lowering import Folded, Session, Step, Tensor, Value, without_batch
from bridge.importers.onnx import (
    arithmetic,
    casting,
    dense,
    movement,
    normalization,
    reduction,
    windows,
)
from bridge.importers.onnx.attributes import Attributes
from bridge.importers.onnx.context import Handler, NodeContext
from bridge.importers.onnx.folding import FOLDERS, SHAPE_OPERATORS
from bridge.importers.onnx.tensors import decode_tensor, dtype_name
from runtime.errors import InputError, UnsupportedError
from runtime.graph import Graph, GraphBuilder, Provenance, Shape
from runtime.graph.strict_json import read_bytes
from runtime.graph.validate import MAX_NODES

__all__ = ["OLDEST_OPSET", "ModelFile", "import_model", "input_shape", "read_model"]

OLDEST_OPSET = 8

HANDLERS: dict[str, Handler] = {
    **arithmetic.HANDLERS,
    **casting.HANDLERS,
    **dense.HANDLERS,
    **movement.HANDLERS,
    **normalization.HANDLERS,
    **reduction.HANDLERS,
    **windows.HANDLERS,
}


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A parsed model with what is known of its file."""

    proto: ModelProto
    sha256: str
    path: Path | None

    @property
    def name(self) -> str:
        """How messages name the model."""
        return self.path.name if self.path else "the ONNX model"


def read_model(source: str | Path | bytes | ModelProto) -> ModelFile:
    """Parse a model from a file, bytes or a ModelProto; raises InputError."""
    if isinstance(source, ModelProto):
        return ModelFile(source, hashlib.sha256(source.SerializeToString()).hexdigest(), None)
    path = None if isinstance(source, bytes) else Path(source)
    data = source if isinstance(source, bytes) else read_bytes(Path(source), "ONNX model")
    label = path.name if path else "the ONNX model"
    proto = ModelProto()
    try:
        proto.ParseFromString(data)
    except (DecodeError, ValueError, RecursionError) as error:
        raise InputError(f"{label}: this is not an ONNX model, it does not parse") from error
    return ModelFile(proto, hashlib.sha256(data).hexdigest(), path)


def import_model(file: ModelFile) -> Graph:
    """Build the graph; raises UnsupportedError or InputError with the first fault."""
    try:
        return _import(file)
    except InputError as error:
        raise type(error)(f"{file.name}: {error}") from error


def _import(file: ModelFile) -> Graph:
    graph = file.proto.graph
    if not all(isinstance(text, str) for text in _texts(graph)):
        raise InputError("a name in the model is not valid UTF-8")
    opset = _opset(file.proto)
    if file.proto.functions:
        raise UnsupportedError("local functions are not supported")
    if graph.sparse_initializer:
        raise UnsupportedError("sparse initializers are not supported")
    if len(graph.node) > MAX_NODES:
        raise InputError(f"it has more than {MAX_NODES} nodes")
    if len(graph.output) != 1:
        raise UnsupportedError(f"it has {len(graph.output)} outputs, exactly one is supported")
    output = graph.output[0]
    builder = GraphBuilder(file.path.stem if file.path else graph.name)
    session = Session(builder)
    folder = file.path.parent if file.path else None
    values = _declare(session, graph, folder)
    for node in _needed(graph, output.name):
        _import_node(session, node, values, opset, folder)
    result = values.get(output.name)
    if not isinstance(result, Tensor):
        raise InputError(f"its output {output.name[:60]!r} does not depend on its input")
    _check_output_type(output)
    last = Step(session, "output", output.name)
    name = last.view(result, without_batch(result.shape))
    source = Provenance(
        "onnx", file.sha256, file.path.name if file.path else None, opset, tuple(session.notes)
    )
    return builder.build(name, source)


def _texts(graph: GraphProto) -> Iterator[object]:
    """All names that the importer reads; protobuf hands over bytes where they are not UTF-8."""
    yield graph.name
    for node in graph.node:
        yield from (node.name, node.op_type, node.domain, *node.input, *node.output)
        for attribute in node.attribute:
            yield from (attribute.name, attribute.ref_attr_name)
    for entry in (*graph.input, *graph.output):
        yield entry.name
    for tensor in graph.initializer:
        yield tensor.name
        for pair in tensor.external_data:
            yield from (pair.key, pair.value)


def _opset(model: ModelProto) -> int:
    versions = [e.version for e in model.opset_import if e.domain in ("", "ai.onnx")]
    newest = onnx.defs.onnx_opset_version()
    if len(versions) != 1:
        raise InputError("the version of the default operator set is missing or ambiguous")
    if not OLDEST_OPSET <= versions[0] <= newest:
        raise UnsupportedError(
            f"operator set {versions[0]} is not supported, only {OLDEST_OPSET} to {newest}"
        )
    return int(versions[0])


def _declare(session: Session, graph: GraphProto, folder: Path | None) -> dict[str, Value]:
    """Inputs and initializers by name."""
    values: dict[str, Value] = {}
    initializers: dict[str, TensorProto] = {}
    for tensor in graph.initializer:
        if not tensor.name or tensor.name in initializers:
            raise InputError(f"the initializer name {tensor.name[:60]!r} is empty or used twice")
        initializers[tensor.name] = tensor
    for entry in graph.input:
        if entry.name in initializers:
            continue
        if not entry.name or entry.name in values:
            raise InputError(f"the input name {entry.name[:60]!r} is empty or used twice")
        shape = input_shape(entry)
        name = session.builder.input(without_batch(shape), entry.name)
        values[entry.name] = Tensor(name, shape)
    if not values:
        raise InputError("it has no input")
    used = {name for node in graph.node for name in node.input}
    for name in used & set(initializers):
        where = f"initializer {name[:60]!r}"
        values[name] = Folded(decode_tensor(initializers[name], folder, where))
    return values


def input_shape(entry: ValueInfoProto) -> Shape:
    """The static ONNX shape of a model input; a symbolic leading axis (the batch) becomes 1."""
    where = f"input {entry.name[:60]!r}"
    if entry.type.WhichOneof("value") != "tensor_type":
        raise UnsupportedError(f"{where}: only tensors are supported")
    tensor = entry.type.tensor_type
    if tensor.elem_type != TensorProto.FLOAT:
        raise UnsupportedError(
            f"{where}: the data type {dtype_name(tensor.elem_type)} is not supported, only FLOAT"
        )
    if not tensor.HasField("shape"):
        raise UnsupportedError(f"{where}: the shape is not known")
    shape = []
    for axis, dim in enumerate(tensor.shape.dim):
        if dim.WhichOneof("value") == "dim_value" and dim.dim_value > 0:
            shape.append(int(dim.dim_value))
        elif axis == 0 and len(tensor.shape.dim) > 1:
            shape.append(1)
        else:
            raise UnsupportedError(f"{where}: axis {axis} has no fixed size")
    if math.prod(shape) > 1 << 27:
        raise InputError(f"{where}: the shape {shape[:12]} is too large")
    return tuple(shape)


def _check_output_type(output: ValueInfoProto) -> None:
    declared = output.type.tensor_type.elem_type
    if declared not in (TensorProto.FLOAT, TensorProto.UNDEFINED):
        raise UnsupportedError(
            f"output {output.name[:60]!r}: the data type {dtype_name(declared)} is not supported"
        )


def _needed(graph: GraphProto, output: str) -> Iterable[NodeProto]:
    """The nodes that the output needs, in the file's order; a name bound twice is an InputError."""
    producers: dict[str, int] = {}
    taken = {entry.name for entry in graph.input} | {entry.name for entry in graph.initializer}
    for index, node in enumerate(graph.node):
        for name in filter(None, node.output):
            if name in producers or name in taken:
                raise InputError(f"the name {name[:60]!r} is bound twice")
            producers[name] = index
    needed: set[int] = set()
    pending = [output]
    while pending:
        index = producers.get(pending.pop(), -1)
        if index >= 0 and index not in needed:
            needed.add(index)
            pending.extend(graph.node[index].input)
    return [graph.node[index] for index in sorted(needed)]


def _import_node(
    session: Session, node: NodeProto, values: dict[str, Value], opset: int, folder: Path | None
) -> None:
    label = node.name or next(iter(node.output), "")
    where = f"node {label[:60]!r} ({node.op_type[:40]})"
    if node.domain not in ("", "ai.onnx"):
        raise UnsupportedError(
            f"{where}: operators of the domain {node.domain[:60]!r} are not supported"
        )
    if node.op_type not in HANDLERS and node.op_type not in FOLDERS:
        raise UnsupportedError(f"{where}: the operator {node.op_type[:40]!r} is not supported")
    inputs: list[Value | None] = []
    for name in node.input:
        if name and name not in values:
            raise InputError(
                f"{where}: its input {name[:60]!r} is not defined before it, or is an output that "
                f"is not supported"
            )
        inputs.append(values[name] if name else None)
    attributes = Attributes(node, where)
    ctx = NodeContext(session, where, label, node.op_type, inputs, attributes, opset, folder)
    constant = all(not isinstance(value, Tensor) for value in inputs)
    if node.op_type in FOLDERS and (constant or node.op_type in SHAPE_OPERATORS):
        result: Value = _fold(ctx)
    elif node.op_type in HANDLERS:
        result = HANDLERS[node.op_type](ctx)
    else:
        raise UnsupportedError(
            f"{where}: {node.op_type} is supported on constants alone, not on what is computed "
            f"from the model input"
        )
    attributes.finish()
    if not node.output or not node.output[0]:
        raise InputError(f"{where}: its first output has no name")
    values[node.output[0]] = result


def _fold(ctx: NodeContext) -> Folded:
    try:
        return Folded(np.asarray(FOLDERS[ctx.kind](ctx)))
    except (ValueError, TypeError, IndexError, OverflowError, ZeroDivisionError) as error:
        raise InputError(f"{ctx.where}: its constants cannot be computed, {error}") from error

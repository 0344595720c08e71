"""From a module to the graph IR: one run is recorded on the tape, and the tape is translated.

What the graph holds is what ran, so any module may be captured whose forward pass is a fixed
sequence of operations on its input. The result is run against the module on fresh inputs; a
forward pass that takes other paths for other inputs, or leaves the tape, is refused there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from runtime.autograd.tape import TapeNode, is_recording, no_grad, topological
from runtime.autograd.windows import Windows
from runtime.devices import Array, to_numpy
from runtime.errors import InputError, UnsupportedError
from runtime.graph import (
    Abs,
    Add,
    Affine,
    AvgPool2d,
    Clip,
    Constant,
    Conv2d,
    Flatten,
    Graph,
    GraphBuilder,
    LeakyRelu,
    Linear,
    Maximum,
    MaxPool2d,
    Minimum,
    Neg,
    Op,
    Pad,
    Provenance,
    ReduceMean,
    ReduceSum,
    Relu,
    Reshape,
    Sub,
    Transpose,
)
from runtime.nn import Module
from runtime.tensor import Tensor

__all__ = ["capture"]

_TRACE_BATCH = 2  # not 1, so that an operation that mixes the batch shows in the shapes
_CHECK_BATCH = 3
_TOLERANCE = 1e-4  # relative to the largest output; another summation order stays far below


def capture(module: Module, input_shape: Sequence[int], name: str = "model") -> Graph:
    """The graph of ``module`` for inputs of ``input_shape`` (no batch axis), float32.

    Parameters keep their bits. Raises UnsupportedError for an operation that the graph does not
    have, and InputError for float64 parameters, an operation across the batch, or a module that
    does not compute the same as its captured graph.
    """
    if not is_recording():
        raise InputError("capture: call it outside of no_grad, since it reads the tape")
    for path, parameter in module.named_parameters():
        if parameter.dtype != np.float32:
            raise InputError(f"capture: parameter {path} is {parameter.dtype}, not float32")
    shape = tuple(input_shape)
    random = np.random.default_rng(0)
    tracer = _Tracer(GraphBuilder(name), {}, _layer_names(module))
    x = _sample(module, random, (_TRACE_BATCH, *shape))
    x.requires_grad = True
    tracer.names[id(x)] = tracer.builder.input(shape)
    result = module(x)
    for tensor in topological(result):
        if tensor.node is not None:
            tracer.translate(tensor, tensor.node)
    if id(result) not in tracer.names:
        raise InputError("capture: the output of the module does not depend on its input")
    graph = tracer.builder.build(tracer.names[id(result)], Provenance(kind="runtime"))
    _compare(module, graph, _sample(module, random, (_CHECK_BATCH, *shape)))
    return graph


def _sample(module: Module, random: np.random.Generator, shape: tuple[int, ...]) -> Tensor:
    """A random float32 input where the parameters lie."""
    return Tensor(random.standard_normal(shape).astype(np.float32), device=module.device)


def _compare(module: Module, graph: Graph, x: Tensor) -> None:
    with no_grad():
        wanted = module(x).numpy()
    got = graph.evaluate_batch(x.numpy())
    fits = got.shape == wanted.shape and np.allclose(
        got, wanted, rtol=0, atol=_TOLERANCE * max(1.0, float(np.abs(wanted).max(initial=0)))
    )
    if not fits:
        raise InputError(
            "capture: the module computes something else on another input; its forward pass "
            "must be the same operations for every input, all of them on tensors"
        )


def _layer_names(module: Module) -> dict[int, str]:
    """For each weight the path of its layer, to name the layer's node after it."""
    return {id(p): path.rpartition(".")[0] for path, p in module.named_parameters()}


@dataclass(frozen=True, slots=True)
class _Tracer:
    """The graph so far: ``names`` maps the tensors that depend on the input to their nodes."""

    builder: GraphBuilder
    names: dict[int, str]
    layers: dict[int, str]

    def translate(self, tensor: Tensor, node: TapeNode) -> None:
        """Adds the operation that made ``tensor``, if it depends on the input."""
        known = [id(parent) in self.names for parent in node.parents]
        if not any(known):
            return  # computed from parameters alone: a constant with the value it has
        if tensor.shape[:1] != (_TRACE_BATCH,):
            raise InputError(f"capture: {node.operation} must keep the batch axis in front")
        handler = _HANDLERS.get(node.operation)
        if handler is None:
            raise UnsupportedError(f"capture: the graph has no operation {node.operation!r}")
        self.names[id(tensor)] = handler(self, tensor, node)

    def single(self, op: Op, node: TapeNode) -> str:
        """Adds an operator on the first parent."""
        return self.add(op, self.names[id(node.parents[0])])

    def add(self, op: Op, *inputs: str, layer: str = "") -> str:
        """Adds a node, named after a layer where there is one."""
        return self.builder.add(op, *inputs, hint=layer)

    def constant(self, operand: Tensor, operation: str) -> Array:
        """The float32 value of an operand that does not depend on the input."""
        if id(operand) in self.names:
            raise UnsupportedError(f"capture: {operation} of two computed tensors is not linear")
        value: Array = to_numpy(operand.data)  # the operator keeps a copy of its own
        if value.dtype != np.float32:
            raise InputError(f"capture: an operand of {operation} is {value.dtype}, not float32")
        return value


def _channels(value: Array, shape: tuple[int, ...], operation: str) -> Array:
    """``value`` as coefficients for Affine: one for each block of trailing axes it is equal on.

    Raises UnsupportedError where ``value`` would stretch the tensor instead of the reverse.
    """
    aligned = value.reshape((1,) * (len(shape) + 1 - value.ndim) + value.shape)
    if aligned.ndim != len(shape) + 1 or aligned.shape[0] != 1:
        raise UnsupportedError(f"capture: an operand of {operation} has a batch axis of its own")
    aligned = aligned[0]
    varying = [k + 1 for k, n in enumerate(aligned.shape) if n != 1]
    last = varying[-1] if varying else 0
    head = aligned.reshape(aligned.shape[:last])
    return np.ascontiguousarray(np.broadcast_to(head, shape[:last])).reshape(-1)


def _arithmetic(tracer: _Tracer, tensor: Tensor, node: TapeNode) -> str:
    """add, sub, mul, div: of two computed tensors, or of one and a constant."""
    x, y = node.parents
    shape, operation = tensor.shape[1:], node.operation
    if id(x) in tracer.names and id(y) in tracer.names and operation in ("add", "sub"):
        return _both(tracer, tensor, node, Add() if operation == "add" else Sub())
    swapped = id(x) not in tracer.names
    computed, other = (y, x) if swapped else (x, y)
    value = _channels(tracer.constant(other, operation), shape, operation)
    if computed.shape != tensor.shape:
        raise UnsupportedError(f"capture: {operation} stretches {computed.shape[1:]} to {shape}")
    one, zero = np.ones_like(value), np.zeros_like(value)
    match operation, swapped:
        case "add", _:
            op = Affine(one, value)
        case "sub", False:
            op = Affine(one, -value)
        case "sub", True:
            op = Affine(-one, value)
        case "mul", _:
            op = Affine(value, zero)
        case "div", False:
            op = Affine(one, zero, value)
        case _:
            raise UnsupportedError("capture: division by a computed tensor is not linear")
    return tracer.add(op, tracer.names[id(computed)])


def _extremum(tracer: _Tracer, tensor: Tensor, node: TapeNode) -> str:
    return _both(tracer, tensor, node, Maximum() if node.operation == "maximum" else Minimum())


def _both(tracer: _Tracer, tensor: Tensor, node: TapeNode, op: Op) -> str:
    """An operator on two tensors of one shape; constants are stretched to it."""
    shape = tensor.shape[1:]
    inputs = []
    for parent in node.parents:
        if id(parent) in tracer.names:
            if parent.shape != tensor.shape:
                raise UnsupportedError(
                    f"capture: {node.operation} stretches {parent.shape[1:]} to {shape}"
                )
            inputs.append(tracer.names[id(parent)])
        else:
            value = _channels(tracer.constant(parent, node.operation), shape, node.operation)
            repeated = np.repeat(value, prod(shape) // value.size).reshape(shape)
            inputs.append(tracer.add(Constant(repeated)))
    return tracer.add(op, *inputs)


def _linear(tracer: _Tracer, tensor: Tensor, node: TapeNode) -> str:
    x, weight, *rest = node.parents
    if len(x.shape) != 2:
        raise UnsupportedError(f"capture: linear needs inputs of one axis, not {x.shape[1:]}")
    matrix = tracer.constant(weight, "linear")
    bias = tracer.constant(rest[0], "linear") if rest else np.zeros(len(matrix), np.float32)
    layer = tracer.layers.get(id(weight), "")
    return tracer.add(Linear(matrix, bias), tracer.names[id(x)], layer=layer)


def _matmul(tracer: _Tracer, tensor: Tensor, node: TapeNode) -> str:
    x, y = node.parents
    if id(x) not in tracer.names or len(x.shape) != 2 or len(y.shape) != 2:
        raise UnsupportedError("capture: matmul needs a computed vector times a constant matrix")
    matrix = np.ascontiguousarray(tracer.constant(y, "matmul").T)
    bias = np.zeros(len(matrix), np.float32)
    return tracer.add(Linear(matrix, bias), tracer.names[id(x)])


def _conv2d(tracer: _Tracer, tensor: Tensor, node: TapeNode) -> str:
    x, weight, *rest = node.parents
    kernels = tracer.constant(weight, "conv2d")
    bias = tracer.constant(rest[0], "conv2d") if rest else np.zeros(len(kernels), np.float32)
    windows: Windows = node.attributes["windows"]
    source, padding = tracer.names[id(x)], windows.padding
    extents = ((k - 1) * d + 1 for k, d in zip(windows.kernel, windows.dilation, strict=True))
    if any(p >= extent for p, extent in zip(padding, extents, strict=True)):
        border = (0, *padding)
        source, padding = tracer.add(Pad(border, border, np.float32(0)), source), (0, 0)
    op = Conv2d(
        kernels,
        bias,
        windows.stride,
        padding + padding,
        windows.dilation,
        node.attributes["groups"],
    )
    return tracer.add(op, source, layer=tracer.layers.get(id(weight), ""))


def _max_pool2d(tracer: _Tracer, tensor: Tensor, node: TapeNode) -> str:
    w: Windows = node.attributes["windows"]
    return tracer.single(MaxPool2d(w.kernel, w.stride, w.padding + w.padding, w.dilation), node)


def _avg_pool2d(tracer: _Tracer, tensor: Tensor, node: TapeNode) -> str:
    w: Windows = node.attributes["windows"]
    include = node.attributes["count_include_pad"]
    return tracer.single(AvgPool2d(w.kernel, w.stride, w.padding + w.padding, include), node)


def _reshape(tracer: _Tracer, tensor: Tensor, node: TapeNode) -> str:
    shape = tensor.shape[1:]
    return tracer.single(Flatten() if len(shape) == 1 else Reshape(shape), node)


def _transpose(tracer: _Tracer, tensor: Tensor, node: TapeNode) -> str:
    axes = node.attributes["axes"]
    if axes[0] != 0:
        raise InputError("capture: transpose must keep the batch axis in front")
    return tracer.single(Transpose(tuple(a - 1 for a in axes[1:])), node)


def _reduction(tracer: _Tracer, tensor: Tensor, node: TapeNode) -> str:
    axes, keepdims = node.attributes["axes"], node.attributes["keepdims"]
    if 0 in axes:
        raise InputError(f"capture: {node.operation} over the batch axis")
    kind = ReduceSum if node.operation == "sum" else ReduceMean
    return tracer.single(kind(tuple(a - 1 for a in axes), keepdims), node)


_HANDLERS: dict[str, Callable[[_Tracer, Tensor, TapeNode], str]] = {
    "abs": lambda tracer, _, node: tracer.single(Abs(), node),
    "add": _arithmetic,
    "avg_pool2d": _avg_pool2d,
    "clip": lambda tracer, _, node: tracer.single(Clip(**node.attributes), node),
    "conv2d": _conv2d,
    "div": _arithmetic,
    "leaky_relu": lambda tracer, _, node: tracer.single(LeakyRelu(**node.attributes), node),
    "linear": _linear,
    "matmul": _matmul,
    "max_pool2d": _max_pool2d,
    "maximum": _extremum,
    "mean": _reduction,
    "minimum": _extremum,
    "mul": _arithmetic,
    "neg": lambda tracer, _, node: tracer.single(Neg(), node),
    "relu": lambda tracer, _, node: tracer.single(Relu(), node),
    "reshape": _reshape,
    "sub": _arithmetic,
    "sum": _reduction,
    "transpose": _transpose,
}

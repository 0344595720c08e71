"""Graph operators as terms of the Lean library: operator, constants, soundness lemma."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, singledispatch
from math import lcm, prod

import numpy as np

from bridge.export.names import constant_name
from bridge.export.packing import digit_width
from runtime.errors import UnsupportedError
from runtime.graph import Graph, Node, Shape
from runtime.graph import ops as g
from runtime.graph.exact import exact_parameter

__all__ = ["Parameter", "Term", "fraction_text", "int_text", "op_type", "shape_text", "term"]


@dataclass(frozen=True)
class Parameter:
    """A constant of a node: exact numerators over `den`, in the layout of the Lean library."""

    name: str
    role: str
    shape: Shape
    numerators: tuple[int, ...]
    den: int

    @cached_property
    def width(self) -> int:
        """Bits of a digit; see `digit_width`."""
        return digit_width(self.numerators)


@dataclass(frozen=True, slots=True)
class Term:
    """What is written for one node: `expression` names the parameters; `lemma` proves a box."""

    expression: str
    lemma: str
    parameters: tuple[Parameter, ...] = ()


def term(graph: Graph, node: Node) -> Term:
    """The Lean term of a node of a lowered graph.

    Raises UnsupportedError, with the node's name, for what the library does not state or prove.
    """
    return _term(node.op, node, [graph.shape_of(name) for name in node.inputs])


def op_type(graph: Graph, node: Node) -> str:
    """The type of the node's operator: `Op [[64]] [32]`."""
    inputs = ", ".join(shape_text(graph.shape_of(name)) for name in node.inputs)
    return f"Op [{inputs}] {shape_text(node.shape)}"


def shape_text(shape: Shape) -> str:
    """A shape as a Lean list."""
    return "[" + ", ".join(map(str, shape)) + "]"


def int_text(value: int) -> str:
    """An integer as a Lean argument."""
    return str(value) if value >= 0 else f"({value})"


def fraction_text(value: Fraction) -> str:
    """A rational as two Lean arguments: numerator and denominator."""
    return f"{int_text(value.numerator)} {value.denominator}"


@singledispatch
def _term(op: g.Op, node: Node, inputs: list[Shape]) -> Term:
    raise UnsupportedError(
        f"The operator {op.kind} of node {node.name} has no counterpart in the Lean library."
    )


def _simple(kind: type[g.Op], expression: str, lemma: str) -> None:
    def make(op: g.Op, node: Node, inputs: list[Shape]) -> Term:
        return Term(expression, lemma)

    register: Callable[[type[g.Op], Callable[..., Term]], object] = _term.register
    register(kind, make)


_simple(g.Add, ".add", "add_maps")
_simple(g.Sub, ".sub", "sub_maps")
_simple(g.Maximum, ".max", "max_maps")
_simple(g.Minimum, ".min", "min_maps")
_simple(g.Neg, ".neg", "neg_maps")
_simple(g.Abs, ".abs", "abs_maps")
_simple(g.Relu, ".relu", "relu_maps")
_simple(g.Flatten, ".reshape rfl", "reshape_maps")
_simple(g.Reshape, ".reshape rfl", "reshape_maps")
_simple(g.GlobalAvgPool, ".globalAvgPool", "globalAvgPool_maps")


def _parameter(node: Node, role: str, values: np.ndarray, shape: Shape) -> Parameter:
    exact = exact_parameter(np.ascontiguousarray(values, dtype=np.float32))
    numerators = tuple(int(v) for v in exact.numerators.reshape(-1))
    return Parameter(constant_name(node.name, role), role, shape, numerators, exact.denominator)


@_term.register
def _(op: g.Constant, node: Node, inputs: list[Shape]) -> Term:
    value = _parameter(node, "value", op.value, node.shape)
    return Term(f".constant {value.name}", "constant_maps", (value,))


@_term.register
def _(op: g.Linear, node: Node, inputs: list[Shape]) -> Term:
    outputs, size = op.weight.shape
    weight = _parameter(node, "weight", op.weight.T, (size, outputs))
    bias = _parameter(node, "bias", op.bias, (outputs,))
    return Term(f".linear {weight.name} {bias.name}", "linear_maps", (weight, bias))


@_term.register
def _(op: g.Conv2d, node: Node, inputs: list[Shape]) -> Term:
    weight = _parameter(node, "weight", op.weight, op.weight.shape)
    bias = _parameter(node, "bias", op.bias, (op.weight.shape[0],))
    window = _window(op.weight.shape[2:], op.stride, op.padding, op.dilation)
    expression = f".conv2d {window} {op.groups} {weight.name} {bias.name}"
    return Term(expression, "conv_maps", (weight, bias))


@_term.register
def _(op: g.Affine, node: Node, inputs: list[Shape]) -> Term:
    shift = _parameter(node, "shift", op.shift, op.shift.shape)
    scale = _parameter(node, "scale", op.scale, op.scale.shape)
    if op.divisor is not None:
        scale = _divided(scale, exact_parameter(op.divisor).numerators.reshape(-1), op.divisor)
    return Term(f".affine {scale.name} {shift.name}", "affine_maps", (scale, shift))


def _divided(scale: Parameter, divisors: np.ndarray, values: np.ndarray) -> Parameter:
    """`scale / divisor`, exactly, over the least common denominator."""
    den = exact_parameter(values).denominator
    quotients = [
        Fraction(n, scale.den) / Fraction(int(d), den)
        for n, d in zip(scale.numerators, divisors, strict=True)
    ]
    common = lcm(*(q.denominator for q in quotients))
    numerators = tuple(q.numerator * (common // q.denominator) for q in quotients)
    return Parameter(scale.name, scale.role, scale.shape, numerators, common)


@_term.register
def _(op: g.LeakyRelu, node: Node, inputs: list[Shape]) -> Term:
    alpha = Fraction(float(op.alpha))
    if alpha < 0:
        raise UnsupportedError(
            f"LeakyRelu of node {node.name} has the negative slope {op.alpha}; "
            "the Lean library proves bounds for slopes of zero or more."
        )
    return Term(f".leakyRelu {fraction_text(alpha)}", "leakyRelu_maps")


@_term.register
def _(op: g.Clip, node: Node, inputs: list[Shape]) -> Term:
    def limit(value: np.float32 | None) -> str:
        if value is None:
            return "none"
        exact = Fraction(float(value))
        return f"(some ({exact.numerator}, {exact.denominator}))"

    return Term(f".clip {limit(op.low)} {limit(op.high)}", "clip_maps")


@_term.register
def _(op: g.MaxPool2d, node: Node, inputs: list[Shape]) -> Term:
    window = _window(op.kernel, op.stride, op.padding, op.dilation)
    return Term(f".maxPool2d {window}", "maxPool2d_maps")


@_term.register
def _(op: g.AvgPool2d, node: Node, inputs: list[Shape]) -> Term:
    window = _window(op.kernel, op.stride, op.padding, (1, 1))
    counted = "true" if op.count_include_pad else "false"
    return Term(f".avgPool2d {window} {counted}", "avgPool2d_maps")


@_term.register
def _(op: g.Transpose, node: Node, inputs: list[Shape]) -> Term:
    return Term(f".transpose {shape_text(op.perm)}", "transpose_maps")


@_term.register
def _(op: g.Concat, node: Node, inputs: list[Shape]) -> Term:
    first, second = inputs
    inner = prod(first[op.axis + 1 :])
    outer = prod(first[: op.axis])
    blocks = f"{outer} {first[op.axis] * inner} {second[op.axis] * inner}"
    return Term(f".concat {blocks}", "concat_maps")


@_term.register
def _(op: g.Slice, node: Node, inputs: list[Shape]) -> Term:
    return Term(f".slice {shape_text(op.starts)} {shape_text(op.steps)}", "slice_maps")


@_term.register
def _(op: g.Pad, node: Node, inputs: list[Shape]) -> Term:
    value = fraction_text(Fraction(float(op.value)))
    return Term(f".pad {shape_text(op.before)} {value}", "pad_maps")


@_term.register
def _(op: g.ReduceSum, node: Node, inputs: list[Shape]) -> Term:
    return Term(f".reduceSum {op.axes[0]}", "reduceSum_maps")


@_term.register
def _(op: g.ReduceMean, node: Node, inputs: list[Shape]) -> Term:
    return Term(f".reduceMean {op.axes[0]}", "reduceMean_maps")


def _window(
    kernel: tuple[int, ...],
    stride: tuple[int, int],
    padding: tuple[int, int, int, int],
    dilation: tuple[int, int],
) -> str:
    """The structure instance of a `Window`; fields at their default are left out."""
    fields = [f"kernel := ({kernel[0]}, {kernel[1]})"]
    for name, value, default in (
        ("stride", stride, (1, 1)),
        ("padding", padding[:2], (0, 0)),
        ("dilation", dilation, (1, 1)),
    ):
        if value != default:
            fields.append(f"{name} := ({value[0]}, {value[1]})")
    return "{ " + ", ".join(fields) + " }"

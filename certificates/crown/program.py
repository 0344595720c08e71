"""A graph made ready for bounds: every operator's rule, with its parameters on a device."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np

from certificates.crown.ball import InputBall
from certificates.crown.linear import (
    Convolution,
    Dense,
    Fixed,
    LinearRule,
    Pooling,
    Reduction,
    Scaling,
    Signed,
)
from certificates.crown.lines import Clipping, TwoPieces
from certificates.crown.maxima import Extreme, WindowMaximum
from certificates.crown.movement import Cut, Joined, Padded, Permuted, Reshaped
from certificates.crown.relaxation import NonlinearRule
from certificates.crown.windows import Windows
from certificates.properties import Ball
from runtime.devices import Array
from runtime.errors import InputError, UnsupportedError
from runtime.graph import Graph, Shape, arrays, ops

__all__ = ["Program", "Step"]

Rule = LinearRule | NonlinearRule


@dataclass(frozen=True, slots=True)
class Step:
    """One node: its rule, the tensors that it reads, its shape."""

    name: str
    rule: Rule
    inputs: tuple[str, ...]
    shape: Shape


class Program:
    """The nodes of a graph as rules, in order.

    Args:
        graph: a graph with one input.
        xp: the array module, `numpy` or `cupy` (`Device.module`).
        dtype: float64, or float32 for speed.
        ball: where the inputs lie in a ball in the l1 or l2 norm, as well as in a box.

    Raises InputError for several inputs, UnsupportedError for an operator without a rule.
    """

    def __init__(
        self, graph: Graph, xp: Any = np, dtype: Any = np.float64, ball: Ball | None = None
    ) -> None:
        if len(graph.inputs) != 1:
            raise InputError(f"The graph has {len(graph.inputs)} inputs; bounds need exactly one.")
        self.graph, self.xp, self.dtype = graph, xp, np.dtype(dtype)
        self.input = graph.inputs[0].name
        self.output = graph.output
        self.shapes: dict[str, Shape] = {self.input: graph.inputs[0].shape}
        shape = self.shapes[self.input]
        self.ball = None if ball is None else InputBall.of(ball, shape, xp, self.dtype)
        steps = []
        for node in graph.nodes:
            before = [self.shapes[name] for name in node.inputs]
            self.shapes[node.name] = node.shape
            rule = _rule(node.op, before, node.shape, self)
            steps.append(Step(node.name, rule, node.inputs, node.shape))
        self.steps = tuple(steps)
        self.step = {step.name: step for step in steps}
        self.exact = _exact_intervals(self)

    def size(self, name: str) -> int:
        """Number of entries of a tensor."""
        return math.prod(self.shapes[name])

    def above(self, target: str) -> list[Step]:
        """The steps that `target` depends on, itself included, in order."""
        needed = {target}
        for step in reversed(self.steps):
            if step.name in needed:
                needed.update(step.inputs)
        return [step for step in self.steps if step.name in needed]

    def run(self, x: Array) -> Array:
        """The output [N, *shape] at points x [N, *input shape], in the program's dtype."""
        values = {self.input: x}
        for step in self.above(self.output):
            given = [values[name] for name in step.inputs]
            if isinstance(step.rule, LinearRule):
                value = step.rule.apply(given)
                values[step.name] = (
                    value if given else self.xp.broadcast_to(value, (len(x), *step.shape))
                )
            else:
                values[step.name] = step.rule.box([(v, v) for v in given])[0]
        return values[self.output]


def _exact_intervals(program: Program) -> frozenset[str]:
    """Tensors whose interval bounds are already the best: one linear step from independent entries.

    Entries are independent after operators that move or change each entry on its own. In a ball
    the input's are not.
    """
    alone, exact = {program.input}, {program.input}
    if program.ball is not None:
        alone = set()
    for step in program.steps:
        if len(step.inputs) == 1 and step.inputs[0] in alone:
            exact.add(step.name)
            if isinstance(step.rule, Reshaped | Permuted | Cut | Padded | Scaling | Signed):
                alone.add(step.name)
            if isinstance(step.rule, TwoPieces | Clipping):
                alone.add(step.name)
        elif not step.inputs:
            exact.add(step.name)
            alone.add(step.name)
    return frozenset(exact)


@singledispatch
def _rule(op: ops.Op, before: list[Shape], after: Shape, program: Program) -> Rule:
    raise UnsupportedError(f"The operator {op.kind} has no linear bounds; remove it.")


@_rule.register
def _(op: ops.Linear, before: list[Shape], after: Shape, program: Program) -> Rule:
    return Dense(op, program.xp, program.dtype)


@_rule.register
def _(op: ops.Conv2d, before: list[Shape], after: Shape, program: Program) -> Rule:
    return Convolution(op, (before[0][1], before[0][2]), program.xp, program.dtype)


@_rule.register
def _(op: ops.Affine, before: list[Shape], after: Shape, program: Program) -> Rule:
    return Scaling(op, program.xp, program.dtype)


@_rule.register
def _(op: ops.Constant, before: list[Shape], after: Shape, program: Program) -> Rule:
    return Fixed(op, program.xp, program.dtype)


@_rule.register
def _(op: ops.Neg, before: list[Shape], after: Shape, program: Program) -> Rule:
    return Signed(-1)


@_rule.register
def _(op: ops.Add, before: list[Shape], after: Shape, program: Program) -> Rule:
    return Signed(1, 1)


@_rule.register
def _(op: ops.Sub, before: list[Shape], after: Shape, program: Program) -> Rule:
    return Signed(1, -1)


@_rule.register(ops.Flatten)
@_rule.register(ops.Reshape)
def _(op: ops.Op, before: list[Shape], after: Shape, program: Program) -> Rule:
    return Reshaped(before[0], after)


@_rule.register
def _(op: ops.Transpose, before: list[Shape], after: Shape, program: Program) -> Rule:
    return Permuted(op)


@_rule.register
def _(op: ops.Slice, before: list[Shape], after: Shape, program: Program) -> Rule:
    return Cut(op, before[0], program.xp)


@_rule.register
def _(op: ops.Pad, before: list[Shape], after: Shape, program: Program) -> Rule:
    return Padded(op, before[0], after, program.xp)


@_rule.register
def _(op: ops.Concat, before: list[Shape], after: Shape, program: Program) -> Rule:
    return Joined(op, before[0], program.xp)


@_rule.register
def _(op: ops.AvgPool2d, before: list[Shape], after: Shape, program: Program) -> Rule:
    size = before[0][1], before[0][2]
    counts = program.xp.asarray(arrays.window_counts(op, size), dtype=program.dtype)
    return Pooling(Windows(size, op.kernel, op.stride, op.padding, (1, 1)), counts, program.xp)


@_rule.register
def _(op: ops.GlobalAvgPool, before: list[Shape], after: Shape, program: Program) -> Rule:
    return Reduction(before[0], (1, 2), True, True, program.xp)


@_rule.register
def _(op: ops.ReduceSum, before: list[Shape], after: Shape, program: Program) -> Rule:
    return Reduction(before[0], op.axes, op.keepdims, False, program.xp)


@_rule.register
def _(op: ops.ReduceMean, before: list[Shape], after: Shape, program: Program) -> Rule:
    return Reduction(before[0], op.axes, op.keepdims, True, program.xp)


@_rule.register
def _(op: ops.Relu, before: list[Shape], after: Shape, program: Program) -> Rule:
    return TwoPieces(program.xp, 0.0)


@_rule.register
def _(op: ops.LeakyRelu, before: list[Shape], after: Shape, program: Program) -> Rule:
    return TwoPieces(program.xp, float(op.alpha))


@_rule.register
def _(op: ops.Abs, before: list[Shape], after: Shape, program: Program) -> Rule:
    return TwoPieces(program.xp, -1.0)


@_rule.register
def _(op: ops.Clip, before: list[Shape], after: Shape, program: Program) -> Rule:
    low = -math.inf if op.low is None else float(op.low)
    high = math.inf if op.high is None else float(op.high)
    return Clipping(program.xp, low, high)


@_rule.register
def _(op: ops.Maximum, before: list[Shape], after: Shape, program: Program) -> Rule:
    return Extreme(program.xp, 1)


@_rule.register
def _(op: ops.Minimum, before: list[Shape], after: Shape, program: Program) -> Rule:
    return Extreme(program.xp, -1)


@_rule.register
def _(op: ops.MaxPool2d, before: list[Shape], after: Shape, program: Program) -> Rule:
    size = before[0][1], before[0][2]
    return WindowMaximum(program.xp, Windows(size, op.kernel, op.stride, op.padding, op.dilation))

"""Producing budgets: float64 rounded outward, then integers; node by node."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from certificates.affine.boxes import TooLargeError
from certificates.float32.admit import admit
from certificates.float32.carriers import bias, carrier, extent, roundings, weights
from certificates.float32.format import FORMAT, Float32Budget, Magnitudes, NodeBudget
from certificates.float32.literals import ceiled, ceiling, given, named, outward
from certificates.format import NodeBox
from certificates.interval.rounding import Floats, up
from certificates.interval.rules import propagate
from certificates.properties import Box
from runtime.errors import InputError, UnsupportedError
from runtime.graph import FloatArray, Graph, Node, ops
from runtime.graph.exact import exact_parameter

__all__ = ["budget"]


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A tensor's box and error, as the budget has them and as exact float64 numbers [1, *shape]."""

    box: NodeBox
    error: Magnitudes
    lo: Floats
    hi: Floats
    off: Floats

    @property
    def reach(self) -> Floats:
        """max(|lo|, |hi|) + error: no value of a run is larger."""
        return up(np.maximum(np.abs(self.lo), np.abs(self.hi)) + self.off)

    @property
    def ceiling(self) -> int:
        """A whole number above `reach`."""
        box = ceiling([*self.box.lo, *self.box.hi], self.box.den)
        return box + ceiling(self.error.digits, self.error.den)


def budget(graph: Graph, box: Box) -> Float32Budget:
    """By how much a binary32 run of `graph` on an input of `box` can be off, for every node.

    Raises UnsupportedError for a graph that has operators of which a device computes something
    else, or without a rule; InputError for a box of another size, or numbers so large or small that
    a run may overflow, or lose more to underflow than the format leaves room for.
    """
    admit(graph)
    entry = graph.inputs[0]
    if len(box) != math.prod(entry.shape):
        raise InputError(
            f"The box has {len(box)} coordinates, but the model takes {math.prod(entry.shape)}."
        )
    try:
        start = given(box)
        lo, hi = start.shaped(entry.shape)
        head = named(start, entry.name)
        exact = Magnitudes(1, [0] * len(box))
        tensors = {entry.name: _Tensor(head, exact, lo, hi, np.zeros_like(lo))}
        nodes = []
        for node in graph.nodes:
            made, tensors[node.name] = _node(node, [tensors[name] for name in node.inputs])
            nodes.append(made)
    except TooLargeError:
        raise InputError(
            "The bounds of the network come close to the largest float32 number, so that a run "
            "may overflow; use a smaller input box."
        ) from None
    return Float32Budget(FORMAT, graph.sha256(), head, nodes)


def _node(node: Node, inputs: list[_Tensor]) -> tuple[NodeBudget, _Tensor]:
    lo, hi = propagate(node.op, [(x.lo, x.hi) for x in inputs], 1)
    outer = outward(lo, hi)
    box = named(outer, node.name)
    gamma = _gamma(node, roundings(node.op, [x.lo.shape[1:] for x in inputs]))
    made = [ceiled(_margin(x, gamma), 0) for x in inputs] if gamma[0] else []
    majorants = [majorant for majorant, _ in made]
    shift = None
    if isinstance(node.op, ops.Constant):
        error, off = ceiled(_relative(np.abs(node.op.value.astype(np.float64)), gamma), 1)
        _check_room(node, inputs, [node.op.value], error)
    elif (added := bias(node.op)) is not None and (factors := weights(node.op)) is not None:
        shift, moved = ceiled(_relative(np.abs(added.astype(np.float64)), gamma), 1)
        carried = _carried(node, inputs, [value for _, value in made])
        error, off = ceiled(up(carried + _spread(moved, node)), 0)
        _check_room(node, inputs, [added, factors], shift)
    elif gamma[0]:
        error, off = ceiled(_carried(node, inputs, [value for _, value in made]), 1)
        _check_room(node, inputs, [], error)
    else:
        error, off = ceiled(_selected(node, inputs), 1)
    low, high = outer.shaped(node.shape)
    tensor = _Tensor(box, error, low, high, off.reshape(low.shape))
    return NodeBudget(box, error, majorants, shift, gamma), tensor


def _relative(sizes: Floats, gamma: tuple[int, int]) -> Floats:
    """γ times sizes, rounded up."""
    return up(sizes * math.nextafter(gamma[0] / gamma[1], math.inf))


def _margin(x: _Tensor, gamma: tuple[int, int]) -> Floats:
    """e + γ·(X + e), rounded up: the argument's error, and what rounding adds to it."""
    return up(x.off + _relative(x.reach, gamma))


def _spread(shift: Floats, node: Node) -> Floats:
    """The shift of each block of the result, [1, *shape]."""
    return np.repeat(shift, math.prod(node.shape) // shift.size).reshape(1, *node.shape)


def _carried(node: Node, inputs: list[_Tensor], errors: list[Floats]) -> Floats:
    """What the node's carrier makes of errors of its arguments, rounded up."""
    op = carrier(node.op)
    shaped = [error.reshape(x.lo.shape) for error, x in zip(errors, inputs, strict=True)]
    if op is None:
        return shaped[0]
    return propagate(op, [(np.zeros_like(error), error) for error in shaped], 1)[1]


def _selected(node: Node, inputs: list[_Tensor]) -> Floats:
    """The error of an operator that selects an element, before it may be flushed."""
    error = _carried(node, inputs, [x.off for x in inputs])
    if isinstance(node.op, ops.Relu):
        # Where the unit is off, the run's value cannot exceed what is left above zero.
        return np.minimum(error, np.maximum(up(inputs[0].hi + inputs[0].off), 0.0))
    return error


def _gamma(node: Node, steps: int) -> tuple[int, int]:
    """p and q with (1 + 2⁻²⁴)^steps ≤ 1 + p/q: for x ≤ 1 is e^x ≤ 1 + x + x²."""
    if steps == 0:
        return 0, 1
    if steps > 1 << 22:
        raise UnsupportedError(
            f"Node {node.name} adds up {steps} terms; the float32 bounds cover 2²² of them."
        )
    return (steps << 16) + -(-steps * steps // (1 << 8)), 1 << 40


def _check_room(
    node: Node, inputs: list[_Tensor], constants: list[FloatArray], last: Magnitudes
) -> None:
    """Whether nothing overflows, and one unit of `last` covers what underflows and is flushed.

    The unit is that of the common denominator with the first of the constants, if there are any.
    """
    exact = [exact_parameter(values) for values in constants]
    sizes = sum(ceiling(e.numerators.reshape(-1), e.denominator) for e in exact)
    shapes = [x.lo.shape[1:] for x in inputs]
    above = extent(node.op, shapes, sizes, sum(x.ceiling for x in inputs))
    if above > 1 << 127:
        raise TooLargeError
    if math.lcm(exact[0].denominator if exact else 1, last.den) * above > 1 << 126:
        raise InputError(
            f"Node {node.name} mixes numbers so large and so small that underflow could matter in "
            "float32; set constants below 1e-20 to zero, or claim the property over the reals."
        )

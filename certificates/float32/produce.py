"""Producing budgets: float64 rounded outward, then integers; node by node.

Numbers of a budget are integers over powers of two with few bits, so that they are exact float64
numbers here, and what is computed from them is rounded upward once more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from certificates.affine.boxes import TooLargeError, exponent_for, outer, part_of
from certificates.affine.format import RegionBox
from certificates.float32.admit import admit
from certificates.float32.carriers import bias, carrier, factors, sums
from certificates.float32.format import FORMAT, Float32Budget, Magnitudes, NodeBudget
from certificates.format import NodeBox
from certificates.interval.rounding import Floats, up
from certificates.interval.rules import propagate
from certificates.properties import Box
from runtime.errors import InputError, UnsupportedError
from runtime.graph import Graph, Node, ops

__all__ = ["budget"]

BOX_BITS = 24
ERROR_BITS = 16
TINIEST = 2.0**-60
"""The smallest unit of a literal; far above everything that underflows."""
LARGEST = 2.0**120
"""Bounds stay below this, so that no partial sum overflows."""


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A tensor's box and error bound, as exact float64 numbers [1, *shape]."""

    lo: Floats
    hi: Floats
    error: Floats

    @property
    def reach(self) -> Floats:
        """max(|lo|, |hi|) + error: no value of a run is larger."""
        return up(np.maximum(np.abs(self.lo), np.abs(self.hi)) + self.error)


def budget(graph: Graph, box: Box) -> Float32Budget:
    """By how much a binary32 run of `graph` on an input of `box` can be off, for every node.

    Raises UnsupportedError for a graph that has operators of which a device computes something
    else, or without a rule; InputError for a box of another size, or bounds close to overflow.
    """
    admit(graph)
    entry = graph.inputs[0]
    if len(box) != math.prod(entry.shape):
        raise InputError(
            f"The box has {len(box)} coordinates, but the model takes {math.prod(entry.shape)}."
        )
    try:
        start = part_of(box, {}, BOX_BITS)
        lo, hi = start.shaped(entry.shape)
        tensors = {entry.name: _Tensor(lo, hi, np.zeros_like(lo))}
        nodes = []
        for node in graph.nodes:
            made, tensors[node.name] = _node(node, [tensors[name] for name in node.inputs])
            nodes.append(made)
    except TooLargeError:
        raise InputError(
            "The bounds of the network come close to the largest float32 number, so that a run "
            "may overflow; use a smaller input box."
        ) from None
    return Float32Budget(FORMAT, graph.sha256(), _box(start.named(entry.name)), nodes)


def _node(node: Node, inputs: list[_Tensor]) -> tuple[NodeBudget, _Tensor]:
    lo, hi = propagate(node.op, [(x.lo, x.hi) for x in inputs], 1)
    box = outer(lo, hi, BOX_BITS)
    shapes = [x.lo.shape[1:] for x in inputs]
    terms, steps = sums(node.op, shapes)
    if steps:
        error, majorants, shift, gamma = _rounded(node, inputs, terms, steps)
    else:
        error, majorants, shift, gamma = _selected(node.op, inputs), [], None, (0, 1)
    if float(np.max(np.maximum(np.abs(box.lo), np.abs(box.hi)))) > LARGEST:
        raise TooLargeError
    digits, exact = _ceiled(error)
    low, high = box.shaped(node.shape)
    made = NodeBudget(_box(box.named(node.name)), digits, majorants, shift, gamma)
    return made, _Tensor(low, high, exact.reshape(low.shape))


def _rounded(
    node: Node, inputs: list[_Tensor], terms: int, steps: int
) -> tuple[Floats, list[Magnitudes], Magnitudes | None, tuple[int, int]]:
    """Error, majorants, shift and gamma of an operator that rounds."""
    gamma = _gamma(steps)
    factor = math.nextafter(gamma[0] / gamma[1], math.inf)
    tiny = TINIEST + _extent(node.op, inputs, terms) * 2.0**-125
    majorants, carried = [], []
    for x in inputs:
        digits, exact = _ceiled(up(up(x.error + up(x.reach * factor)) + tiny))
        majorants.append(digits)
        carried.append((np.zeros_like(x.lo), exact.reshape(x.lo.shape)))
    added = bias(node.op)
    if added is None:
        return _carry(node.op, carried), majorants, None, gamma
    shift, exact = _ceiled(up(up(np.abs(added.astype(np.float64)) * factor) + tiny))
    error = np.repeat(exact, math.prod(node.shape) // exact.size).reshape(1, *node.shape)
    if inputs:
        error = up(_carry(node.op, carried) + error)
    return error, majorants, shift, gamma


def _extent(op: ops.Op, inputs: list[_Tensor], terms: int) -> float:
    """Above every partial sum of an element; times 2⁻¹²⁶, above what flushing does to a sum.

    Raises TooLargeError where it is close to the largest float32 number.
    """
    weights = max((float(np.abs(values).max()) for values in factors(op)), default=0.0)
    data = max((float(x.reach.max()) for x in inputs), default=0.0)
    extent = 32.0 * (terms + 1) * (weights + 1) * (data + 1)
    if not extent <= LARGEST:
        raise TooLargeError
    return extent


def _selected(op: ops.Op, inputs: list[_Tensor]) -> Floats:
    """The error of an operator that selects an element; a subnormal one may be flushed."""
    zero = [np.zeros_like(x.error) for x in inputs]
    error = _carry(op, list(zip(zero, [x.error for x in inputs], strict=True)))
    if isinstance(op, ops.Relu):
        # Where the unit is off, the run's value cannot exceed what is left above zero.
        error = np.minimum(error, np.maximum(up(inputs[0].hi + inputs[0].error), 0.0))
    return up(error + TINIEST)


def _carry(op: ops.Op, errors: list[tuple[Floats, Floats]]) -> Floats:
    """Errors of the arguments, as boxes from zero, through the operator's carrier; rounded up."""
    carried = carrier(op)
    if carried is None:
        return errors[0][1]
    return propagate(carried, errors, 1)[1]


def _gamma(steps: int) -> tuple[int, int]:
    """p and q with (1 + 2⁻²⁴)^steps ≤ 1 + p/q: for x ≤ 1 is e^x ≤ 1 + x + x²."""
    if steps > 1 << 24:
        raise UnsupportedError(f"A sum of {steps} terms is longer than the float32 bounds cover.")
    return (steps << 16) + -(-steps * steps // (1 << 8)), 1 << 40


def _ceiled(values: Floats) -> tuple[Magnitudes, Floats]:
    """Numbers rounded up to integers over a power of two, and those as flat exact floats."""
    flat = values.reshape(-1)
    largest = float(flat.max())
    if not largest <= LARGEST:
        raise TooLargeError
    exponent = min(60, exponent_for(largest, ERROR_BITS))
    rounded = np.ceil(np.ldexp(flat, exponent))
    digits = [int(value) for value in rounded.tolist()]
    shift = _common_twos(digits, exponent)
    return (
        Magnitudes(1 << (exponent - shift), [digit >> shift for digit in digits]),
        np.ldexp(rounded, -exponent),
    )


def _common_twos(digits: list[int], exponent: int) -> int:
    bits = 1 << exponent
    for digit in digits:
        bits |= digit
    return (bits & -bits).bit_length() - 1


def _box(box: RegionBox) -> NodeBox:
    return NodeBox(box.node, box.den, box.lo, box.hi)

"""How far apart the digits of packed products must stand, so that none overflows in the kernel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import lcm, prod

from bridge.export.operators import Term
from bridge.export.packing import digit_width
from bridge.export.traced import interval_pairs
from certificates import Certificate
from certificates.affine.format import AffineCertificate
from certificates.float32 import Float32Budget, Magnitudes, NodeBudget
from certificates.format import NodeBox
from runtime.errors import InputError
from runtime.graph import Conv2d, Graph, Linear, Node

__all__ = ["box_pairs", "conv_bits", "linear_stride", "majorant_bits"]

Pair = tuple[NodeBox, NodeBox]
_Digits = tuple[int, int]
"""The denominator of numbers, and the bits of their digits."""


def box_pairs(
    graph: Graph, node: Node, certificate: Certificate | AffineCertificate
) -> Iterator[Pair]:
    """The boxes of the node's first input and of its value, wherever an interval check compares."""
    if isinstance(certificate, AffineCertificate):
        yield from interval_pairs(graph, node, certificate)
        return
    x, y = certificate.box_of(node.inputs[0]), certificate.box_of(node.name)
    if x is not None and y is not None:
        yield x, y


def linear_stride(
    graph: Graph,
    node: Node,
    term: Term,
    certificates: Iterable[Certificate | AffineCertificate],
    budgets: Iterable[Float32Budget] = (),
) -> int | None:
    """The digit distance for the weight of a Linear node, in bits, a multiple of 4.

    The bounds are those of `LinearCheck.wellFormed` and `Rows.linearOk`. None where no certificate
    needs more than digits side by side.
    """
    needed: list[int] = []
    for certificate in certificates:
        needed += [_bits(node, term, pair) for pair in box_pairs(graph, node, certificate)]
        if isinstance(certificate, AffineCertificate):
            weight = term.parameters[0]
            needed.append(weight.width + weight.shape[1].bit_length() + 2)
    for budget in budgets:
        pair = budget.box_of(node.inputs[0]), budget.box_of(node.name)
        needed.append(_bits(node, term, pair))
        entry = next(entry for entry in budget.nodes if entry.node == node.name)
        needed.append(majorant_bits(node, term, entry))
    return -(-max(needed) // 4) * 4 if needed else None


def conv_bits(node: Node, term: Term, pairs: Iterable[Pair]) -> int:
    """The digit distance that the check of a Conv2d node uses for these boxes, in bits."""
    return max(_bits(node, term, pair) for pair in pairs)


def _bits(node: Node, term: Term, pair: Pair) -> int:
    x, y = ((box.den, _box_width(box)) for box in pair)
    bias = term.parameters[1]
    return _needed(node, term, x, y, (bias.den, bias.width))


def majorant_bits(node: Node, term: Term, entry: NodeBudget) -> int:
    """The digit distance for the check of the node's majorant: the same products, of magnitudes."""
    if entry.shift is None or not entry.majorants:
        raise InputError(f"The float32 budget of node {node.name} lacks its majorant or shift.")
    return _needed(node, term, *map(_digits, (entry.majorants[0], entry.error, entry.shift)))


def _needed(node: Node, term: Term, x: _Digits, y: _Digits, bias: _Digits) -> int:
    if not isinstance(node.op, Linear | Conv2d):
        raise TypeError(f"{node.op.kind} has no packed products")
    fan_in = prod(node.op.weight.shape[1:])
    weight = term.parameters[0]
    products = weight.den * x[0]
    den = lcm(products, bias[0], y[0])
    bound = ((den // y[0]) << y[1]) + ((den // products) * 2 * fan_in << x[1] + weight.width)
    bound += (den // bias[0]) << bias[1]
    return bound.bit_length() + 1


def _digits(values: Magnitudes) -> _Digits:
    return values.den, digit_width(values.digits)


def _box_width(box: NodeBox) -> int:
    return digit_width([*box.lo, *box.hi])

"""How far apart the digits of packed products must stand, so that none overflows in the kernel."""

from __future__ import annotations

from math import lcm, prod

from bridge.export.operators import Term
from bridge.export.packing import digit_width
from certificates import Certificate
from certificates.format import NodeBox
from runtime.graph import Conv2d, Linear, Node

__all__ = ["conv_bits", "linear_stride"]


def linear_stride(node: Node, term: Term, certificates: list[Certificate]) -> int | None:
    """The digit distance for the weight of a Linear node, in bits, a multiple of 4.

    The bound is that of `LinearCheck.wellFormed`. None where no certificate bounds the node by a
    box, which leaves the digits side by side.
    """
    needed = [
        _bits(term, fan_in, x, y)
        for certificate in certificates
        for fan_in, x, y in _boxes(node, certificate)
    ]
    return -(-max(needed) // 4) * 4 if needed else None


def conv_bits(node: Node, term: Term, certificate: Certificate) -> int:
    """The digit distance that the check of a Conv2d node uses under one certificate, in bits."""
    ((fan_in, x, y),) = _boxes(node, certificate)
    return _bits(term, fan_in, x, y)


def _boxes(node: Node, certificate: Certificate) -> list[tuple[int, NodeBox, NodeBox]]:
    x, y = certificate.box_of(node.inputs[0]), certificate.box_of(node.name)
    if x is None or y is None:
        return []
    if not isinstance(node.op, Linear | Conv2d):
        raise TypeError(f"{node.op.kind} has no packed products")
    return [(prod(node.op.weight.shape[1:]), x, y)]


def _bits(term: Term, fan_in: int, x: NodeBox, y: NodeBox) -> int:
    weight, bias = term.parameters
    products = weight.den * x.den
    den = lcm(products, bias.den, y.den)
    bound = ((den // y.den) << _box_width(y)) + (
        (den // products) * 2 * fan_in << _box_width(x) + digit_width(weight.numerators)
    )
    bound += (den // bias.den) << digit_width(bias.numerators)
    return bound.bit_length() + 1


def _box_width(box: NodeBox) -> int:
    return digit_width([*box.lo, *box.hi])

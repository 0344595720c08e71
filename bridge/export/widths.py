"""How far apart the digits of packed products must stand, so that none overflows in the kernel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import lcm, prod

from bridge.export.operators import Term
from bridge.export.packing import digit_width
from bridge.export.traced import interval_pairs
from certificates import Certificate
from certificates.affine.format import AffineCertificate
from certificates.format import NodeBox
from runtime.graph import Conv2d, Graph, Linear, Node

__all__ = ["box_pairs", "conv_bits", "linear_stride"]

Pair = tuple[NodeBox, NodeBox]


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
    graph: Graph, node: Node, term: Term, certificates: Iterable[Certificate | AffineCertificate]
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
    return -(-max(needed) // 4) * 4 if needed else None


def conv_bits(node: Node, term: Term, pairs: Iterable[Pair]) -> int:
    """The digit distance that the check of a Conv2d node uses for these boxes, in bits."""
    return max(_bits(node, term, pair) for pair in pairs)


def _bits(node: Node, term: Term, pair: Pair) -> int:
    if not isinstance(node.op, Linear | Conv2d):
        raise TypeError(f"{node.op.kind} has no packed products")
    x, y = pair
    fan_in = prod(node.op.weight.shape[1:])
    weight, bias = term.parameters
    products = weight.den * x.den
    den = lcm(products, bias.den, y.den)
    bound = ((den // y.den) << _box_width(y)) + (
        (den // products) * 2 * fan_in << _box_width(x) + weight.width
    )
    bound += (den // bias.den) << bias.width
    return bound.bit_length() + 1


def _box_width(box: NodeBox) -> int:
    return digit_width([*box.lo, *box.hi])

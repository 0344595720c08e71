"""What of affine certificates can be brought to Lean today."""

from __future__ import annotations

from certificates.affine.format import AffineCertificate, Leaf, Region
from runtime.graph import Graph
from runtime.graph import ops as g

__all__ = ["missing"]

_WALKED = (
    *(g.Linear, g.Affine, g.Constant, g.Flatten, g.Reshape, g.Neg, g.Add, g.Sub),
    *(g.Relu, g.LeakyRelu, g.Abs),
)
_BENT = (g.Relu, g.LeakyRelu, g.Abs)


def missing(graph: Graph, certificate: AffineCertificate) -> str | None:
    """Why the certificate cannot be exported, in one sentence; None where it can."""
    region = certificate.root
    if not isinstance(region, Region) or not isinstance(region.tree, Leaf):
        return "Certificates that split their inputs are not exported to Lean yet."
    for node in graph.nodes:
        if not isinstance(node.op, _WALKED):
            return f"Rows do not pass the operator {node.op.kind} of node {node.name} in Lean yet."
    for name in (graph.inputs[0].name, *(node.name for node in graph.nodes)):
        bent = [node for node in graph.consumers(name) if isinstance(node.op, _BENT)]
        if len(bent) > 1:
            return f"Two operators with given coefficients read {name}; Lean covers one yet."
    return None

"""Which graphs a float32 budget can be about: those whose operators are the device's own."""

from __future__ import annotations

from runtime.errors import UnsupportedError
from runtime.graph import Affine, Graph, LeakyRelu

__all__ = ["admit"]

_REWRITTEN = {
    "batch_norm_folded": (
        "A BatchNormalization of the model was folded into a multiplication and an addition when "
        "it was read, which is not what a device computes in float32; write the Mul and Add into "
        "the model itself, or claim the property over the reals."
    ),
    "gemm_factor_moved": (
        "A Gemm of the model has a factor alpha or beta that is no power of two, and libraries "
        "apply it at different places of the sum in float32; write the Mul into the model itself, "
        "or claim the property over the reals."
    ),
}
"""What an importer notes where the graph is exact, and a device computes something else."""


def admit(graph: Graph) -> None:
    """Raise UnsupportedError, with the reason, where a device computes other sums than the graph.

    A batch normalization that the importer folded is one: the device subtracts the mean and
    divides by the root, the graph has one multiplication and one addition with other constants.
    A factor of a Gemm is another, unless it is a power of two: it is applied to weights, to partial
    sums or to the result. A division is a third: runs of an affine operator multiply by the
    quotient of the constants.
    """
    if len(graph.inputs) != 1:
        raise UnsupportedError(
            f"The graph has {len(graph.inputs)} inputs; a float32 budget needs exactly one."
        )
    for note, reason in _REWRITTEN.items():
        if note in graph.source.notes:
            raise UnsupportedError(reason)
    for node in graph.nodes:
        if isinstance(node.op, Affine) and node.op.divisor is not None:
            raise UnsupportedError(
                f"Node {node.name} divides by constants, and the float32 theorems have no rule for "
                "that; multiply by their reciprocals in the model, or claim the property over the "
                "reals."
            )
        if isinstance(node.op, LeakyRelu) and not 0 <= node.op.alpha <= 1:
            raise UnsupportedError(
                f"LeakyRelu of node {node.name} has the slope {node.op.alpha}; the float32 "
                "theorems are about slopes from 0 to 1."
            )

"""The assumptions a verdict may rest on, by name, each with its explanation.

A claim can name only assumptions of this catalogue, so that a report never states one that nobody
explained. `markdown()` renders the catalogue for docs/TRUST.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["ASSUMPTIONS", "markdown"]

ASSUMPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "lean-kernel": (
            "The kernel of the named Lean version accepts only proofs that are correct, "
            "and the machine that ran it computed correctly."
        ),
        "unofficial-lean": (
            "The Lean that checked this is a third-party build assembled from package registries, "
            "not a release of the Lean project. Build the exported project with an official Lean "
            "to remove this assumption."
        ),
        "source-scan-audit": (
            "This Lean could not list the axioms of a theorem. Instead the text of every source "
            "that takes part was scanned for axiom declarations, sorry, native_decide and other "
            "ways around the kernel; the scan is a Python program."
        ),
        "lean-library-statement": (
            "The definitions in Lemmanet.Spec (shapes, operators, what a property says) mean what "
            "their documentation says. They are short and meant to be read."
        ),
        "real-arithmetic": (
            "The theorem speaks about the network with its exact float32 weights, evaluated in "
            "exact arithmetic. A run in binary32 rounds at every step and can differ by the "
            "rounding error, which this theorem does not bound."
        ),
        "float32-operations": (
            "Every operation of the device is that of IEEE 754 binary32, rounded to nearest with "
            "ties to even. Sums may be taken in any order, products may be fused into additions, "
            "and subnormal numbers may be flushed to zero: the theorem covers all of that."
        ),
        "float32-no-tf32": (
            "The device computes in binary32 throughout: TF32, bfloat16 and other shorter formats "
            "are off, in matrix products and convolutions too. PyTorch allows TF32 in convolutions "
            "unless told otherwise."
        ),
        "float32-no-transforms": (
            "Convolutions and matrix products add up the products of their definition. Algorithms "
            "that form others (Winograd, Fourier transforms, Strassen) are not covered."
        ),
        "float32-program": (
            "The device runs the program as it is written, node by node, with the weights of the "
            "model. What rewrites it, such as folding a batch normalization into a convolution or "
            "quantizing, makes another program."
        ),
        "model-import": (
            "The importer read the model file as its format specifies. It was compared with an "
            "independent runtime on random inputs where the report gives a largest difference."
        ),
        "property-import": (
            "The property was read as its author meant it; decimal numbers were taken as exact "
            "rationals."
        ),
        "weights-binding": (
            "The numbers in the Lean files are the weights of the model file, bit for bit. An "
            "independent Python reader compared them and the hashes record the comparison."
        ),
        "preprocessing-outside": (
            "Whatever happens before the network's input (scaling, cropping, sensors) and after "
            "its output is outside the theorem."
        ),
        "python-checker": (
            "The exact checker is a Python program that computes in integers. For affine "
            "certificates it multiplies matrices in float64, on integers whose partial sums it "
            "keeps within 2^53, where float64 is exact. The verdict trusts the program, the "
            "interpreter and NumPy. Lean was not asked."
        ),
    }
)


def markdown() -> str:
    """The catalogue as a Markdown definition table, in its own order."""
    rows = [f"| `{name}` | {text} |" for name, text in ASSUMPTIONS.items()]
    return "\n".join(["| assumption | meaning |", "|---|---|", *rows]) + "\n"

"""A violating input with the output that a binary32 runtime gives, and its file.

The file has the competition's form: one expression of pairs, `((X_0 v) ... (Y_0 v) ...)`, every
number a decimal that stands for exactly one binary32 number.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.vnncomp.records import Witness
from certificates import Certificate, Property
from certificates.results import approximate
from runtime.graph import Graph

__all__ = ["counterexample_text", "witness"]

Floats = NDArray[np.float32]


def witness(certificate: Certificate, graph: Graph, prop: Property, model: Path) -> Witness:
    """What is written and shown of an accepted certificate of a violation.

    Args:
        certificate: accepted by the exact checker.
        graph: the graph that it is about.
        prop: the property that it is about.
        model: the ONNX file, which onnxruntime runs where it is installed and can.
    """
    box = certificate.boxes[0]
    exact = [Fraction(numerator, box.den) for numerator in box.lo]
    point = np.array([approximate(value) for value in exact], dtype=np.float32)
    output = _onnxruntime(model, point)
    runtime = "lemmanet" if output is None else "onnxruntime"
    if output is None:
        output = graph.evaluate(point.reshape(graph.inputs[0].shape)).reshape(-1)
    y = [Fraction(float(value)) for value in output] if bool(np.isfinite(output).all()) else None
    return Witness(
        case=certificate.case,
        input=tuple(map(float, point)),
        output=tuple(map(float, np.nan_to_num(output))),
        runtime=runtime,
        exact=all(Fraction(float(a)) == b for a, b in zip(point, exact, strict=True)),
        shown_in_float32=y is not None and not prop.cases[certificate.case].safe.holds(y),
    )


def _onnxruntime(model: Path, point: Floats) -> Floats | None:
    """The flat output of onnxruntime, None where it is not there or does not run the model."""
    try:
        import onnxruntime
    except ImportError:
        return None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        (entry,) = session.get_inputs()
        shape = [size if isinstance(size, int) and size > 0 else 1 for size in entry.shape]
        (output,) = session.run(None, {entry.name: point.reshape(shape)})
    except Exception:  # onnxruntime's errors share no public base class
        return None
    return np.asarray(output, dtype=np.float32).reshape(-1)


def counterexample_text(found: Witness) -> str:
    """The competition's counterexample file."""
    lines = [*_pairs("X", found.input), *_pairs("Y", found.output)]
    return "(" + "\n".join(lines) + ")\n"


def _pairs(letter: str, values: Sequence[float]) -> list[str]:
    return [f"({letter}_{index} {value!r})" for index, value in enumerate(values)]

"""ONNX models to the graph IR: every operator, attribute and data type is understood or refused."""

from __future__ import annotations

from pathlib import Path

from onnx import ModelProto

from bridge.importers.onnx.cross_check import cross_check
from bridge.importers.onnx.model import import_model, read_model
from runtime.graph import Graph

__all__ = ["cross_check", "from_onnx"]


def from_onnx(source: str | Path | bytes | ModelProto) -> Graph:
    """Read an ONNX model (operator set 8 to the newest of the `onnx` package).

    The batch axis is dropped: a leading axis of size 1, or a symbolic one, which is then read as
    one sample. External data is read from inside the model file's folder alone.

    Raises:
        UnsupportedError: for an operator, attribute, data type or shape that is not supported.
        InputError: for a file that is not a well-formed model, or NaN and infinite weights.
    """
    return import_model(read_model(source))

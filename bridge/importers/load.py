"""One entry for every model file, chosen by the suffix."""

from __future__ import annotations

from pathlib import Path

from bridge.importers.onnx import from_onnx
from runtime.errors import InputError
from runtime.graph import Graph

__all__ = ["load_model"]

_PICKLED = (".pt", ".pth", ".pkl", ".bin", ".ckpt")


def load_model(path: str | Path) -> Graph:
    """Read a model file: `.onnx` or the graph IR's `.json`.

    Raises InputError for a missing file or an unknown suffix, and what the importers raise.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == ".onnx":
        return from_onnx(path)
    if suffix == ".json":
        return Graph.load(path)
    if suffix in _PICKLED:
        raise InputError(
            f"{path.name}: pickled models can run code and are not read; save the weights as "
            f".safetensors or export the model as .onnx"
        )
    raise InputError(f"{path.name}: the suffix {suffix!r} is not known, use .onnx or .json")

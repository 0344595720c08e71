"""One entry for every model file, chosen by the suffix."""

from __future__ import annotations

from pathlib import Path

from bridge.importers.onnx import from_onnx
from bridge.importers.statedict import from_state_dict, from_torchlean
from runtime.errors import InputError
from runtime.graph import Graph, strict_json
from runtime.graph.serialize import FORMAT

__all__ = ["load_model"]

_PICKLED = (".pt", ".pth", ".pkl", ".bin", ".ckpt")


def load_model(path: str | Path) -> Graph:
    """Read a model file.

    `.onnx`; `.json`, the graph IR or TorchLean's weights; `.safetensors` with the layers beside
    it in `NAME.architecture.json` (format in `bridge.importers.statedict.architecture`).

    Raises InputError for a missing file or an unknown suffix, and what the importers raise.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == ".onnx":
        return from_onnx(path)
    if suffix == ".json":
        return _from_json(path)
    if suffix == ".safetensors":
        layers = path.with_suffix(".architecture.json")
        if path.is_file() and not layers.is_file():
            raise InputError(
                f"{path.name}: weights alone are no model, put the list of layers beside it as "
                f"{layers.name}"
            )
        return from_state_dict(path, layers)
    if suffix in _PICKLED:
        raise InputError(
            f"{path.name}: pickled models can run code and are not read; save the weights as "
            f".safetensors or export the model as .onnx"
        )
    raise InputError(
        f"{path.name}: the suffix {suffix!r} is not known, use .onnx, .json or .safetensors"
    )


def _from_json(path: Path) -> Graph:
    data = strict_json.parse(strict_json.read_bytes(path, "model"), path.name)
    if isinstance(data, dict) and data.get("format") == FORMAT:
        try:
            return Graph.from_json(data)
        except InputError as error:
            raise type(error)(f"{path.name}: {error}") from error
    return from_torchlean(path)

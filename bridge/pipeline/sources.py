"""Reading what the user names: model files, property files, inputs of robustness."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bridge.importers import CrossCheck, cross_check, load_model
from bridge.importers.vnnlib import from_vnnlib
from certificates import Property, load_property, strict_json
from runtime.errors import InfrastructureError, InputError
from runtime.graph import Graph

__all__ = ["LoadedModel", "load", "read_input", "read_property"]

_MAX_INPUT_BYTES = 256 << 20


@dataclass(frozen=True)
class LoadedModel:
    """A network as imported, and how the import compared with onnxruntime where that could run."""

    graph: Graph
    importer_check: CrossCheck | None = None


def load(source: Graph | Path | str) -> LoadedModel:
    """A graph, or a model file: `.onnx`, `.json`, `.safetensors` (see `bridge.importers`).

    An ONNX model is run beside the graph in onnxruntime on random inputs, where that is installed.
    Raises InputError for a file that cannot be used, or an import that onnxruntime contradicts.
    """
    if isinstance(source, Graph):
        return LoadedModel(source)
    graph = load_model(source)
    check = None
    if Path(source).suffix.lower() == ".onnx":
        try:
            check = cross_check(graph, source)
        except InfrastructureError:
            check = None  # onnxruntime is optional; the report then shows no comparison
    return LoadedModel(graph, check)


def read_property(path: Path | str, graph: Graph) -> Property:
    """The property in a `.vnnlib` or `.json` file (`lemmanet.property/1`), checked against `graph`.

    Raises InputError for another suffix, an unreadable file, or a property of another model.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == ".vnnlib":
        return from_vnnlib(path, graph)
    if suffix == ".json":
        prop = load_property(path)
        prop.check_against(graph)
        return prop
    raise InputError(
        f"{path.name}: a property is a .vnnlib or a .json file, not {suffix or 'without suffix'!r}."
    )


def read_input(path: Path | str) -> object:
    """One input of a model from a `.npy` array or a `.json` list of numbers, flat or nested.

    Float32 numbers of an array are exact data; decimals in JSON are exact decimals. Raises
    InputError.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == ".json":
        return strict_json.read(path, "input", _MAX_INPUT_BYTES)
    if suffix != ".npy":
        raise InputError(f"{path.name}: an input is a .npy or a .json file.")
    try:
        if path.stat().st_size > _MAX_INPUT_BYTES:
            raise InputError(f"{path.name}: larger than {_MAX_INPUT_BYTES >> 20} MiB.")
        value = np.load(path, allow_pickle=False)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or 'unreadable'}).") from None
    except (ValueError, EOFError, SyntaxError):
        raise InputError(f"{path.name}: not an array of numbers in NumPy's format.") from None
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu":
        raise InputError(f"{path.name}: the array must hold numbers.")
    return value

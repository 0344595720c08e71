"""TorchLean's JSON state dicts (github.com/lean-dojo/TorchLean): weights as nested lists.

The files name a model family, not an architecture; the families' layers are fixed in TorchLean's
own loaders and repeated here. Graph files (`torchlean.ir.v1`) hold no weights and are refused.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from bridge.importers.statedict import architecture as layers
from bridge.importers.statedict.build import from_state_dict
from bridge.importers.statedict.weights import nested_lists
from runtime.errors import InputError, UnsupportedError
from runtime.graph import FloatArray, Graph, Provenance, sanitize, strict_json

__all__ = ["from_torchlean"]

_LAYER = re.compile(r"(layers\.|fc)(\d{1,6})\.(weight|bias)")
_LINEAR_KEYS = ("format", "in_dim", "out_dim", "normalize_div")


def from_torchlean(path: str | Path) -> Graph:
    """Read `TorchLean.MLP`, `TorchLean.CNN2` or `digits_linear_weights_v0_1`.

    MLPs have a ReLU between their linear layers. CNN2 is two times (3x3 convolution with padding
    1, ReLU, 2x2 max pool) on one 8x8 image, then a linear layer. Decimal numbers that are no
    float32 are rounded, with the note `weights_rounded_to_float32`.

    Raises:
        UnsupportedError: for another family, by name.
        InputError: for a file that does not hold what its family needs.
    """
    path = Path(path)
    content = strict_json.read_bytes(path, "TorchLean weights")
    data = strict_json.parse(content, path.name)
    try:
        family, parameters = _parameters(data)
        weights, rounded = _arrays(parameters)
        notes = ("weights_rounded_to_float32",) if rounded else ()
        source = Provenance(
            "torchlean", hashlib.sha256(content).hexdigest(), path.name, None, notes
        )
        return from_state_dict(weights, _architecture(family, weights, path.stem), source)
    except InputError as error:
        raise type(error)(f"{path.name}: {error}") from error


def _parameters(data: Any) -> tuple[str, dict[str, Any]]:
    if not isinstance(data, dict):
        raise InputError("a JSON object is needed")
    if set(data) == {"params", "meta"} and all(isinstance(data[k], dict) for k in data):
        if data["meta"].get("dtype") != "float32":
            raise UnsupportedError("only the data type float32 is supported")
        return str(data["meta"].get("format"))[:60], data["params"]
    family = str(data.get("format"))[:60]
    if family == "digits_linear_weights_v0_1":
        parameters = {key: value for key, value in data.items() if key not in _LINEAR_KEYS}
        return family, parameters
    raise UnsupportedError(f"the format {family!r} holds no weights that are supported")


def _arrays(parameters: dict[str, Any]) -> tuple[dict[str, FloatArray], bool]:
    weights, rounded = {}, False
    for name, value in parameters.items():
        weights[name], changed = nested_lists(value, repr(name[:60]))
        rounded = rounded or changed
    return weights, rounded


def _architecture(family: str, weights: dict[str, FloatArray], stem: str) -> layers.Architecture:
    name = sanitize(stem, "model")
    if family in ("TorchLean.MLP", "digits_linear_weights_v0_1"):
        return _mlp(weights, name)
    if family == "TorchLean.CNN2":
        pool = layers.MaxPool2d((2, 2))
        chain: list[layers.Layer] = []
        for conv in ("conv1", "conv2"):
            chain += [layers.Conv2d(conv, padding=(1, 1)), layers.Relu(), pool]
        chain += [layers.Flatten(), layers.Linear("fc")]
        return layers.Architecture(input=(1, 1, 8, 8), layers=tuple(chain), name=name)
    raise UnsupportedError(f"the model family {family!r} is not supported")


def _mlp(weights: dict[str, FloatArray], name: str) -> layers.Architecture:
    matches = [_LAYER.fullmatch(key) for key in weights]
    found = sorted({(int(m[2]), f"{m[1]}{m[2]}") for m in matches if m is not None})
    first = weights.get(f"{found[0][1]}.weight") if found else None
    if first is None or first.ndim != 2:
        raise InputError("there is no weight of a first linear layer")
    chain: list[layers.Layer] = []
    for _, prefix in found:
        chain += [layers.Linear(prefix), layers.Relu()]
    return layers.Architecture(input=(1, first.shape[1]), layers=tuple(chain[:-1]), name=name)

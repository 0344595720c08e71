"""Reading weights by name: safetensors files and nested lists of JSON numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
from numpy.typing import NDArray

from runtime.errors import InputError, UnsupportedError
from runtime.graph import FloatArray, strict_json
from runtime.graph.ops.base import MAX_ELEMENTS, MAX_RANK

__all__ = ["Weights", "nested_lists", "read_safetensors"]

Weights = Mapping[str, FloatArray]

_COUNTERS = "num_batches_tracked"


def read_safetensors(path: str | Path) -> dict[str, FloatArray]:
    """All float32 tensors of a safetensors file, bits unchanged.

    The integer counters `num_batches_tracked` of batch norms are left out, every other data type
    is refused. Raises InputError for a file that is not well formed.
    """
    path = Path(path)
    data = strict_json.read_bytes(path, "weights")
    try:
        entries = safetensors.deserialize(data)  # type: ignore[no-untyped-call]
    except Exception as error:  # SafetensorError, and others for mangled headers
        raise InputError(f"{path.name}: this is not a safetensors file, {error}") from error
    weights = {}
    for name, entry in entries:
        if name.rsplit(".", 1)[-1] == _COUNTERS:
            continue
        if entry["dtype"] != "F32":
            raise UnsupportedError(
                f"{path.name}: {name[:60]!r} has the data type {entry['dtype']}, only F32 is "
                f"supported"
            )
        shape = tuple(entry["shape"])
        weights[name] = np.frombuffer(bytes(entry["data"]), dtype="<f4").reshape(shape)
    return weights


def nested_lists(value: Any, where: str) -> tuple[FloatArray, bool]:
    """An array of nested JSON lists of numbers, and whether a number had to be rounded.

    Raises InputError for ragged lists, anything that is not a number, and numbers beyond float32.
    """
    shape: list[int] = []
    head = value
    while isinstance(head, list) and head:
        shape.append(len(head))
        head = head[0]
    if not shape or len(shape) > MAX_RANK or math.prod(shape) > MAX_ELEMENTS:
        raise InputError(f"{where}: nested lists of numbers are needed")
    flat: list[Any] = [value]
    for size in shape:
        if any(not isinstance(entry, list) or len(entry) != size for entry in flat):
            raise InputError(f"{where}: the nested lists do not have one shape")
        flat = [item for entry in flat for item in entry]
    if any(type(entry) not in (int, float) for entry in flat):
        raise InputError(f"{where}: an entry is not a number")
    try:
        wide: NDArray[np.float64] = np.asarray(flat, dtype=np.float64)
    except OverflowError as error:
        raise InputError(f"{where}: a number is too large for float32") from error
    with np.errstate(over="ignore"):
        narrow = wide.astype(np.float32)
    if not bool(np.isfinite(narrow).all()):
        raise InputError(f"{where}: a number is too large for float32")
    rounded = not bool(np.array_equal(narrow.astype(np.float64), wide))
    return narrow.reshape(shape), rounded

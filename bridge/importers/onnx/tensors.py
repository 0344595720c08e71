"""Decoding of TensorProto: strict about dtype, size and where external data may lie."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto

from bridge.importers.lowering import Array
from runtime.errors import InputError, UnsupportedError
from runtime.graph.ops.base import MAX_ELEMENTS, MAX_RANK

__all__ = ["decode_tensor", "dtype_name", "numpy_dtype"]

_DTYPES: dict[int, tuple[str, str]] = {
    # data type: (little-endian NumPy dtype, field of TensorProto when raw_data is not used)
    TensorProto.FLOAT: ("<f4", "float_data"),
    TensorProto.DOUBLE: ("<f8", "double_data"),
    TensorProto.FLOAT16: ("<f2", "int32_data"),
    TensorProto.INT64: ("<i8", "int64_data"),
    TensorProto.INT32: ("<i4", "int32_data"),
    TensorProto.INT8: ("<i1", "int32_data"),
    TensorProto.UINT8: ("<u1", "int32_data"),
    TensorProto.BOOL: ("|b1", "int32_data"),
}


def dtype_name(data_type: int) -> str:
    """ONNX's name of a data type, such as `BFLOAT16`."""
    names = {number: name for name, number in TensorProto.DataType.items()}
    return str(names.get(data_type, f"number {data_type}"))


def numpy_dtype(data_type: int, where: str) -> np.dtype[Any]:
    """NumPy's dtype in native order; raises UnsupportedError by name for the others."""
    if data_type not in _DTYPES:
        raise UnsupportedError(f"{where}: the data type {dtype_name(data_type)} is not supported")
    return np.dtype(_DTYPES[data_type][0]).newbyteorder("=")


def decode_tensor(tensor: TensorProto, folder: Path | None, where: str) -> Array:
    """The tensor's values, bits unchanged.

    Args:
        tensor: from the model file, not trusted.
        folder: the model's folder, the only place that external data may lie; None refuses it.
        where: names the tensor in messages.

    Raises:
        UnsupportedError: for a data type or storage that is not read.
        InputError: when sizes do not agree or external data is outside of the folder.
    """
    native = numpy_dtype(tensor.data_type, where)
    shape = tuple(tensor.dims)
    if len(shape) > MAX_RANK or any(axis < 0 for axis in shape) or math.prod(shape) > MAX_ELEMENTS:
        raise InputError(f"{where}: the shape {list(shape)[:12]} is too large or negative")
    if tensor.HasField("segment"):
        raise UnsupportedError(f"{where}: segmented tensors are not supported")
    stored, field = _DTYPES[tensor.data_type]
    count = math.prod(shape)
    if tensor.data_location == TensorProto.EXTERNAL:
        raw = _external(tensor, folder, count * native.itemsize, where)
    elif tensor.HasField("raw_data"):
        raw = bytes(tensor.raw_data)
    else:
        return _typed(getattr(tensor, field), native, shape, where)
    if len(raw) != count * native.itemsize:
        raise InputError(f"{where}: {len(raw)} bytes do not fill the shape {list(shape)}")
    if native == np.bool_ and not set(raw) <= {0, 1}:
        raise InputError(f"{where}: a BOOL tensor holds a byte other than 0 and 1")
    return np.frombuffer(raw, dtype=stored).astype(native).reshape(shape)


def _typed(values: Any, native: np.dtype[Any], shape: tuple[int, ...], where: str) -> Array:
    if len(values) != math.prod(shape):
        raise InputError(f"{where}: {len(values)} values do not fill the shape {list(shape)}")
    if native == np.float16:
        bits = np.asarray(values, dtype=np.int64)
        if bits.size and (bits.min() < 0 or bits.max() > 0xFFFF):
            raise InputError(f"{where}: a FLOAT16 value does not fit 16 bits")
        return bits.astype(np.uint16).view(np.float16).reshape(shape)
    wide = np.asarray(values, dtype=native if native.kind == "f" else np.int64)
    result = wide.astype(native)
    if native.kind != "f" and not bool(np.array_equal(result, wide)):
        raise InputError(f"{where}: a value does not fit its data type")
    return result.reshape(shape)


def _external(tensor: TensorProto, folder: Path | None, size: int, where: str) -> bytes:
    entries = {entry.key: entry.value for entry in tensor.external_data}
    unknown = sorted(set(entries) - {"location", "offset", "length", "checksum"})
    if unknown or len(entries) != len(tensor.external_data):
        raise UnsupportedError(f"{where}: its external data entries are not understood")
    if folder is None:
        raise UnsupportedError(f"{where}: external data needs a model file with a folder")
    location = entries.get("location", "")
    try:
        offset, length = int(entries.get("offset", "0")), int(entries.get("length", str(size)))
        path = (folder / location).resolve()
        inside = bool(location) and path.is_relative_to(folder.resolve()) and path.is_file()
    except (ValueError, OSError) as error:
        raise InputError(f"{where}: its external data entry cannot be read") from error
    if not inside:
        raise InputError(
            f"{where}: the external data {location[:60]!r} is not a file in the model's folder"
        )
    if offset < 0 or length != size:
        raise InputError(f"{where}: its external data is {length} bytes long, not {size}")
    with path.open("rb") as stream:
        stream.seek(offset)
        return bytes(stream.read(size))

"""JSON format `lemmanet.graph/1`: strict, bounded, and exact to the bit.

A float32 array is `{"shape": [..], "f32": base64 of the little-endian bits}`, a float32 scalar is
the eight hex digits of its bits. Operators are written from their dataclass fields.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import numpy as np

from runtime.errors import InputError
from runtime.graph import strict_json
from runtime.graph.ops import OPERATORS, FloatArray, Op
from runtime.graph.ops.base import check_shape, int_tuple
from runtime.graph.provenance import Provenance, SourceKind

if TYPE_CHECKING:
    from runtime.graph.ir import Graph

__all__ = [
    "FORMAT",
    "count_parameters",
    "digest",
    "from_json",
    "load",
    "save",
    "to_json",
]

FORMAT = "lemmanet.graph/1"


def to_json(graph: Graph) -> dict[str, Any]:
    """The graph as plain JSON data."""
    return {"format": FORMAT, "name": graph.name, **_body(graph), "source": _source(graph.source)}


def digest(graph: Graph) -> str:
    """SHA-256 over the canonical JSON of inputs, nodes and output."""
    text = json.dumps({"format": FORMAT, **_body(graph)}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def save(graph: Graph, path: Path) -> None:
    """Write the file whole or not at all."""
    text = json.dumps(to_json(graph), indent=1)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load(path: Path) -> Graph:
    """Read a file that `save` wrote; raises InputError."""
    return from_json(strict_json.parse(strict_json.read_bytes(path, "graph"), path.name))


def from_json(data: object) -> Graph:
    """Build the graph that `to_json` described; raises InputError at the first difference."""
    from runtime.graph.ir import Graph, Input, Node  # the IR's methods call this module

    top = _keys(data, {"format", "name", "inputs", "nodes", "output", "source"}, "graph")
    if top["format"] != FORMAT:
        raise InputError(f"graph: the format {str(top['format'])[:40]!r} is not {FORMAT}")
    inputs = []
    for entry in _list(top["inputs"], "graph: inputs"):
        fields = _keys(entry, {"name", "shape"}, "graph: input")
        shape = check_shape(_list(fields["shape"], "input: shape"), "input: shape")
        inputs.append(Input(_text(fields["name"], "input: name"), shape))
    nodes = []
    for entry in _list(top["nodes"], "graph: nodes"):
        fields = _keys(entry, {"name", "op", "inputs", "shape"}, "graph: node")
        name = _text(fields["name"], "node: name")
        where = f"node {name[:40]!r}"
        names = tuple(_text(item, where) for item in _list(fields["inputs"], where))
        shape = check_shape(_list(fields["shape"], where), where)
        nodes.append(Node(name, _read_op(fields["op"], where), names, shape))
    return Graph(
        name=_text(top["name"], "graph: name"),
        inputs=tuple(inputs),
        nodes=tuple(nodes),
        output=_text(top["output"], "graph: output"),
        source=_read_source(top["source"]),
    )


def count_parameters(op: Op) -> int:
    """Number of float32 values in an operator's fields."""
    values = [getattr(op, field.name) for field in dataclasses.fields(op)]
    return sum(
        int(np.size(value)) for value in values if isinstance(value, np.ndarray | np.float32)
    )


def _body(graph: Graph) -> dict[str, Any]:
    return {
        "inputs": [{"name": entry.name, "shape": list(entry.shape)} for entry in graph.inputs],
        "nodes": [
            {
                "name": node.name,
                "op": _write_op(node.op),
                "inputs": list(node.inputs),
                "shape": list(node.shape),
            }
            for node in graph.nodes
        ],
        "output": graph.output,
    }


def _write_op(op: Op) -> dict[str, Any]:
    fields = {field.name: _write(getattr(op, field.name)) for field in dataclasses.fields(op)}
    return {"kind": op.kind, **fields}


def _write(value: object) -> Any:
    if isinstance(value, np.ndarray):
        bits = np.ascontiguousarray(value, dtype="<f4").tobytes()
        return {"shape": list(value.shape), "f32": base64.b64encode(bits).decode("ascii")}
    if isinstance(value, np.float32):
        return f"{int(value.view(np.uint32)):08x}"
    return list(value) if isinstance(value, tuple) else value


def _field_types(operator: type[Op]) -> dict[str, Any]:
    hints = get_type_hints(operator)
    return {field.name: hints[field.name] for field in dataclasses.fields(operator)}


def _read_op(data: object, where: str) -> Op:
    kind = data.get("kind") if isinstance(data, dict) else None
    operator = OPERATORS.get(kind) if isinstance(kind, str) else None
    if operator is None:
        raise InputError(f"{where}: {str(kind)[:40]!r} is not an operator of the graph IR")
    types = _field_types(operator)
    fields = _keys(data, {"kind", *types}, f"{where}: {kind}")
    values = {name: _read(fields[name], types[name], f"{where}: {name}") for name in types}
    try:
        return operator(**values)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


def _read(value: object, hint: Any, where: str) -> Any:
    if hint in (FloatArray | None, np.float32 | None) and value is None:
        return None
    if hint in (FloatArray, FloatArray | None):
        return _read_array(value, where)
    if hint in (np.float32, np.float32 | None):
        return _read_scalar(value, where)
    if hint is bool or hint is int:
        if type(value) is not hint:
            raise InputError(f"{where}: {hint.__name__} is needed, not {type(value).__name__}")
        return value
    return int_tuple(_list(value, where), where)


def _read_array(value: object, where: str) -> FloatArray:
    fields = _keys(value, {"shape", "f32"}, where)
    shape = check_shape(_list(fields["shape"], where), where)
    try:
        bits = base64.b64decode(_text(fields["f32"], where), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"{where}: the array is not valid base64") from error
    if len(bits) != 4 * int(np.prod(shape, dtype=np.int64)):
        raise InputError(f"{where}: {len(bits)} bytes do not fill the shape {list(shape)}")
    return np.frombuffer(bits, dtype="<f4").astype(np.float32, copy=False).reshape(shape)


def _read_scalar(value: object, where: str) -> np.float32:
    text = _text(value, where)
    if len(text) != 8 or not set(text) <= set("0123456789abcdef"):
        raise InputError(f"{where}: eight hex digits of a float32 are needed")
    return np.float32(np.frombuffer(bytes.fromhex(text), dtype=">f4")[0])


def _source(source: Provenance) -> dict[str, Any]:
    return {
        "kind": source.kind,
        "sha256": source.sha256,
        "path": source.path,
        "opset": source.opset,
        "notes": list(source.notes),
    }


def _read_source(data: object) -> Provenance:
    fields = _keys(data, {"kind", "sha256", "path", "opset", "notes"}, "graph: source")
    kind = fields["kind"]
    if kind not in get_args(SourceKind):
        raise InputError(f"graph: the source kind {str(kind)[:40]!r} is unknown")
    sha256, path, opset = fields["sha256"], fields["path"], fields["opset"]
    if not (sha256 is None or isinstance(sha256, str)) or not (
        path is None or isinstance(path, str)
    ):
        raise InputError("graph: source sha256 and path must be text or null")
    if opset is not None and type(opset) is not int:
        raise InputError("graph: the source opset must be an integer or null")
    notes = tuple(_text(note, "source: notes") for note in _list(fields["notes"], "source: notes"))
    return Provenance(kind, sha256, path, opset, notes)


def _keys(data: object, keys: set[str], where: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise InputError(f"{where}: an object is needed, not {type(data).__name__}")
    if set(data) != keys:
        odd = sorted(str(key)[:40] for key in set(data) ^ keys)
        raise InputError(f"{where}: the keys {', '.join(odd)} are missing or unknown")
    return data


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise InputError(f"{where}: a list is needed, not {type(value).__name__}")
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise InputError(f"{where}: text is needed, not {type(value).__name__}")
    return value

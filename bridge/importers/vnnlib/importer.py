"""The file: its size, its encoding, its version, and the property that comes of it."""

from __future__ import annotations

import math
from pathlib import Path

from bridge.importers.vnnlib.cases import cases
from bridge.importers.vnnlib.version1 import Version1
from bridge.importers.vnnlib.version2 import Version2
from bridge.importers.vnnlib.words import check_nesting
from certificates.properties import Property
from runtime.errors import InputError
from runtime.graph import Graph

__all__ = ["from_vnnlib"]

MAX_BYTES = 64 << 20


def from_vnnlib(path: Path | str, graph: Graph) -> Property:
    """The property in a VNN-LIB file: the network has none of the violations that it describes.

    Args:
        path: a text file, `.vnnlib`, version 1.0 or 2.0.
        graph: the model; X and Y are its flat input and output in row-major order.

    Raises InputError where the file cannot be read, has the wrong number of variables, leaves an
    input without bounds, or allows no input at all; UnsupportedError for constraints that are not
    boxes of inputs and linear comparisons of outputs.
    """
    path = Path(path)
    text = _text(path)
    inputs = math.prod(graph.inputs[0].shape)
    outputs = math.prod(graph.shape_of(graph.output))
    try:
        if "declare-network" in text or "vnnlib-version" in text:
            check_nesting(text)
            constraints = Version2(inputs, outputs).read(text)
        else:
            constraints = Version1(inputs, outputs).read(text)
        given = tuple(cases(constraints, inputs))
    except InputError as error:
        raise type(error)(f"The VNN-LIB file {path.name} cannot be used: {error}") from None
    name = "".join(c if c.isprintable() else "_" for c in path.stem)[:200] or "vnnlib"
    prop = Property(name=name, kind="vnnlib", given=given)
    prop.check_against(graph)
    return prop


def _text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputError(
                f"The VNN-LIB file {path.name} has {size} bytes; at most {MAX_BYTES} are read."
            )
        return path.read_text(encoding="utf-8")
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise InputError(f"The VNN-LIB file {path} cannot be read: {reason}.") from None
    except UnicodeDecodeError:
        raise InputError(f"The VNN-LIB file {path.name} is not UTF-8 text.") from None

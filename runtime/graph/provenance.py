"""Where a graph came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Provenance", "SourceKind"]

SourceKind = Literal["onnx", "torch", "torchlean", "safetensors", "runtime", "json"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """The source of a graph; it takes no part in the graph's hash.

    Attributes:
        kind: what the graph was read from.
        sha256: lower-case hex digest of the source file's bytes, None where there was no file.
        path: the file's name without its folder, None where there was no file.
        opset: the ONNX operator set version, None for other sources.
        notes: what the importer did that a reader should know, such as `batch_norm_folded`.
    """

    kind: SourceKind
    sha256: str | None = None
    path: str | None = None
    opset: int | None = None
    notes: tuple[str, ...] = ()

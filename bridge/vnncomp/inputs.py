"""Networks and properties as files that can be read: unpacked where they are packed, and hashed."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable
from pathlib import Path

from runtime.errors import InputError

__all__ = ["content_sha256", "unpacked"]

MAX_BYTES = 1 << 30
_CHUNK = 1 << 20
_GZIP = ".gz"


def content_sha256(path: Path) -> str:
    """SHA-256 of the file's content, after unpacking a `.gz`; raises InputError."""
    return _copy(path, lambda _: None)


def unpacked(path: Path, folder: Path) -> tuple[Path, str]:
    """A file that is not packed, with the hash of its content; raises InputError.

    A plain ONNX file is used where it lies, because tensors may lie beside it. Everything else is
    copied into `folder`, so that what is hashed is what is read.
    """
    if path.suffix == ".onnx":
        return path, content_sha256(path)
    target = folder / path.name.removesuffix(_GZIP)
    with target.open("wb") as stream:
        return target, _copy(path, stream.write)


def _copy(path: Path, write: Callable[[bytes], object]) -> str:
    digest = hashlib.sha256()
    size = 0
    try:
        with gzip.open(path) if path.suffix == _GZIP else path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > MAX_BYTES:
                    raise InputError(f"{path.name}: larger than {MAX_BYTES >> 30} GiB.")
                digest.update(chunk)
                write(chunk)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or "not a file that can be unpacked"
        raise InputError(f"{path.name}: cannot be read ({reason}).") from None
    return digest.hexdigest()

"""File names that a benchmark's tables name: relative to the table's folder and inside of it."""

from __future__ import annotations

import unicodedata
from pathlib import Path, PurePosixPath

from runtime.errors import InputError

__all__ = ["locate", "normalized"]

_LONGEST = 400
_GZIP = ".gz"


def normalized(text: str, suffix: str) -> str:
    """A relative path in a table, without `./` and without `.gz`.

    Raises InputError for a path that is absolute, climbs with `..`, holds a control character or
    a backslash, is too long, or does not end in `suffix` (such as ".onnx").
    """
    shown = repr(text[:80])
    if not text or len(text) > _LONGEST:
        raise InputError(f"the path {shown} is empty or longer than {_LONGEST} characters")
    if "\\" in text or any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in text):
        raise InputError(f"the path {shown} holds a backslash or a character that cannot be seen")
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise InputError(f"the path {shown} must be relative and stay inside the folder")
    plain = str(path).removesuffix(_GZIP)
    if not plain.lower().endswith(suffix):
        raise InputError(f"the path {shown} does not end in {suffix} or {suffix}{_GZIP}")
    return plain


def locate(folder: Path, path: str) -> Path:
    """The file of a normalized path, or its `.gz` form where only that is there.

    Links may point anywhere inside `folder`. Raises InputError where there is no such file, or a
    link leaves the folder.
    """
    root = folder.resolve()
    for candidate in (folder / path, folder / f"{path}{_GZIP}"):
        if candidate.is_file():
            if not candidate.resolve().is_relative_to(root):
                raise InputError(f"the path {path!r} is a link that leaves the folder")
            return candidate
    raise InputError(
        f"there is no file {path!r} in the folder {folder.name!r}, nor {path + _GZIP!r}"
    )

"""Reading a project folder that may be hostile: no links, no surprises, bounded sizes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from runtime.errors import InputError

__all__ = ["OUTPUTS", "read_tree"]

MAX_FILE_BYTES = 1 << 30
MAX_TREE_BYTES = 4 << 30
MAX_FILES = 20_000
_MAX_DEPTH = 12

OUTPUTS = frozenset({".lake", "lake-manifest.json", "report.json", "report.html"})
"""What builds and reports leave in a project's folder; nothing of it is ever read by a check."""


def read_tree(folder: Path) -> dict[str, bytes]:
    """The contents of all files below `folder` by their path with slashes, without `OUTPUTS`.

    The bytes are read once: what is checked and what is built are the same bytes.

    Raises InputError for a link, a device, a file or folder that is too large, or one that cannot
    be read.
    """
    files: dict[str, bytes] = {}
    total = 0
    for path, entry in _entries(folder, "", 0):
        try:
            data = _read(entry, path)
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}).") from None
        total += len(data)
        if total > MAX_TREE_BYTES or len(files) >= MAX_FILES:
            raise InputError(
                f"{folder.name}: the folder has more than {MAX_FILES} files or "
                f"{MAX_TREE_BYTES >> 30} GiB, so it is not an exported project."
            )
        files[path] = data
    return files


def _entries(folder: Path, prefix: str, depth: int) -> Iterator[tuple[str, Path]]:
    if depth > _MAX_DEPTH:
        raise InputError(f"{prefix}: folders are nested more than {_MAX_DEPTH} levels deep.")
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        raise InputError(f"{folder}: cannot be listed ({error.strerror}).") from None
    for name in names:
        if depth == 0 and name in OUTPUTS:
            continue
        path = folder / name
        shown = f"{prefix}{name}"
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            yield from _entries(path, f"{shown}/", depth + 1)
        elif stat.S_ISREG(mode):
            yield shown, path
        else:
            raise InputError(f"{shown!r} is a link or a special file; a project has plain files.")


def _read(path: Path, shown: str) -> bytes:
    # Without following a link that appears between the listing and the opening.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        if os.fstat(descriptor).st_size > MAX_FILE_BYTES:
            raise InputError(f"{shown}: larger than {MAX_FILE_BYTES >> 30} GiB.")
        return stream.read(MAX_FILE_BYTES + 1)

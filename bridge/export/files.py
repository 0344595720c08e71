"""Folders that are written whole or not at all, and the hashes of what is in them."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

__all__ = ["combined_sha256", "file_hashes", "write_folder"]


def write_folder(folder: Path, files: Mapping[str, bytes], *, replace: bool) -> None:
    """Write files by their relative paths, in a temporary folder that then takes the place.

    With `replace`, what is there is removed first; otherwise there must be nothing but an empty
    folder. Nothing is left behind when writing fails.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for path, content in files.items():
            target = temporary / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        temporary.chmod(0o755)
        if replace and folder.exists():
            shutil.rmtree(folder)
        os.replace(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def file_hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """The SHA-256 of each file, by path, in the order of the paths."""
    return {path: hashlib.sha256(files[path]).hexdigest() for path in sorted(files)}


def combined_sha256(hashes: Mapping[str, str]) -> str:
    """One hash of many: over the sorted lines `path NUL hash`."""
    digest = hashlib.sha256()
    for path in sorted(hashes):
        digest.update(f"{path}\0{hashes[path]}\n".encode())
    return digest.hexdigest()

"""A clean place to build: the regenerated project in the cache, never the folder that was given.

A downloaded project can hold compiled files that Lake would take for its own. So Lean sees only
bytes that this process wrote, in a folder that only this program's builds have touched. The folder
is kept, named by the hash of its contents, so that the next check of the same project is fast.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from bridge.check.files import read_tree
from bridge.export.files import combined_sha256, file_hashes, write_folder
from bridge.toolchain.locations import cache_root, locks_root
from bridge.toolchain.locks import file_lock
from runtime.errors import InfrastructureError

__all__ = ["staged"]

_KEPT = 8


@contextlib.contextmanager
def staged(files: Mapping[str, bytes]) -> Iterator[Path]:
    """The folder with exactly these files, locked against other processes while it is in use."""
    key = combined_sha256(file_hashes(files))
    root = cache_root() / "checks"
    with file_lock(locks_root() / f"check-{key[:16]}.lock"):
        folder = root / key[:32]
        if not _intact(folder, files):
            write_folder(folder, files, replace=True)
        os.utime(folder)
        _prune(root, keep=folder)
        yield folder


def _intact(folder: Path, files: Mapping[str, bytes]) -> bool:
    return folder.is_dir() and read_tree(folder) == dict(files)


def _prune(root: Path, keep: Path) -> None:
    """Remove all but the folders used last; one that another process is using stays."""
    folders = sorted(
        (entry for entry in root.iterdir() if entry.is_dir() and not entry.name.startswith(".")),
        key=lambda entry: entry.stat().st_mtime,
        reverse=True,
    )
    for folder in folders[_KEPT:]:
        if folder == keep:
            continue
        lock = locks_root() / f"check-{folder.name[:16]}.lock"
        with contextlib.suppress(InfrastructureError), file_lock(lock, timeout_s=0.0):
            shutil.rmtree(folder, ignore_errors=True)

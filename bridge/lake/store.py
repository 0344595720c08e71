"""Compiled modules, addressed by the hash of everything that went into them.

An entry is a folder ``<key>`` with the files that Lean wrote and ``entry.json``: their SHA-256,
the diagnostics, and whether ``sorry`` was used. It appears in one rename and is never changed.
Each use checks the hashes again, so a damaged entry is compiled anew instead of believed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.toolchain.locations import modules_root
from bridge.toolchain.model import Diagnostic

__all__ = ["ARTIFACTS", "Entry", "load", "place", "promised", "publish"]

# In the order in which Lean's setup file lists the artifacts of an import.
ARTIFACTS = (".olean", ".ir", ".olean.server", ".olean.private")
_SUFFIXES = (*ARTIFACTS, ".ilean")
_STEM = "module"
_ENTRY = "entry.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """A compiled module in the store; ``hashes`` maps a suffix to the SHA-256 of that file."""

    folder: Path
    hashes: dict[str, str]
    diagnostics: tuple[Diagnostic, ...]
    uses_sorry: bool
    seconds: float
    peak_memory_bytes: int

    def file(self, suffix: str) -> Path:
        return self.folder / (_STEM + suffix)

    @property
    def import_paths(self) -> list[str]:
        """The artifacts as Lean's setup file wants them, up to the first one that is missing."""
        paths = list[str]()
        for suffix in ARTIFACTS:
            if suffix not in self.hashes:
                break
            paths.append(str(self.file(suffix)))
        return paths


def _folder(key: str) -> Path:
    return modules_root() / key[:2] / key


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The data of an entry, and its hashes."""
    data: dict[str, Any] = json.loads((folder / _ENTRY).read_text(encoding="utf-8"))
    hashes = {suffix: str(data["hashes"][suffix]) for suffix in data["hashes"]}
    if ".olean" not in hashes or not set(hashes) <= set(_SUFFIXES):
        raise ValueError("the entry lacks its olean")
    return data, hashes


def promised(key: str) -> dict[str, str] | None:
    """The hashes of the entry for ``key``, not checked: good for a guess, not for a build."""
    try:
        return _read(_folder(key))[1]
    except (OSError, ValueError, TypeError, KeyError):
        return None


def load(key: str) -> Entry | None:
    """The entry for ``key`` if it is there and undamaged."""
    folder = _folder(key)
    try:
        data, hashes = _read(folder)
        for suffix, expected in hashes.items():
            if _sha256(folder / (_STEM + suffix)) != expected:
                raise ValueError("an artifact was altered")
        return Entry(
            folder,
            hashes,
            tuple(Diagnostic(**item) for item in data["diagnostics"]),
            bool(data["uses_sorry"]),
            float(data["seconds"]),
            int(data["peak_memory_bytes"]),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError):
        shutil.rmtree(folder, ignore_errors=True)
        return None


def publish(
    key: str,
    output: Path,
    diagnostics: tuple[Diagnostic, ...],
    *,
    uses_sorry: bool,
    seconds: float,
    peak_memory_bytes: int,
) -> Entry:
    """Move the folder ``output`` with Lean's files into the store."""
    hashes = {
        suffix: _sha256(path)
        for suffix in _SUFFIXES
        if (path := output / (_STEM + suffix)).is_file()
    }
    data = {
        "hashes": hashes,
        "diagnostics": [
            {
                "severity": item.severity,
                "line": item.line,
                "column": item.column,
                "text": item.text,
                "kind": item.kind,
            }
            for item in diagnostics
        ],
        "uses_sorry": uses_sorry,
        "seconds": round(seconds, 3),
        "peak_memory_bytes": peak_memory_bytes,
    }
    (output / _ENTRY).write_text(json.dumps(data, indent=1, sort_keys=True), encoding="utf-8")
    folder = _folder(key)
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    output.rename(folder)
    return Entry(folder, hashes, diagnostics, uses_sorry, seconds, peak_memory_bytes)


def place(entry: Entry, build_dir: Path, module: str) -> None:
    """Put the files of ``entry`` where ``lake env`` looks for ``module``.

    The placed files are for interactive use only; builds import from the store.
    """
    target = build_dir.joinpath(*module.split("."))
    target.parent.mkdir(parents=True, exist_ok=True)
    for suffix in _SUFFIXES:
        destination = target.with_name(target.name + suffix)
        if suffix not in entry.hashes:
            destination.unlink(missing_ok=True)
            continue
        source = entry.file(suffix)
        if destination.is_file() and destination.samefile(source):
            continue
        temporary = destination.with_name(f".{destination.name}.{os.getpid()}")
        temporary.unlink(missing_ok=True)
        try:
            temporary.hardlink_to(source)
        except OSError:  # another file system
            shutil.copy2(source, temporary)
        temporary.replace(destination)

"""Which code a verdict rests on, as a hash: another importer or checker makes verdicts stale."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["code_sha256", "tool_version"]

_ROOT = Path(__file__).resolve().parents[2]
_RESTS_ON = (
    "runtime/graph",
    "bridge/importers",
    "bridge/export/lower.py",
    "bridge/vnncomp/decide.py",
    "certificates/affine/format.py",
    "certificates/checker",
    "certificates/fields.py",
    "certificates/format.py",
    "certificates/properties",
)


@cache
def code_sha256() -> str:
    """Over path and content of every source file that reads, states or checks."""
    digest = hashlib.sha256()
    for place in _RESTS_ON:
        path = _ROOT / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            digest.update(f"{file.relative_to(_ROOT).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


def tool_version() -> str:
    """The version of the installed package."""
    try:
        return version("lemmanet")
    except PackageNotFoundError:
        return "unknown"

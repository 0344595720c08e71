"""Which code a verdict rests on, as a hash: another importer or checker makes verdicts stale."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bridge.export.files import combined_sha256, file_hashes
from bridge.installed import installed_version

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
    files = {}
    for place in _RESTS_ON:
        path = _ROOT / place
        for file in path.rglob("*.py") if path.is_dir() else [path]:
            files[file.relative_to(_ROOT).as_posix()] = file.read_bytes()
    return combined_sha256(file_hashes(files))


def tool_version() -> str:
    """The version of the installed package."""
    return installed_version("lemmanet") or "unknown"

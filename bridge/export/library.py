"""Where the Lean library is that exported projects require, and what it contains."""

from __future__ import annotations

import hashlib
from pathlib import Path

from bridge.export.manifest import sources_sha256
from runtime.errors import InfrastructureError

__all__ = ["lean_toolchain", "library_folder", "library_sha256"]

_HERE = Path(__file__).resolve()


def library_folder() -> Path:
    """The folder with the library's `lakefile.lean`: the checkout, or one inside the wheel.

    Raises InfrastructureError where the installation lacks it.
    """
    for folder in (_HERE.parents[2], _HERE.parents[1] / "_library"):
        if (folder / "lakefile.lean").is_file() and (folder / "lean" / "Lemmanet.lean").is_file():
            return folder
    raise InfrastructureError(
        "The Lean library is not part of this installation; install lemmanet from a full package."
    )


def library_sha256(folder: Path) -> str:
    """One hash of the library's Lean sources and its lakefile."""
    files = [folder / "lakefile.lean", *sorted((folder / "lean").rglob("*.lean"))]
    return sources_sha256(
        {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        }
    )


def lean_toolchain(folder: Path) -> str:
    """The Lean version that the library is written for, as `lean-toolchain` names it."""
    return (folder / "lean-toolchain").read_text().strip()

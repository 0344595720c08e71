"""Where the Lean library is that exported projects require, and what it contains."""

from __future__ import annotations

from pathlib import Path

from bridge.export.files import combined_sha256, file_hashes
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
    paths = [folder / "lakefile.lean", *(folder / "lean").rglob("*.lean")]
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return combined_sha256(file_hashes(files))


def lean_toolchain(folder: Path) -> str:
    """The Lean version that the library is written for, as `lean-toolchain` names it."""
    return (folder / "lean-toolchain").read_text().strip()

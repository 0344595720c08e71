"""Installing, listing and removing toolchains."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bridge.toolchain.install import Progress, install_registry, installed_registry, registry_folder
from bridge.toolchain.locations import locks_root, toolchains_root
from bridge.toolchain.locks import file_lock
from bridge.toolchain.providers import InstalledToolchain, find_official, find_registry
from runtime.errors import InfrastructureError, InputError

__all__ = ["Listed", "folder_size", "install", "listing", "remove"]

_ELAN_SECONDS = 1800


@dataclass(frozen=True, slots=True)
class Listed:
    """One toolchain on this machine; ``current`` is False for leftovers of other versions."""

    name: str
    version: str
    commit: str
    official: bool
    current: bool
    path: str
    size_bytes: int


def install(provider: str = "registry", progress: Progress | None = None) -> InstalledToolchain:
    """Install a toolchain unless it is there.

    Raises:
        InputError: an unknown provider.
        InfrastructureError: it cannot be had on this machine; one sentence says why.
    """
    if provider == "registry":
        install_registry(progress)
        found = find_registry()
    elif provider == "official":
        found = find_official()
        if isinstance(found, str):
            _install_with_elan(progress)
            found = find_official()
    else:
        raise InputError(f"The provider {provider!r} is unknown; use official or registry.")
    if isinstance(found, str):
        raise InfrastructureError(f"The installation ended, but {found}.")
    return found


def _install_with_elan(progress: Progress | None) -> None:
    """Let elan, if it is there, fetch the version that the library is written for."""
    elan = shutil.which("elan")
    if elan is None:
        raise InfrastructureError(
            "The official Lean is installed with elan, which is not on PATH; install elan first, "
            "or use `lemmanet toolchain install --provider registry`."
        )
    version = _pinned_version()
    if progress is not None:
        progress(f"elan installs {version}", 0.0)
    try:
        finished = subprocess.run(
            [elan, "toolchain", "install", version],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_ELAN_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InfrastructureError(f"elan could not install {version}: {error}") from error
    if finished.returncode:
        lines = finished.stderr.strip().splitlines() or [f"exit status {finished.returncode}"]
        raise InfrastructureError(
            f"elan could not install {version} ({lines[-1][:200]}); "
            "use `lemmanet toolchain install --provider registry` instead."
        )


def _pinned_version() -> str:
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_library", package.parent):
        pin = folder / "lean-toolchain"
        if pin.is_file():
            return pin.read_text(encoding="utf-8").strip()
    raise InfrastructureError("The file lean-toolchain is missing; reinstall Lemmanet.")


def folder_size(folder: Path) -> int:
    """Bytes of all files below ``folder``; 0 if it does not exist."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def listing() -> list[Listed]:
    """Every toolchain that this machine has, the official one first."""
    found = list[Listed]()
    official = find_official()
    if isinstance(official, InstalledToolchain):
        path = str(official.program)
        found.append(Listed("official", official.version, official.commit, True, True, path, 0))
    for folder in sorted(toolchains_root().glob("registry-*")):
        metadata = installed_registry(folder) or {}
        found.append(
            Listed(
                "registry",
                metadata.get("version", "incomplete"),
                metadata.get("commit", ""),
                official=False,
                current=folder == registry_folder(),
                path=str(folder),
                size_bytes=folder_size(folder),
            )
        )
    return found


def remove(provider: str = "registry", *, leftovers_only: bool = False) -> list[str]:
    """Remove registry toolchains and return the folders that are gone.

    Raises:
        InputError: the official Lean is asked for, which elan manages.
    """
    if provider != "registry":
        raise InputError(
            "Only the registry toolchain is ours to remove; use elan for the official Lean."
        )
    gone = list[str]()
    with file_lock(locks_root() / "install.lock"):
        for folder in sorted(toolchains_root().glob("registry-*")):
            if leftovers_only and folder == registry_folder():
                continue
            # renamed first: a process that looks for it sees it whole or not at all
            doomed = folder.with_name(f".incoming-removed-{folder.name}")
            folder.rename(doomed)
            shutil.rmtree(doomed, ignore_errors=True)
            gone.append(str(folder))
    return gone

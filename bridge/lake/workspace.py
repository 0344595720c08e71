"""Packages, their libraries, and where the source of a module lies."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bridge.lake.lakefile import Lakefile, LeanLib, read_lakefile
from bridge.toolchain.locations import cache_root
from runtime.errors import InputError

__all__ = ["LAKE_BUILD_DIR", "Package", "Source", "Workspace", "load_workspace"]

LAKE_BUILD_DIR = Path(".lake", "build", "lib", "lean")
"""Where Lake places compiled modules, below the folder of a package."""

_MAX_PACKAGES = 32
_CORE_ROOTS = ("Init", "Std", "Lean", "Lake", "Leanc")


@dataclass(frozen=True, slots=True)
class Package:
    """A package on disk."""

    root: Path
    lakefile: Lakefile

    @property
    def build_dir(self) -> Path:
        """Where we place compiled modules: as Lake does, or in the cache if that is read-only."""
        if os.access(self.root, os.W_OK):
            return self.root / LAKE_BUILD_DIR
        name = hashlib.sha256(str(self.root).encode()).hexdigest()[:16]
        return cache_root() / "placed" / name


@dataclass(frozen=True, slots=True)
class Source:
    """The source file of a module: ``root / relative`` with ``root`` the library's folder."""

    module: str
    package: Package
    root: Path
    relative: Path

    @property
    def path(self) -> Path:
        return self.root / self.relative


@dataclass(frozen=True, slots=True)
class Workspace:
    """The root package first, then everything that it requires, transitively."""

    packages: tuple[Package, ...]

    @property
    def lean_path(self) -> str:
        """``LEAN_PATH`` for interactive use: where builds place compiled modules."""
        return os.pathsep.join(str(package.build_dir) for package in self.packages)

    def find(self, module: str) -> Source | None:
        """The source of ``module``, or None if no library claims the name."""
        for package in self.packages:
            for lib in package.lakefile.libs:
                if any(module == root or module.startswith(f"{root}.") for root in lib.roots):
                    return _source(package, lib, module)
        return None

    def targets(self, names: list[str] | None) -> list[str]:
        """The modules that a build is asked for.

        ``names`` are libraries or modules; None means the root package's default libraries (all
        of its libraries if none is marked as a default).

        Raises:
            InputError: a name that is neither, or nothing to build.
        """
        root = self.packages[0]
        libs = root.lakefile.libs
        if names is None:
            chosen = [lib for lib in libs if lib.default] or list(libs)
            modules = [module for lib in chosen for module in _modules(root, lib)]
        else:
            modules = [module for name in names for module in self._target(name)]
        if not modules:
            raise InputError(f"{root.root / 'lakefile.lean'}: no library has a module to build.")
        return list(dict.fromkeys(modules))

    def _target(self, name: str) -> list[str]:
        for package in self.packages:
            for lib in package.lakefile.libs:
                if lib.name == name:
                    return list(_modules(package, lib))
        module = name.removeprefix("+")
        source = self.find(module)
        if source is None or not source.path.is_file():
            raise InputError(f"{name} is neither a library nor a module of this package.")
        return [module]


def _source(package: Package, lib: LeanLib, module: str) -> Source:
    relative = Path(*module.split(".")).with_suffix(".lean")
    return Source(module, package, package.root / lib.source_dir, relative)


def _modules(package: Package, lib: LeanLib) -> Iterator[str]:
    """The modules that the globs of ``lib`` name, in a fixed order."""
    folder = package.root / lib.source_dir
    for glob in lib.globs:
        if glob.kind != "submodules":
            yield glob.root
        if glob.kind != "one":
            top = folder.joinpath(*glob.root.split("."))
            for path in sorted(top.rglob("*.lean")):
                yield ".".join(path.relative_to(folder).with_suffix("").parts)


def load_workspace(folder: Path) -> Workspace:
    """Read the lakefile in ``folder`` and those of all required packages.

    Raises:
        InputError: a lakefile that cannot be used, or a requirement that is not there.
    """
    packages: dict[Path, Package] = {}
    pending = [folder.resolve()]
    while pending:
        root = pending.pop(0)
        if root in packages:
            continue
        if len(packages) >= _MAX_PACKAGES:
            raise InputError(f"{folder}: more than {_MAX_PACKAGES} packages are required.")
        package = Package(root, read_lakefile(root))
        packages[root] = package
        for requirement in package.lakefile.requires:
            target = (root / requirement.path).resolve()
            if not (target / "lakefile.lean").is_file():
                raise InputError(
                    f"{root / 'lakefile.lean'} requires {requirement.name} from "
                    f"{requirement.path}, where no lakefile.lean lies."
                )
            pending.append(target)
    _refuse_shadowing(packages.values())
    return Workspace(tuple(packages.values()))


def _refuse_shadowing(packages: Iterable[Package]) -> None:
    """A name that two libraries claim, or that core Lean owns, could stand in for the real one."""
    owners = dict.fromkeys(_CORE_ROOTS, "Lean itself")
    for package in packages:
        for lib in package.lakefile.libs:
            for root in lib.roots:
                top = root.split(".")[0]
                owner = owners.setdefault(top, str(package.root))
                if owner != str(package.root):
                    raise InputError(
                        f"{package.root / 'lakefile.lean'}: the library root {root} is claimed by "
                        f"{owner} already; rename it."
                    )

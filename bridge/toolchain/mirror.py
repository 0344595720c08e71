"""Where the official Lake builds a package: in its folder, or in a mirror if that is read-only.

Lake writes into the folder of every package that takes part, also into that of the library, which
an installed wheel may protect. A mirror is a folder in the cache with links to what the package
holds and a lakefile that says the same, but for the paths of required packages. It stays, so the
next build finds what this one compiled.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from bridge.lake.lakefile import Glob, Lakefile, LeanLib
from bridge.lake.workspace import Package, Workspace
from bridge.toolchain.locations import cache_root, locks_root
from bridge.toolchain.locks import file_lock

__all__ = ["build_folders", "render_lakefile"]

_LAKEFILE = "lakefile.lean"
_WRITTEN_BY_LAKE = frozenset({_LAKEFILE, "lakefile.toml", "lake-manifest.json"})
_PLAIN_NAME = re.compile(r"[A-Za-z_][\w'!?]*(\.[A-Za-z_][\w'!?]*)*")


def build_folders(workspace: Workspace) -> dict[Path, Path]:
    """Maps the root of each package to the folder in which Lake builds it."""
    packages = workspace.packages
    if all(os.access(package.root, os.W_OK) for package in packages):
        return {package.root: package.root for package in packages}
    name = hashlib.sha256(str(packages[0].root).encode()).hexdigest()[:16]
    top = cache_root() / "mirrors" / name
    folders = {package.root: top / f"package-{index}" for index, package in enumerate(packages)}
    with file_lock(locks_root() / f"mirror-{name}.lock"):
        for package in packages:
            _mirror(package, folders)
    return folders


def _mirror(package: Package, folders: Mapping[Path, Path]) -> None:
    folder = folders[package.root]
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {
        entry.name: entry
        for entry in package.root.iterdir()
        if entry.name not in _WRITTEN_BY_LAKE and not entry.name.startswith(".")
    }
    for link in [entry for entry in folder.iterdir() if entry.is_symlink()]:
        if wanted.get(link.name) == link.readlink():
            del wanted[link.name]
        else:
            link.unlink()
    for name, entry in wanted.items():
        (folder / name).symlink_to(entry)
    paths = {
        item.path: str(folders[(package.root / item.path).resolve()])
        for item in package.lakefile.requires
    }
    text, target = render_lakefile(package.lakefile, paths), folder / _LAKEFILE
    if not target.is_file() or target.read_text(encoding="utf-8") != text:
        target.write_text(text, encoding="utf-8")


def render_lakefile(lakefile: Lakefile, paths: Mapping[str, str]) -> str:
    """A lakefile that says the same, with the paths of required packages replaced by ``paths``."""
    return "\n".join(_lines(lakefile, paths)) + "\n"


def _lines(lakefile: Lakefile, paths: Mapping[str, str]) -> Iterator[str]:
    yield "import Lake"
    yield "open Lake DSL"
    yield f"package {_identifier(lakefile.name)} where"
    options = ", ".join(f"⟨`{_identifier(name)}, {value}⟩" for name, value in lakefile.options)
    yield f"  leanOptions := #[{options}]"
    for requirement in lakefile.requires:
        path = paths[requirement.path].replace("\\", "\\\\").replace('"', '\\"')
        yield f'require {_identifier(requirement.name)} from "{path}"'
    for lib in lakefile.libs:
        yield from _lib_lines(lib)


def _lib_lines(lib: LeanLib) -> Iterator[str]:
    if lib.default:
        yield "@[default_target]"
    yield f"lean_lib {_identifier(lib.name)} where"
    yield f'  srcDir := "{lib.source_dir}"'
    yield f"  roots := #[{', '.join(f'`{_identifier(root)}' for root in lib.roots)}]"
    yield f"  globs := #[{', '.join(map(_glob, lib.globs))}]"


def _glob(glob: Glob) -> str:
    return f".{glob.kind} `{_identifier(glob.root)}"


def _identifier(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else f"«{name}»"

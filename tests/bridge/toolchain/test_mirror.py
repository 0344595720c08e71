"""The official Lake builds elsewhere what lies in folders that it may not write."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bridge import toolchain
from bridge.lake.lakefile import parse_lakefile
from bridge.lake.workspace import load_workspace
from bridge.toolchain import mirror
from bridge.toolchain.locations import cache_root
from bridge.toolchain.mirror import build_folders, render_lakefile
from bridge.toolchain.providers import InstalledToolchain

LAKEFILE = """
import Lake
open Lake DSL
package «my-net» where
  version := v!"0.1.0"
  leanOptions := #[⟨`autoImplicit, false⟩]
require lemmanet from "../library"
@[default_target]
lean_lib Net where
  srcDir := "lean"
  globs := #[.andSubmodules `Net]
"""

LAKE = """
import os, pathlib, re, sys
assert sys.argv[1:] == ["build", "+Net"], sys.argv
required = pathlib.Path(re.search('from "(.*)"', open("lakefile.lean").read()).group(1))
for package, name in ((required, "Lemma"), (pathlib.Path(), "Net")):
    assert (package / "lean" / f"{name}.lean").is_file()
    olean = package / ".lake/build/lib/lean" / f"{name}.olean"
    olean.parent.mkdir(parents=True, exist_ok=True)
    olean.write_text("x")
    print(f"✔ [1/2] Built {name} (1s)")
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that requires a library in the folder `library`, which is read-only."""
    monkeypatch.setenv("LEMMANET_CACHE", str(tmp_path / "cache"))
    root, library = tmp_path / "net", tmp_path / "library"
    for folder, lakefile, module, text in (
        (root, LAKEFILE, "Net", "import Lemma\n"),
        (library, 'package lemmanet\nlean_lib Lemma where\n  srcDir := "lean"\n', "Lemma", ""),
    ):
        (folder / "lean").mkdir(parents=True)
        (folder / "lakefile.lean").write_text(lakefile)
        (folder / "lean" / f"{module}.lean").write_text(text)
    # a test that runs as root may write everywhere
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path) != library)
    return root


def _contents(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_lake_writes_into_the_mirror_only(tmp_path, package):
    program = tmp_path / "lake"
    program.write_text(f"#!{sys.executable}\n{LAKE}")
    program.chmod(0o755)
    chosen = InstalledToolchain("official", "4.35.0", "", True, program, "", "")
    before = [_contents(package), _contents(tmp_path / "library")]
    result = toolchain.build(package, None, toolchain=chosen)
    assert result.ok
    assert [(item.module, item.status) for item in result.modules] == [
        ("Lemma", "built"),
        ("Net", "built"),
    ]
    assert [_contents(package), _contents(tmp_path / "library")] == before
    for item in result.modules:
        assert item.olean.is_relative_to(cache_root())
        assert Path(item.path).is_relative_to(tmp_path)
        assert not Path(item.path).is_relative_to(cache_root())


def test_writable_packages_are_built_where_they_are(package, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: True)
    workspace = load_workspace(package)
    assert all(root == folder for root, folder in build_folders(workspace).items())
    assert not cache_root().exists()


def test_a_mirror_follows_what_it_shows(tmp_path, package):
    folder = build_folders(load_workspace(package))[package]
    assert _contents(folder) == ["lakefile.lean", "lean"]
    assert (folder / "lean").resolve() == package / "lean"
    written = (folder / "lakefile.lean").stat().st_mtime_ns
    (folder / ".lake").mkdir()
    (folder / "gone").symlink_to(tmp_path)
    (folder / "lean").unlink()
    (folder / "lean").symlink_to(tmp_path)
    (package / "lean-toolchain").write_text("leanprover/lean4:v4.35.0\n")
    assert build_folders(load_workspace(package))[package] == folder
    assert _contents(folder) == [".lake", "lakefile.lean", "lean", "lean-toolchain"]
    assert (folder / "lean").resolve() == package / "lean"
    assert (folder / "lakefile.lean").stat().st_mtime_ns == written


@pytest.mark.parametrize("path", ["../library", 'a "quoted" \\ path'])
def test_a_rendered_lakefile_says_the_same(path):
    given = parse_lakefile(LAKEFILE)
    text = render_lakefile(given, {"../library": path})
    found = parse_lakefile(text)
    assert [item.path for item in found.requires] == [path]
    assert (found.name, found.libs, found.options) == (given.name, given.libs, given.options)
    assert mirror.render_lakefile(found, {path: path}) == text

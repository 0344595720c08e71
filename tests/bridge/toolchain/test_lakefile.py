"""Lakefiles, headers and workspaces: what is understood, and what is refused by name."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.lake.graph import module_graph
from bridge.lake.header import Import, parse_header
from bridge.lake.lakefile import Glob, parse_lakefile
from bridge.lake.workspace import load_workspace
from runtime.errors import InputError


def test_the_whole_restricted_form():
    found = parse_lakefile(
        """
        import Lake
        open Lake DSL /- a comment -/
        package «my-net» where
          version := v!"0.1.0"
          keywords := #["a", "b"]
          leanOptions := #[⟨`autoImplicit, false⟩, ⟨`maxRecDepth, 4000⟩]
        require lemmanet from "../lib" -- where
        @[default_target]
        lean_lib Net where
          srcDir := "lean"
          roots := #[`Net, `Extra]
          globs := #[.submodules `Net, .andSubmodules `Extra, `Net.One]
        lean_lib Other
        """
    )
    assert found.name == "my-net"
    assert found.options == (("autoImplicit", "false"), ("maxRecDepth", "4000"))
    assert [(item.name, item.path) for item in found.requires] == [("lemmanet", "../lib")]
    net, other = found.libs
    assert (net.default, other.default) == (True, False)
    assert str(net.source_dir) == "lean"
    assert net.roots == ("Net", "Extra")
    assert net.globs[0] == Glob("submodules", "Net")
    assert net.globs[2] == Glob("one", "Net.One")
    assert other.globs == (Glob("one", "Other"),)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("package x\nscript go do\n  return 0", "script"),
        ("package x\nlean_exe tool", "lean_exe"),
        ("package x\npost_update pkg do pure ()", "post_update"),
        ('package x\n#eval IO.FS.removeFile "a"', "'#'"),
        ("package x\nrun_cmd pure ()", "run_cmd"),
        ("package x\ninitialize pure ()", "initialize"),
        ("package x\ndef a := 1", "def"),
        ("package x\nimport Evil", "expected Lake"),
        ('package x\nrequire m from git "https://h/x"', "git"),
        ('package x\nlean_lib A where\n  srcDir := "../../home"', "leaves the package"),
        ('package x\nlean_lib A where\n  srcDir := "/etc"', "leaves the package"),
        ('package x\nlean_lib A where\n  moreLeanArgs := #["--run"]', "moreLeanArgs"),
        ("package x\nlean_lib A where\n  precompileModules := true", "precompileModules"),
        ('package x where\n  leanOptions := #[⟨`a, "b"⟩]', '"b"'),
        ("package x where\n  extraDepTargets := #[`a]", "extraDepTargets"),
        ("package x\n@[default_target]\nscript a", "lean_lib"),
        ("package x\nlean_lib", "end of the file"),
        ("lean_lib A", "no package"),
        ("", "no package"),
        ("package x\nlean_lib A where\n  roots := #[`A", "end of the file"),
    ],
)
def test_a_hostile_or_foreign_lakefile_is_refused(text, named):
    with pytest.raises(InputError, match="understood") as caught:
        parse_lakefile(text)
    assert named in str(caught.value)


@given(st.text(alphabet='packgeln_ibrqu`⟨⟩:=#[]@.,"\n x/-«»', max_size=80))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(InputError):
        parse_lakefile(text)


def test_headers():
    text = "/- a /- b -/ -/\nmodule\n-- c\npublic import A.B\nimport all C'\npublic meta import D\n"
    found = parse_header(text + "public section\nimport E", "f")
    assert found.is_module
    assert found.imports == (
        Import("A.B", public=True),
        Import("C'", all=True),
        Import("D", public=True),
    )
    plain = parse_header("prelude\nimport Init\n/-- doc -/ def x := 1", "f")
    assert not plain.is_module
    assert [item.module for item in plain.imports] == ["Init"]
    with pytest.raises(InputError, match="f: an import"):
        parse_header("import «../../etc»", "f")


@given(st.text(max_size=200))
def test_any_header_is_read_or_refused(text):
    with contextlib.suppress(InputError):
        parse_header(text, "f")


def _package(root: Path, lakefile: str, **sources: str) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    (root / "lakefile.lean").write_text(lakefile)
    for name, text in sources.items():
        path = root / Path(*name.split("__")).with_suffix(".lean")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_a_required_package_is_found_by_its_path(tmp_path):
    _package(tmp_path / "lib", "package lib\nlean_lib Lib", Lib="module\n")
    root = _package(
        tmp_path / "app",
        'package app\nrequire lib from "../lib"\nlean_lib App where\n globs := #[.submodules `App]',
        App__B="module\nimport Lib\n",
        App__A="module\nimport App.B\n",
    )
    workspace = load_workspace(root)
    targets = workspace.targets(None)
    assert targets == ["App.A", "App.B"]
    assert list(module_graph(workspace, targets, root)) == ["Lib", "App.B", "App.A"]


def test_a_missing_package_is_refused(tmp_path):
    root = _package(tmp_path, 'package app\nrequire lib from "nowhere"\nlean_lib App')
    with pytest.raises(InputError, match="requires lib from nowhere"):
        load_workspace(root)


@pytest.mark.parametrize("name", ["Init", "Std", "Lean", "Lib"])
def test_a_library_cannot_stand_in_for_another(tmp_path, name):
    _package(tmp_path / "lib", "package lib\nlean_lib Lib")
    root = _package(tmp_path / "app", f'package app\nrequire lib from "../lib"\nlean_lib {name}')
    with pytest.raises(InputError, match="claimed"):
        load_workspace(root)


@pytest.mark.parametrize(
    ("sources", "text"),
    [
        ({"A": "import A.B", "A__B": "import A"}, "cycle"),
        ({"A": "import A"}, "cycle: A imports A"),
        ({"A": "import A.Missing"}, "no source for module A.Missing"),
        ({"A": "import Mathlib"}, "Mathlib, which neither"),
    ],
)
def test_imports_that_cannot_be_followed(tmp_path, sources, text):
    root = _package(tmp_path, "package a\nlean_lib A", **sources)
    workspace = load_workspace(root)
    with pytest.raises(InputError, match=text):
        module_graph(workspace, workspace.targets(None), tmp_path / "core")


def test_a_long_chain_of_imports(tmp_path):
    sources = {f"A__M{i}": f"import A.M{i + 1}\n" for i in range(2000)}
    root = _package(tmp_path, "package a\nlean_lib A", A="import A.M0", A__M2000="", **sources)
    workspace = load_workspace(root)
    assert len(module_graph(workspace, ["A"], tmp_path)) == 2002


def test_sources_that_are_no_text(tmp_path):
    root = _package(tmp_path, "package a\nlean_lib A")
    (root / "A.lean").write_bytes(b"\xff\xfe\x00")
    workspace = load_workspace(root)
    with pytest.raises(InputError, match="not UTF-8"):
        module_graph(workspace, ["A"], None)
    (root / "lakefile.lean").write_bytes(b"\xff")
    with pytest.raises(InputError, match="cannot be read"):
        load_workspace(root)

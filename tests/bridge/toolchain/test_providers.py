"""Choosing a Lean, and driving the official one: its output, its limits, its silence."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bridge import toolchain
from bridge.toolchain import providers
from bridge.toolchain.official import LakeOutput
from bridge.toolchain.providers import InstalledToolchain, find_official, find_registry, select
from runtime.errors import InfrastructureError, InputError

LAKEFILE = "import Lake\nopen Lake DSL\npackage demo\n@[default_target]\nlean_lib Demo\n"
COMMIT = "7d4b4aa5bf6e3a1f4dc0e1c1bb6c4f3a1b2c3d4e"


def _program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEMMANET_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def official(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on PATH with a `lean` and a `lake` that know their versions."""
    folder = tmp_path / "elan"
    answer = f"Lean (version 4.35.0, x86_64-unknown-linux-gnu, commit {COMMIT}, Release)"
    _program(folder, "lean", f"print({answer!r})")
    _program(folder, "lake", "print('Lake version 5.0.0-src (Lean version 4.35.0)')")
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_the_official_lean_is_preferred(official):
    found = select()
    assert (found.name, found.version, found.commit) == ("official", "4.35.0", COMMIT)
    assert found.official
    assert found.note == ""
    assert found.lake() == [str(official / "lake")]


@pytest.mark.parametrize(
    ("version", "noted"),
    [("4.28.0", True), ("4.34.0", True), ("4.34.1", False), ("4.35.0-rc1", False)],
)
def test_an_old_official_lean_draws_a_note(official, version, noted):
    _program(official, "lean", f"print('Lean (version {version}, commit abcdef0)')")
    assert bool(select("official").note) == noted


@pytest.mark.parametrize("text", ["import sys; sys.exit('no such toolchain')", "print('hello')"])
def test_a_lake_that_does_not_answer_is_not_used(official, text):
    _program(official, "lake", text)
    assert isinstance(find_official(), str)
    with pytest.raises(InfrastructureError, match="no usable Lean"):
        select()


def test_the_registry_is_taken_where_there_is_no_official(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_registry() == "the registry toolchain is not installed"
    metadata = {"version": "4.28.0-pre", "commit": "abc"}
    monkeypatch.setattr(providers, "installed_registry", lambda: metadata)
    found = select()
    assert (found.name, found.official) == ("registry", False)
    assert "no `lake`" in found.reason
    assert "unofficial" in found.note
    assert select("registry").reason == "it was asked for"


def test_what_cannot_be_selected(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="'best' is unknown"):
        select("best")
    with pytest.raises(InfrastructureError, match="toolchain install --provider official"):
        select("official")


OUTPUT = """\
⚠ [2/4] Built Demo.A (1.5s)
warning: Demo/A.lean:3:8: declaration uses `sorry`
info: Demo/A.lean:5:0: several
lines of text
✖ [3/4] Building Demo.B (350ms)
trace: .> LEAN_PATH=x lean Demo/B.lean
error: Demo/B.lean:7:2: unsolved goals
⊢ False
error: Lean exited with code 1
✔ [4/4] Built Demo.C
Some required targets logged failures:
- Demo.B
error: build failed
"""


def test_reading_the_output_of_lake():
    output = LakeOutput()
    for line in OUTPUT.splitlines():
        output.line(line)
    output.finish()
    first, second, third = (output.jobs[name] for name in ("Demo.A", "Demo.B", "Demo.C"))
    assert (first.status, first.seconds) == ("built", 1.5)
    assert [item.severity for item in first.diagnostics] == ["warning", "information"]
    assert first.diagnostics[1].text == "several\nlines of text"
    assert (second.status, second.seconds) == ("failed", 0.35)
    assert (second.diagnostics[0].line, second.diagnostics[0].column) == (7, 2)
    assert second.diagnostics[0].text == "unsolved goals\n⊢ False"
    assert third.status == "built"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    root = tmp_path / "demo"
    root.mkdir()
    (root / "lakefile.lean").write_text(LAKEFILE)
    (root / "Demo.lean").write_text("import Init\n")
    return root


def _official(program: Path) -> InstalledToolchain:
    return InstalledToolchain("official", "4.35.0", COMMIT, True, program, "", "")


WRITE_OLEAN = """
import pathlib, sys
assert sys.argv[1:] == ["build", "+Demo"], sys.argv
olean = pathlib.Path(".lake/build/lib/lean/Demo.olean")
olean.parent.mkdir(parents=True, exist_ok=True)
"""


@pytest.mark.parametrize(
    ("script", "status"),
    [
        (WRITE_OLEAN + "olean.write_text('x'); print('✔ [2/2] Built Demo (1s)')", "built"),
        (WRITE_OLEAN + "olean.write_text('x')", "cached"),
        (WRITE_OLEAN + "olean.write_text('x'); sys.exit(1)", "skipped"),
        (WRITE_OLEAN + "print('✔ [2/2] Built Demo (1s)')", "skipped"),
        (WRITE_OLEAN + "olean.write_text(''); print('✔ [2/2] Built Demo (1s)')", "skipped"),
        (WRITE_OLEAN + "olean.write_text('sorryAx'); print('✔ [2/2] Built Demo')", "failed"),
        (
            WRITE_OLEAN + "olean.write_text('x'); print('⚠ [2/2] Built Demo');"
            "print('warning: Demo.lean:1:0: declaration uses `sorry`')",
            "failed",
        ),
        ("print('✖ [2/2] Building Demo'); print('error: Demo.lean:1:0: no'); exit(1)", "failed"),
        (
            "print('✖ [2/2] Building Demo'); print('error: Lean exited with code 139'); exit(1)",
            "crashed",
        ),
        ("import os; os.kill(os.getpid(), 9)", "skipped"),
        ("pass", "skipped"),
    ],
)
def test_only_evidence_makes_an_official_build_a_success(tmp_path, package, script, status):
    lake = _program(tmp_path / "bin", "lake", script)
    result = toolchain.build(package, None, toolchain=_official(lake), jobs=1)
    assert [item.status for item in result.modules] == [status]
    assert result.ok == (status in ("built", "cached"))


def test_limits_hold_for_each_file_of_an_official_build(tmp_path, package):
    lake = _program(
        tmp_path / "bin",
        "lake",
        "import subprocess, sys\n"
        "code = subprocess.run(['/tools/lean', '-c', 'import time; time.sleep(60)', 'Demo.lean'],"
        " executable=sys.executable).returncode\n"
        "print('✖ [2/2] Building Demo')\nprint('error: Lean exited with code', code)\n"
        "sys.exit(1)\n",
    )
    events = []
    result = toolchain.build(
        package, None, toolchain=_official(lake), timeout_s=1.0, on_event=events.append
    )
    assert [item.status for item in result.modules] == ["timeout"]
    assert not result.ok
    assert result.modules[0].peak_memory_bytes > 0
    assert events[0].kind == "start"


def _registry(program: Path) -> InstalledToolchain:
    return InstalledToolchain("registry", "4.28.0-pre", COMMIT, False, program, "", "unofficial")


RESULT = """
import json
data = dict(module="Demo", path="Demo.lean", status={status!r}, seconds=1.0,
            peak_memory_bytes=1, diagnostics=[], olean={olean!r})
print(json.dumps(dict(result=data)))
"""


@pytest.mark.parametrize(
    ("script", "ok"),
    [
        (RESULT.format(status="built", olean=__file__), True),
        (RESULT.format(status="built", olean="/nonexistent"), False),
        (RESULT.format(status="built", olean=None), False),
        (RESULT.format(status="failed", olean=__file__), False),
        (RESULT.format(status="built", olean=__file__) + "exit(1)", False),
        (
            RESULT.format(status="built", olean=__file__) + "import os; os.kill(os.getpid(), 9)",
            False,
        ),
        ("pass", False),
        ("print('a stray line')", False),
    ],
)
def test_only_evidence_makes_a_registry_build_a_success(tmp_path, package, script, ok):
    lake = _program(tmp_path / "bin", "lake", script)
    result = toolchain.build(package, ["Demo"], toolchain=_registry(lake))
    assert result.ok == ok
    assert result.notes == ("unofficial",)
    assert ok or not all(item.ok for item in result.modules) or result.message or result.modules


@pytest.mark.parametrize(("code", "error"), [(2, InputError), (3, InfrastructureError)])
def test_errors_of_the_registry_lake_keep_their_kind(tmp_path, package, code, error):
    text = f"import sys; print('error: the lakefile is bad', file=sys.stderr); sys.exit({code})"
    lake = _program(tmp_path / "bin", "lake", text)
    with pytest.raises(error, match=r"^the lakefile is bad$"):
        toolchain.build(package, None, toolchain=_registry(lake))


def test_a_lake_that_cannot_be_started(tmp_path, package):
    for chosen in (_registry(tmp_path / "none"), _official(tmp_path / "none")):
        with pytest.raises(InfrastructureError, match="cannot be started"):
            toolchain.build(package, None, toolchain=chosen)

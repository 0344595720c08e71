"""`lake env lean`: Lean starts first and is told afterwards what to run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LAKE = Path(__file__).parents[3] / "bridge" / "lake" / "__main__.py"
LEAN = """
import json, os, sys
text = open(int(os.environ["LEMMANET_HANDOVER"])).read() if len(sys.argv) == 1 else None
given = {"arguments": sys.argv[1:], "lean_path": os.environ.get("LEAN_PATH")}
print(json.dumps({"pid": os.getpid(), "message": json.loads(text) if text else None, **given}))
sys.exit(7)
"""


@pytest.fixture
def toolchain(tmp_path: Path) -> Path:
    """An installed toolchain whose Lean prints what it gets and ends with status 7."""
    folder = tmp_path / "toolchain"
    (folder / "bin").mkdir(parents=True)
    (folder / "toolchain.json").write_text('{"version": "4", "commit": "c"}')
    lean = folder / "bin" / "lean"
    lean.write_text(f"#!{sys.executable}\n{LEAN}")
    lean.chmod(0o755)
    return folder


def _lake(toolchain: Path, project: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "LEMMANET_TOOLCHAIN": str(toolchain)}
    command = [sys.executable, "-P", "-S", str(LAKE), *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=project, env=environment, stdout=pipe, stderr=pipe, text=True
    )


def test_lean_gets_its_arguments_and_keeps_the_process(toolchain, project):
    lake = _lake(toolchain, project.root, "env", "lean", "--json", "A.lean")
    output, errors = lake.communicate(timeout=60)
    said = json.loads(output)
    assert (lake.returncode, errors) == (7, "")
    assert said["pid"] == lake.pid
    assert said["message"] == {
        "arguments": ["--json", "A.lean"],
        "environment": {"LEAN_PATH": str(project.root / ".lake/build/lib/lean")},
        "folder": str(project.root),
    }


def test_a_lakefile_that_is_refused_is_said_by_lean(toolchain, project):
    (project.root / "lakefile.lean").write_text("#eval 1\n")
    lake = _lake(toolchain, project.root, "env", "lean", "A.lean")
    message = json.loads(lake.communicate(timeout=60)[0])["message"]
    assert message["status"] == 2
    assert "lakefile.lean, line 1" in message["refusal"]


def test_whoever_reads_the_lakefiles_may_die(toolchain, project):
    """Here because the package is not where the toolchain expects it."""
    copy = project.root / "elsewhere" / "bridge" / "lake"
    copy.mkdir(parents=True)
    for name in ("__main__.py", "direct.py", "__init__.py"):
        (copy / name).write_bytes((LAKE.parent / name).read_bytes())
    (copy.parent / "__init__.py").touch()
    environment = {**os.environ, "LEMMANET_TOOLCHAIN": str(toolchain)}
    command = [sys.executable, "-P", "-S", str(copy / "__main__.py"), "env", "lean", "A.lean"]
    finished = subprocess.run(
        command, cwd=project.root, env=environment, capture_output=True, text=True, timeout=60
    )
    assert json.loads(finished.stdout)["message"] is None  # the real one ends with status 125
    assert "ModuleNotFoundError" in finished.stderr


@pytest.mark.parametrize("arguments", [["lean", "--worker", "A.lean"], ["./lean", "A.lean"]])
def test_other_commands_go_the_ordinary_way(toolchain, project, arguments):
    (project.root / "lean").symlink_to(toolchain / "bin" / "lean")
    lake = _lake(toolchain, project.root, "env", *arguments)
    said = json.loads(lake.communicate(timeout=60)[0])
    assert said["message"] is None
    assert said["arguments"] == arguments[1:]
    assert said["lean_path"] == str(project.root / ".lake/build/lib/lean")


def test_half_a_toolchain_is_not_started(toolchain, project):
    (toolchain / "toolchain.json").unlink()
    lake = _lake(toolchain, project.root, "env", "lean", "A.lean")
    assert "not installed" in lake.communicate(timeout=60)[1]
    assert lake.returncode == 3


def test_a_lean_that_cannot_be_executed(toolchain, project):
    (toolchain / "bin" / "lean").chmod(0o644)
    lake = _lake(toolchain, project.root, "env", "lean", "A.lean")
    assert "cannot be run" in lake.communicate(timeout=60)[1]
    assert lake.returncode == 2

"""Lean files that must be accepted, and files that must be refused, each at its marked line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from bridge import toolchain
from bridge.toolchain import Toolchain

pytestmark = pytest.mark.lean

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parents[1]
_MARK = "-- refused here"


@pytest.fixture(scope="module")
def lean() -> Toolchain:
    """A Lean with the library built."""
    chosen = toolchain.select()
    result = toolchain.build(_ROOT, None, toolchain=chosen)
    assert result.ok, result.message
    return chosen


def messages(lean: Toolchain, path: Path) -> list[tuple[str, int]]:
    """Severity and line of what Lean says of the file; at least its exit status agrees."""
    done = subprocess.run(
        [*lean.lake(), "env", "lean", "--json", str(path)],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    found = []
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            message = json.loads(line)
            found.append((message["severity"], message["pos"]["line"]))
    assert (done.returncode != 0) == any(severity == "error" for severity, _ in found)
    return found


@pytest.mark.parametrize("path", sorted(_HERE.glob("*.lean")), ids=lambda path: path.stem)
def test_accepted(lean: Toolchain, path: Path) -> None:
    assert messages(lean, path) == []


@pytest.mark.parametrize("path", sorted(_HERE.glob("refused/*.lean")), ids=lambda path: path.stem)
def test_refused(lean: Toolchain, path: Path) -> None:
    lines = path.read_text().splitlines()
    (marked,) = [number for number, line in enumerate(lines, 1) if line.endswith(_MARK)]
    errors = [line for severity, line in messages(lean, path) if severity == "error"]
    assert errors
    assert set(errors) == {marked}

"""The README's Python example, run as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = [pytest.mark.lean, pytest.mark.slow]

_README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_python_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", _README.read_text(), re.DOTALL | re.MULTILINE)
    assert blocks, "the README shows how to use the package from Python"
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)
    report = names["report"]
    assert [claim.verdict.value for claim in report.claims] == ["proved"]
    assert "proved" in capsys.readouterr().out
    assert (tmp_path / "proof" / "report.html").is_file()

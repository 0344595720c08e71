"""The terminal table: complete, safe, and readable without color or Unicode."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bridge.report import model as m
from bridge.report.terminal import print_report

Make = Callable[..., Any]


def _print(
    report: m.Report, width: int = 140, *, color: bool = False, encoding: str = "utf-8"
) -> str:
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding=encoding, write_through=True)
    console = Console(
        file=stream,
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        legacy_windows=False,
    )
    print_report(report, console, {"HTML": Path("out/report.html")})
    return buffer.getvalue().decode(encoding)


@pytest.mark.parametrize("width", [80, 140])
def test_every_claim_with_its_figures(digits_report: m.Report, width: int) -> None:
    output = _print(digits_report, width)
    for claim in digits_report.claims:
        assert claim.title in output
        assert f"{claim.verdict.symbol} {claim.verdict.value}" in output
    for text in ("+0.4127", "−2.310", "14.2\N{NO-BREAK SPACE}s", "1.18\N{NO-BREAK SPACE}GB"):
        assert text in output
    assert "unofficial" in output
    assert "source-scan-audit" in output
    assert "HTML: out/report.html" in output
    assert max(map(len, output.splitlines())) <= width


def test_plain_ascii_terminals(digits_report: m.Report) -> None:
    output = _print(digits_report, encoding="ascii")
    assert output.isascii()
    assert "+ proved" in output
    assert "? undecided" in output
    assert "-2.310" in output


def test_undecided_does_not_look_like_success(make_plain: Make, make_report: Make) -> None:
    output = _print(make_report(make_plain(0, "undecided", "out of time")), color=True)
    assert "\x1b[33m? undecided" in output
    assert "✓" not in output
    assert "proved" not in output
    assert "\x1b[32m" not in output
    assert "\x1b[1;32m" not in output
    assert "The claim is undecided." in output
    assert "out of time" in output


def test_hostile_text_cannot_act(make_plain: Make, make_report: Make) -> None:
    hostile = "[bold]\x1b[2J\x1b]0;title\x07\u202egpj.exe\r\x00" + "A" * 1500
    claim = make_plain(0, "rejected", hostile, title=hostile)
    output = _print(make_report(claim, title=hostile))
    for character in "\x1b\x07\x00\r\u202e":
        assert character not in output
    assert "[bold]" in output
    assert r"\u{202e}" in output
    assert len(output) < 12_000

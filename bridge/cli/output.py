"""Showing reports, and the exit code that they mean."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from bridge.report.model import Report
from bridge.report.storage import to_json
from bridge.report.terminal import print_report
from bridge.report.verdicts import Verdict
from runtime.errors import InputError

__all__ = ["expected_verdict", "show"]


def show(report: Report, *, as_json: bool, paths: Mapping[str, Path] | None = None) -> None:
    """Print the report as a table or as JSON on standard output."""
    if as_json:
        sys.stdout.write(to_json(report).decode())
        return
    print_report(report, Console(), paths)


def expected_verdict(text: str) -> Verdict:
    """The verdict that `--expect` names; raises InputError for any that cannot be asked for."""
    if text not in (Verdict.PROVED.value, Verdict.REFUTED.value):
        raise InputError(f"--expect is {text[:40]!r}; ask for proved or refuted.")
    return Verdict(text)

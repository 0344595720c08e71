"""`lemmanet doctor`: what is there, which Lean is chosen and why."""

from __future__ import annotations

import json
import sys

import typer
from rich.console import Console

from bridge.cli.options import Json
from bridge.doctor import diagnose, print_checkup
from bridge.report.verdicts import ExitCode

__all__ = ["doctor"]


def doctor(as_json: Json = False) -> None:
    """Say what is there: Leans and which is chosen, caches, packages, GPU.

    Exit code 0 if theorems can be checked here, 3 if not.
    """
    checkup = diagnose()
    if as_json:
        sys.stdout.write(json.dumps(checkup.to_json(), indent=2) + "\n")
    else:
        print_checkup(checkup, Console())
    if not checkup.ok:
        raise typer.Exit(int(ExitCode.INFRASTRUCTURE))

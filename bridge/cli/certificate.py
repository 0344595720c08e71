"""`lemmanet certificate`: the exact Python checker on one file, ours or another tool's."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridge.cli.errors import Commands
from bridge.cli.foreign import import_file
from bridge.cli.options import Json
from bridge.export import lower
from bridge.pipeline.sources import load, read_property
from bridge.report.verdicts import ExitCode, Verdict
from certificates import (
    AffineCertificate,
    Certificate,
    CheckResult,
    Property,
    check,
    load_certificate,
)
from certificates.checker.float32 import check_budget
from certificates.float32 import Float32Budget, load_budget, tighten
from runtime.errors import InputError
from runtime.graph import Graph

__all__ = ["app"]

app = typer.Typer(
    name="certificate",
    cls=Commands,
    no_args_is_help=True,
    help="Work with certificate files, without Lean.",
)

app.command("import")(import_file)

_EXPORTED = re.compile(r"(.+)\.\d+\.certificate\.json\Z")


@app.callback()
def certificate() -> None:
    """Work with certificate files, without Lean."""


@app.command("check")
def check_file(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A certificate, lemmanet.certificate/1.")
    ],
    model: Annotated[
        Path | None,
        typer.Option(
            "--model",
            metavar="FILE",
            help="The network that it is about; by default graph.json beside the certificate.",
        ),
    ] = None,
    prop: Annotated[
        Path | None,
        typer.Option(
            "--property",
            metavar="FILE",
            help="The property that it is about; by default the one that was exported with it.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check every number of a certificate in exact integers. Exit code 1 means rejected.

    With a float32 budget beside it, as exports have it, the budget is checked too: together they
    show the property of exact values and of every float32 run.
    """
    loaded = load_certificate(file)
    graph = load(model or _beside(file, "graph.json", "--model")).graph
    if graph.sha256() != loaded.model_sha256:
        graph = lower(graph)  # certificates of exported projects are about the lowered graph
    match = _EXPORTED.match(file.name)
    name = f"{match.group(1)}.property.json" if match else "property.json"
    statement = read_property(prop or _beside(file, name, "--property"), graph).bind(graph)
    budget = file.with_name(f"{match.group(1)}.float32.json") if match else None
    if prop is None and budget is not None and budget.is_file():
        result, text = _with_budget(loaded, graph, statement, load_budget(budget))
    else:
        result, text = check(loaded, graph, statement), statement.describe()
    _show(loaded, result, text, as_json=as_json)
    raise typer.Exit(int(ExitCode.SUCCESS if result.ok else ExitCode.REJECTED))


def _with_budget(
    certificate: Certificate | AffineCertificate,
    graph: Graph,
    prop: Property,
    budget: Float32Budget,
) -> tuple[CheckResult, str]:
    """What the certificate says of the property with room for float32 runs, and in words."""
    text = f"{prop.describe()}\nOf exact values, and of every float32 run."
    if not budget.nodes or certificate.case >= len(prop.cases):
        return CheckResult(False, "The float32 budget does not fit the certificate."), text
    result = check_budget(budget, graph, prop.cases[certificate.case].box)
    if result.ok:
        result = check(certificate, graph, tighten(prop, budget.nodes[-1].error))
    return result, text


def _beside(file: Path, name: str, option: str) -> Path:
    path = file.parent / name
    if not path.is_file():
        raise InputError(f"There is no {name} beside {file.name}; name the file with {option}.")
    return path


def _show(
    certificate: Certificate | AffineCertificate,
    result: CheckResult,
    statement: str,
    *,
    as_json: bool,
) -> None:
    verdict = Verdict.CHECKED if result.ok else Verdict.REJECTED
    if as_json:
        margins = [
            {"inequality": margin.text, "margin": margin.margin} for margin in result.margins
        ]
        value = {
            "verdict": verdict.value,
            "claim": certificate.claim,
            "case": certificate.case,
            "message": result.message,
            "margins": margins,
        }
        print(json.dumps(value, indent=2))
        return
    console = Console()
    console.print(Text(f"{verdict.value}: {result.message}", "green" if result.ok else "red"))
    console.print(Text(statement))
    if result.margins:
        table = Table("inequality", "margin")
        for margin in result.margins:
            table.add_row(Text(margin.text), f"{margin.margin:.6g}")
        console.print(table)

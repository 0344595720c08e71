"""The root of the command line and the commands of the main line: verify, export, check, report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from bridge.check import check_project
from bridge.cli import certificate, toolchain
from bridge.cli.conform import conform
from bridge.cli.doctor import doctor
from bridge.cli.errors import Commands
from bridge.cli.options import (
    BranchSeconds,
    Clip,
    Eps,
    Expect,
    Force,
    Jobs,
    Json,
    Label,
    Memory,
    ModelFile,
    MostRegions,
    PropertyFiles,
    Provider,
    RobustInputs,
    SearchSeconds,
    Semantics,
    Timeout,
)
from bridge.cli.output import expected_verdict, show
from bridge.cli.progress import BuildProgress
from bridge.cli.properties import properties_from_options
from bridge.cli.vnncomp import vnncomp
from bridge.export import load_manifest
from bridge.pipeline import Options, load, save_reports
from bridge.pipeline import export as export_properties
from bridge.pipeline import verify as verify_properties
from bridge.pipeline.options import MOST_REGIONS
from bridge.report.html import save_html
from bridge.report.outcome import exit_code
from bridge.report.storage import load as load_report
from bridge.report.verdicts import ExitCode, Verdict
from runtime.errors import InputError

__all__ = ["app", "main"]

app = typer.Typer(
    name="lemmanet",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A network and a property in, a Lean theorem about that exact network out.\n\n"
    "Exit codes: 0 every claim ended as asked, 1 a claim rejected or settled against what was "
    "asked, 2 bad input, 3 no usable Lean or another fault of the machine, 4 undecided.",
)
app.add_typer(certificate.app)
app.add_typer(toolchain.app)


@app.command()
def verify(
    model: ModelFile,
    files: PropertyFiles = None,
    robust: RobustInputs = None,
    eps: Eps = None,
    label: Label = None,
    clip: Clip = "0,1",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Keep the Lean project and the reports here."),
    ] = None,
    expect: Expect = "proved",
    branch: BranchSeconds = 60.0,
    search: SearchSeconds = 10.0,
    most_regions: MostRegions = MOST_REGIONS,
    semantics: Semantics = "both",
    force: Force = False,
    as_json: Json = False,
    provider: Provider = None,
    timeout: Timeout = 600.0,
    memory: Memory = 4096,
    jobs: Jobs = 2,
) -> None:
    """Prove properties of a network in Lean, or refute them with exact counterexamples."""
    expected = expected_verdict(expect)
    loaded = load(model)
    properties = properties_from_options(loaded.graph, files, robust, eps, label, clip)
    with BuildProgress(quiet=as_json) as progress:
        report = verify_properties(
            loaded,
            properties,
            out,
            Options(semantics, branch, search, most_regions),
            provider=provider,
            timeout=timeout,
            memory=memory,
            jobs=jobs,
            force=force,
            on_event=progress.event,
            on_step=progress.step,
        )
    paths = {"HTML": out / "report.html", "Lean": out} if out else {}
    show(report, as_json=as_json, paths=paths)
    asked = [claim.id for claim in report.claims] if semantics == "float32" else []
    raise typer.Exit(exit_code(report, expected, float32=asked))


@app.command()
def export(
    model: ModelFile,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder to make.")],
    files: PropertyFiles = None,
    robust: RobustInputs = None,
    eps: Eps = None,
    label: Label = None,
    clip: Clip = "0,1",
    branch: BranchSeconds = 60.0,
    search: SearchSeconds = 10.0,
    most_regions: MostRegions = MOST_REGIONS,
    semantics: Semantics = "both",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write a Lake project that anyone can build, without running Lean."""
    loaded = load(model)
    properties = properties_from_options(loaded.graph, files, robust, eps, label, clip)
    with BuildProgress(quiet=as_json) as progress:
        decisions = export_properties(
            loaded,
            properties,
            out,
            Options(semantics, branch, search, most_regions),
            force=force,
            on_step=progress.step,
        )
    exported = {claim.id: claim.outcome for claim in decisions.claims}
    undecided = {item.id: item.reason for item in decisions.open}
    if as_json:
        folder = str(out) if exported else None
        result = {"folder": folder, "exported": exported, "undecided": undecided}
        print(json.dumps(result, indent=2))
    else:
        for claim, outcome in exported.items():
            print(f"exported {claim}: to be {outcome} by Lean")
        for claim, reason in undecided.items():
            print(f"undecided {claim}: {reason}")
        if exported:
            print(f"check it with: lemmanet check {out}")
    raise typer.Exit(int(ExitCode.UNDECIDED if undecided else ExitCode.SUCCESS))


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="An exported project.")],
    model: Annotated[
        Path | None,
        typer.Option("--model", metavar="FILE", help="The network that the project must be about."),
    ] = None,
    as_json: Json = False,
    provider: Provider = None,
    timeout: Timeout = 600.0,
    memory: Memory = 4096,
    jobs: Jobs = 2,
) -> None:
    """Check an exported project: hashes, weights, certificates, Lean, axioms. Writes the reports.

    Every claim must end as the project says: proved, or refuted by a counterexample.
    """
    loaded = load(model) if model else None
    with BuildProgress(quiet=as_json) as progress:
        report = check_project(
            folder,
            provider=provider,
            timeout=timeout,
            memory=memory,
            jobs=jobs,
            on_event=progress.event,
            model=loaded.graph if loaded else None,
            importer_check=loaded.importer_check if loaded else None,
        )
    paths = save_reports(report, folder)
    show(report, as_json=as_json, paths=paths)
    entries = load_manifest(folder).claims
    asked = {entry.id: Verdict(entry.outcome) for entry in entries}
    float32 = [entry.id for entry in entries if entry.float32 is not None]
    raise typer.Exit(exit_code(report, asked, float32=float32))


@app.command()
def report(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder with a report.json, or that file.")
    ],
    as_json: Json = False,
) -> None:
    """Show a saved report and write its HTML page again. Checks nothing."""
    path = folder / "report.json" if folder.is_dir() else folder
    if not path.is_file():
        raise InputError(f"{path}: there is no report; `lemmanet check` writes one.")
    loaded = load_report(path)
    page = path.with_suffix(".html")
    save_html(loaded, page)
    show(loaded, as_json=as_json, paths={"HTML": page})


app.command()(conform)
app.command()(doctor)
app.command()(vnncomp)


def main() -> None:
    """Run the command that the arguments name and exit with its code."""
    app()

"""`lemmanet certificate import`: what other tools claim, derived again and checked exactly."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridge.cli.options import Force, Jobs, Json, Memory, Provider, Timeout
from bridge.cli.output import show
from bridge.cli.progress import BuildProgress
from bridge.export import lower
from bridge.pipeline import load, read_property
from bridge.pipeline.foreign import foreign_decisions
from bridge.pipeline.verify import prove
from bridge.report.model import Report
from bridge.report.outcome import exit_code
from bridge.report.verdicts import ExitCode, Verdict
from certificates import save_certificate
from certificates.foreign import Examination, examine, read_artifact, read_examples
from certificates.properties.rationals import rational
from runtime.errors import InputError

__all__ = ["import_file"]

_SHOWN = 10
"""How many claims that were not accepted are listed."""


def import_file(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="What another tool wrote: .json, .npz or .txt."),
    ],
    model: Annotated[
        Path, typer.Option("--model", metavar="FILE", help="The network that it is about.")
    ],
    prop: Annotated[
        Path | None,
        typer.Option(
            "--property", metavar="FILE", help="The property that leaves or an input are about."
        ),
    ] = None,
    examples: Annotated[
        Path | None,
        typer.Option("--examples", metavar="FILE", help="The data set of a margin report."),
    ] = None,
    slack: Annotated[
        str,
        typer.Option(
            "--slack", metavar="WIDTH", help="Widen claimed boxes by this first, such as 1e-9."
        ),
    ] = "0",
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar="DIR", help="Write the exact certificates here."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--prove", metavar="DIR", help="Prove in Lean what is shown; keep it here."),
    ] = None,
    force: Force = False,
    as_json: Json = False,
    provider: Provider = None,
    timeout: Timeout = 600.0,
    memory: Memory = 4096,
    jobs: Jobs = 2,
) -> None:
    """Derive another tool's claims again, exactly. Exit code 1 means that one is not implied.

    Nothing in the file is trusted. LiRPA boxes and margin reports of TorchLean, leaves of
    alpha-beta-CROWN, and VNN-COMP's results are read (docs/foreign.md).
    """
    widened = rational(slack, "--slack")
    if widened < 0:
        raise InputError("--slack is below zero; widen by zero or more.")
    artifact = read_artifact(file)
    loaded = load(model)
    loaded = replace(loaded, graph=lower(loaded.graph))
    examination = examine(
        artifact,
        loaded.graph,
        prop=None if prop is None else read_property(prop, loaded.graph),
        examples=None if examples is None else read_examples(examples),
        model_sha256=hashlib.sha256(model.read_bytes()).hexdigest(),
        slack=widened,
    )
    if save is not None:
        _save(examination, save)
    report = None
    if out is not None:
        with BuildProgress(quiet=as_json) as progress:
            report = prove(
                foreign_decisions(loaded, examination),
                out,
                provider=provider,
                timeout=timeout,
                memory=memory,
                jobs=jobs,
                force=force,
                on_event=progress.event,
                on_step=progress.step,
            )
    _show(examination, report, out, as_json=as_json)
    if not examination.accepted:
        raise typer.Exit(int(ExitCode.REJECTED))
    if report is not None:
        asked = {c.id: Verdict.REFUTED for c in report.claims if c.counterexample is not None}
        raise typer.Exit(exit_code(report, asked))


def _save(examination: Examination, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, finding in enumerate(examination.findings):
        for certificate in finding.certificates:
            name = f"claim_{number}.{certificate.case}.certificate.json"
            save_certificate(certificate, folder / name)


def _show(
    examination: Examination, report: Report | None, out: Path | None, *, as_json: bool
) -> None:
    verdict = Verdict.CHECKED if examination.accepted else Verdict.REJECTED
    if as_json:
        value: dict[str, object] = {
            "verdict": verdict.value,
            "message": examination.message,
            "counts": dict(examination.counts),
            "findings": [
                {"name": f.name, "accepted": f.accepted, "reason": f.reason}
                for f in examination.findings
            ],
        }
        if report is not None:
            value["lean"] = {claim.id: claim.verdict.value for claim in report.claims}
        print(json.dumps(value, indent=2))
        return
    console = Console()
    style = "green" if examination.accepted else "red"
    console.print(Text(f"{verdict.value}: {examination.message}", style))
    if examination.counts:
        table = Table("count", "")
        for name, number in examination.counts.items():
            table.add_row(name, str(number))
        console.print(table)
    wrong = [finding for finding in examination.findings if not finding.accepted]
    for finding in wrong[1:_SHOWN]:
        console.print(Text(f"{finding.name}: {finding.reason}"))
    if len(wrong) > _SHOWN:
        console.print(f"and {len(wrong) - _SHOWN} more")
    if report is not None and out is not None:
        show(report, as_json=False, paths={"HTML": out / "report.html", "Lean": out})

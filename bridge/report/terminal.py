"""The report as a table for the terminal; it reads the same without color.

Text from the report is added as plain `rich.text.Text`, so that neither rich's markup nor escape
sequences inside it can act.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rich.box import ASCII2, SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from bridge.report import figures
from bridge.report.model import Claim, Report
from bridge.report.outcome import (
    checked_by,
    float32_cell,
    float32_headline,
    headline,
    toolchain_note,
)
from bridge.report.text import clip
from bridge.report.verdicts import Verdict

__all__ = ["print_report", "report_table"]

_STYLES = {
    Verdict.PROVED: "bold green",
    Verdict.REFUTED: "bold red",
    Verdict.CHECKED: "cyan",
    Verdict.CLAIMED: "bright_black",
    Verdict.REJECTED: "magenta",
    Verdict.UNDECIDED: "yellow",
    Verdict.ERROR: "bold yellow",
}
_ASCII_REPLACEMENTS = str.maketrans(
    {"…": "...", "−": "-", "–": "-", "×": "x", "\N{NO-BREAK SPACE}": " "}
)
_WIDE = 110
_TITLE_LIMIT = 120
_TEXT_LIMIT = 240
_MESSAGE_LIMIT = 400


def print_report(
    report: Report, console: Console | None = None, paths: Mapping[str, Path] | None = None
) -> None:
    """Print the report; `paths` names the files it was written to, such as {"HTML": path}."""
    console = console or Console()
    ascii_only = console.options.ascii_only
    renderable = report_table(report, paths or {}, width=console.width, ascii_only=ascii_only)
    if not ascii_only:
        console.print(renderable)
        return
    with console.capture() as capture:
        console.print(renderable)
    plain = capture.get().translate(_ASCII_REPLACEMENTS)
    console.file.write(plain.encode("ascii", "backslashreplace").decode("ascii"))


def report_table(
    report: Report, paths: Mapping[str, Path], *, width: int = 120, ascii_only: bool = False
) -> RenderableType:
    """Summary of the model, one row a claim, then assumptions, notes on the Lean, and paths.

    Below 110 columns the figures of a claim stand under its title instead of beside it.
    """
    return Group(
        Text(clip(report.title, _TITLE_LIMIT), style="bold"),
        _model_line(report),
        _claims(report, width < _WIDE, ascii_only),
        Text(headline(report), style="bold"),
        *(Text(line) for line in float32_headline(report)),
        *_footer(report, paths),
    )


def _model_line(report: Report) -> Text:
    model = report.model
    line = (
        f"{clip(model.name, 60)} from {clip(model.source.name, 80)}: "
        f"{figures.shape(model.input_shape)} to {figures.shape(model.output_shape)}, "
        f"{figures.count(model.parameters)} parameters, sha256 {model.sha256[:16]}…"
    )
    if check := model.importer_check:
        line += (
            f"\nimport compared with {clip(check.runtime, 60)} on {figures.count(check.runs)} "
            f"random inputs, largest difference {figures.number(check.max_difference, 3)}"
        )
    return Text(line, style="dim")


def _claims(report: Report, narrow: bool, ascii_only: bool) -> Table:
    table = Table(box=ASCII2 if ascii_only else SIMPLE_HEAD, expand=False, pad_edge=False)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Claim", overflow="fold")
    if not narrow:
        for heading in ("Margin", "Float32", "Time", "Memory"):
            table.add_column(heading, justify="right", no_wrap=True)
        table.add_column("Checked by", overflow="fold", min_width=10, max_width=20)
    for claim in report.claims:
        verdict, figures_of_claim = _verdict(claim.verdict, ascii_only), _figures(claim)
        if narrow:
            line = ", ".join(f"{name} {value}" for name, value in figures_of_claim.items())
            table.add_row(verdict, _claim_cell(claim, line))
        else:
            table.add_row(verdict, _claim_cell(claim), *map(Text, figures_of_claim.values()))
    return table


def _figures(claim: Claim) -> dict[str, str]:
    worst = claim.worst_margin()
    return {
        "margin": figures.signed(worst.lower) if worst else "–",
        "float32": float32_cell(claim.float32),
        "time": figures.seconds(claim.seconds),
        "memory": figures.memory(claim.peak_memory_bytes),
        "checked by": clip(checked_by(claim), 60),
    }


def _verdict(verdict: Verdict, ascii_only: bool) -> Text:
    symbol = verdict.ascii_symbol if ascii_only else verdict.symbol
    return Text(f"{symbol} {verdict.value}", style=_STYLES[verdict])


def _claim_cell(claim: Claim, line: str = "") -> Text:
    cell = Text(clip(claim.title, _TITLE_LIMIT))
    cell.append("\n" + clip(claim.property.text, _TEXT_LIMIT), style="dim")
    if line:
        cell.append("\n" + line)
    if claim.message:
        cell.append("\n" + clip(claim.message, _MESSAGE_LIMIT), style=_STYLES[claim.verdict])
    runs = claim.float32
    if runs is not None and runs.message and runs.message != claim.message:
        text = f"\nfloat32: {clip(runs.message, _MESSAGE_LIMIT)}"
        cell.append(text, style=_STYLES[runs.verdict])
    return cell


def _footer(report: Report, paths: Mapping[str, Path]) -> list[RenderableType]:
    lines = [Text("Assumes: " + (", ".join(report.assumptions()) or "nothing by name"))]
    for tool in report.toolchains():
        if note := toolchain_note(tool):
            lines.append(Text(f"Lean {clip(tool.version, 40)}: {note}", style="yellow"))
    for name, path in paths.items():
        lines.append(Text(f"{name}: {clip(str(path), 500)}", no_wrap=True, overflow="ignore"))
    return [*lines]

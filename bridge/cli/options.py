"""Options that several commands share, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bridge import export

__all__ = [
    "BranchSeconds",
    "Clip",
    "Eps",
    "Expect",
    "Force",
    "Jobs",
    "Json",
    "Label",
    "Memory",
    "ModelFile",
    "MostRegions",
    "PropertyFiles",
    "Provider",
    "RobustInputs",
    "SearchSeconds",
    "Semantics",
    "Timeout",
]

_LEAN = "Lean"
_PROPERTY = "Properties"

ModelFile = Annotated[
    Path, typer.Argument(metavar="MODEL", help="The network: .onnx, .json or .safetensors.")
]
PropertyFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--property",
        metavar="FILE",
        help="A property: .vnnlib, or .json in the form lemmanet.property/1. Repeatable.",
        rich_help_panel=_PROPERTY,
    ),
]
RobustInputs = Annotated[
    list[Path] | None,
    typer.Option(
        "--robust",
        metavar="INPUT",
        help="Robustness around this input (.npy or .json), with --eps. Repeatable.",
        rich_help_panel=_PROPERTY,
    ),
]
Eps = Annotated[
    list[str] | None,
    typer.Option(
        "--eps",
        metavar="RADIUS",
        help="Radius for --robust in the maximum norm, a decimal or a quotient such as 1/50. "
        "Repeatable: one claim for each radius.",
        rich_help_panel=_PROPERTY,
    ),
]
Label = Annotated[
    int | None,
    typer.Option(
        "--label",
        min=0,
        help="The output that must stay on top for --robust; by default the network's own answer.",
        rich_help_panel=_PROPERTY,
    ),
]
Clip = Annotated[
    str,
    typer.Option(
        "--clip",
        metavar="LOW,HIGH",
        help="The valid range of every input for --robust, or `none`.",
        rich_help_panel=_PROPERTY,
    ),
]
BranchSeconds = Annotated[
    float,
    typer.Option(
        "--branch", min=0.0, metavar="SECONDS", help="How long inputs are split into parts."
    ),
]
MostRegions = Annotated[
    int,
    typer.Option(
        "--regions", min=1, metavar="N", help="Ask Lean about at most so many parts of the inputs."
    ),
]
SearchSeconds = Annotated[
    float,
    typer.Option(
        "--search", min=0.0, metavar="SECONDS", help="How long counterexamples are looked for."
    ),
]
Semantics = Annotated[
    export.Semantics,
    typer.Option(
        "--semantics",
        help="What theorems speak about: exact arithmetic, every binary32 run, or both where that "
        "can be.",
    ),
]
Expect = Annotated[
    str,
    typer.Option(
        "--expect",
        metavar="proved|refuted",
        help="What is asked of every claim: exit code 0 means that each ended so.",
    ),
]
Provider = Annotated[
    str | None,
    typer.Option(
        "--provider",
        metavar="official|registry",
        help="The Lean to use; by default the best that is there.",
        rich_help_panel=_LEAN,
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        "--timeout",
        min=0.1,
        metavar="SECONDS",
        help="Limit for one Lean file; what runs out is undecided.",
        rich_help_panel=_LEAN,
    ),
]
Memory = Annotated[
    int,
    typer.Option(
        "--memory",
        min=64,
        metavar="MB",
        help="Memory limit for one Lean file; what runs out is undecided.",
        rich_help_panel=_LEAN,
    ),
]
Jobs = Annotated[
    int, typer.Option("--jobs", min=1, help="Lean files at once.", rich_help_panel=_LEAN)
]
Json = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON on standard output, nothing else.")
]
Force = Annotated[
    bool, typer.Option("--force", help="Replace another exported project in the folder.")
]

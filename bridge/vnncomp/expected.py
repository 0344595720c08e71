"""What other tools said about the instances of a benchmark: `expected.csv` beside the table.

Columns by name: `onnx`, `vnnlib`, `consensus` (sat, unsat, disputed or unknown), and optionally
`tools_unsat`, `tools_sat` (how many tools said so) and `fastest_tool_s`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from bridge.report.record import Count, Record
from bridge.vnncomp.paths import normalized
from bridge.vnncomp.tables import rows
from runtime.errors import InputError

__all__ = ["Consensus", "Expected", "read_expected"]

Consensus = Literal["sat", "unsat", "disputed", "unknown"]
_WORDS: dict[str, Consensus] = {
    "sat": "sat",
    "unsat": "unsat",
    "disputed": "disputed",
    "unknown": "unknown",
}
_NEEDED = ("onnx", "vnnlib", "consensus")


class Expected(Record, frozen=True):
    """The verdicts of other tools on one instance: what they agree on, how many said what.

    `fastest_seconds` is the time of the fastest tool that decided it, on its own machine.
    """

    consensus: Consensus
    tools_unsat: Count | None = None
    tools_sat: Count | None = None
    fastest_seconds: Annotated[float, Meta(ge=0)] | None = None


def read_expected(path: Path) -> dict[tuple[str, str], Expected]:
    """The table by (onnx, vnnlib), paths as in `Instance`.

    Raises InputError for a table without the needed columns, an unknown consensus, a hostile path,
    a number that is none, or an instance that is there twice.
    """
    columns: dict[str, int] = {}
    found: dict[tuple[str, str], Expected] = {}
    for number, cells in rows(path):
        if not columns:
            columns = {name: place for place, name in enumerate(cells)}
            if missing := [name for name in _NEEDED if name not in columns]:
                raise InputError(
                    f"{path.name}: its first line does not name the column {missing[0]}."
                )
            continue
        row = {name: cells[place] for name, place in columns.items() if place < len(cells)}
        try:
            key = (
                normalized(row.get("onnx", ""), ".onnx"),
                normalized(row.get("vnnlib", ""), ".vnnlib"),
            )
            if key in found:
                raise InputError("this instance is there twice")
            found[key] = _expected(row)
        except InputError as error:
            raise InputError(f"{path.name}, line {number}: {error}.") from None
    return found


def _expected(row: Mapping[str, str]) -> Expected:
    word = row.get("consensus", "")
    if word not in _WORDS:
        raise InputError(f"the consensus {word[:40]!r} is not one of {', '.join(_WORDS)}")
    return Expected(
        consensus=_WORDS[word],
        tools_unsat=_count(row.get("tools_unsat", "")),
        tools_sat=_count(row.get("tools_sat", "")),
        fastest_seconds=_seconds(row.get("fastest_tool_s", "")),
    )


def _count(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InputError(f"{text[:40]!r} is not a number of tools")
    return int(text)


def _seconds(text: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise InputError(f"{text[:40]!r} is not a number of seconds")
    return value

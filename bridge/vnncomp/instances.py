"""A benchmark folder: its table of instances, each a network, a property and a time limit.

The competition's table has no header and three columns: ONNX file, VNN-LIB file, seconds. A table
whose first line names the columns `onnx` and `vnnlib` (and perhaps `timeout`) is read as well.

Source: rules of VNN-COMP 2021 to 2025.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from bridge.vnncomp.expected import Expected, read_expected
from bridge.vnncomp.paths import locate, normalized
from bridge.vnncomp.tables import rows
from runtime.errors import InputError

__all__ = ["DEFAULT_TIMEOUT", "Benchmark", "Instance", "read_benchmark"]

DEFAULT_TIMEOUT = 300.0
"""Seconds where neither the table nor the user gives a limit."""
MAX_TIMEOUT = 10_000_000.0
_EXPECTED = "expected.csv"
_LONGEST_ID = 80


@dataclass(frozen=True, slots=True)
class Instance:
    """A network and a property.

    Attributes:
        id: a name for files, unique in the benchmark, made of letters, digits, dot, - and _.
        category: what the competition's results file calls the benchmark.
        onnx: path as in the table, relative to the benchmark's folder, without `.gz`.
        vnnlib: the same for the property.
        timeout: seconds from the table, or None.
    """

    id: str
    category: str
    onnx: str
    vnnlib: str
    timeout: float | None


@dataclass(frozen=True, slots=True)
class Benchmark:
    """All instances of a table in order, and what other tools said, by (onnx, vnnlib)."""

    name: str
    folder: Path
    instances: tuple[Instance, ...]
    expected: dict[tuple[str, str], Expected]

    def select(self, pattern: str | None) -> tuple[Instance, ...]:
        """The instances whose id, or "ONNX VNNLIB", holds the pattern (`*` and `?` are wildcards).

        Raises InputError where none does.
        """
        if pattern is None:
            return self.instances
        glob = f"*{pattern}*"
        found = tuple(
            item
            for item in self.instances
            if fnmatchcase(item.id, glob) or fnmatchcase(f"{item.onnx} {item.vnnlib}", glob)
        )
        if not found:
            raise InputError(
                f"No instance of {self.name} matches {pattern[:80]!r}; "
                f"the first one is {self.instances[0].onnx} {self.instances[0].vnnlib}."
            )
        return found

    def expectation(self, instance: Instance) -> Expected | None:
        """What `expected.csv` says about an instance."""
        return self.expected.get((instance.onnx, instance.vnnlib))

    def files(self, instance: Instance) -> tuple[Path, Path]:
        """Network and property, perhaps packed; raises InputError where one is missing."""
        try:
            return locate(self.folder, instance.onnx), locate(self.folder, instance.vnnlib)
        except InputError as error:
            raise InputError(f"{self.name}: {error}.") from None


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the table, its paths normalized."""

    onnx: str
    vnnlib: str
    timeout: float | None


def read_benchmark(table: Path | str) -> Benchmark:
    """The benchmark of an instances table; `expected.csv` in the same folder is read as well.

    Raises InputError for a table that cannot be used: no rows, a hostile path, a time limit that is
    no positive number, an instance that is there twice. The instances' files are not opened.
    """
    table = Path(table)
    found: dict[_Row, None] = {}
    seen: set[tuple[str, str]] = set()
    for number, row in _rows(table):
        if (row.onnx, row.vnnlib) in seen:
            raise InputError(f"{table.name}, line {number}: this instance is there twice.")
        seen.add((row.onnx, row.vnnlib))
        found[row] = None
    if not found:
        raise InputError(f"{table.name}: there are no instances in it.")
    folder = table.parent
    name = folder.resolve().name or "benchmark"
    expected = folder / _EXPECTED
    return Benchmark(
        name=name,
        folder=folder,
        instances=_named(tuple(found), name),
        expected=read_expected(expected) if expected.is_file() else {},
    )


def _rows(table: Path) -> Iterator[tuple[int, _Row]]:
    columns = {"onnx": 0, "vnnlib": 1, "timeout": 2}
    for index, (number, cells) in enumerate(rows(table)):
        if index == 0 and {"onnx", "vnnlib"} <= set(cells):
            columns = {name: cells.index(name) for name in columns if name in cells}
            continue
        try:
            yield number, _row(cells, columns)
        except InputError as error:
            raise InputError(f"{table.name}, line {number}: {error}.") from None


def _row(cells: Sequence[str], columns: dict[str, int]) -> _Row:
    if len(cells) <= max(columns["onnx"], columns["vnnlib"]):
        raise InputError("an instance is ONNX file, VNN-LIB file, seconds; this line has less")
    place = columns.get("timeout", len(cells))
    return _Row(
        onnx=normalized(cells[columns["onnx"]], ".onnx"),
        vnnlib=normalized(cells[columns["vnnlib"]], ".vnnlib"),
        timeout=_seconds(cells[place]) if place < len(cells) and cells[place] else None,
    )


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= MAX_TIMEOUT:
        raise InputError(f"the time limit {text[:40]!r} is not a positive number of seconds")
    return value


def _named(found: Sequence[_Row], benchmark: str) -> tuple[Instance, ...]:
    """Instances with ids; a hash goes behind those that would be equal or were changed."""
    bases = [_base(row) for row in found]
    counts = Counter(base.lower() for base, _ in bases)
    result = []
    for row, (base, exact) in zip(found, bases, strict=True):
        name = base
        if not exact or counts[base.lower()] > 1:
            digest = hashlib.sha256(f"{row.onnx}\0{row.vnnlib}".encode()).hexdigest()
            name = f"{base}-{digest[:10]}"
        category = _category(row, benchmark)
        result.append(Instance(name, category, row.onnx, row.vnnlib, row.timeout))
    if len({item.id.lower() for item in result}) != len(result):
        raise InputError(f"{benchmark}: two instances have names that cannot be told apart.")
    return tuple(result)


def _base(row: _Row) -> tuple[str, bool]:
    """`network_property` as the competition names counterexamples, and whether nothing changed."""
    stems = [PurePosixPath(path).stem for path in (row.onnx, row.vnnlib)]
    wanted = "_".join(stems)
    safe = re.sub(r"[^A-Za-z0-9._-]", "-", wanted)[:_LONGEST_ID].strip(".-") or "instance"
    if not safe[0].isalnum():
        safe = f"i{safe}"
    return safe, safe == wanted


def _category(row: _Row, benchmark: str) -> str:
    """The folder that holds both files, where the table is over several benchmarks."""
    first, second = (PurePosixPath(path).parts for path in (row.onnx, row.vnnlib))
    shared = len(first) > 1 and len(second) > 1 and first[0] == second[0]
    return first[0] if shared else benchmark

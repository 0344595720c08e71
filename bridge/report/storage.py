"""Reports on disk: JSON in and out, and the JSON Schema of the format.

`python -m bridge.report.storage FILE` writes the schema to FILE (docs/schemas/report-1.json).
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from bridge.report.model import Report
from bridge.report.schema import record_schema
from runtime.errors import InputError

__all__ = ["from_json", "json_schema", "load", "save", "to_json", "write_text"]

_MAX_BYTES = 256 * 2**20


def to_json(report: Report) -> bytes:
    """Canonical JSON: fields in declaration order, two spaces of indentation, UTF-8."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def from_json(data: bytes) -> Report:
    """Decode and validate; raises `InputError` that names the offending field."""
    try:
        return msgspec.json.decode(data, type=Report)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise InputError(f"not a valid report: {error}") from None


def save(report: Report, path: Path) -> None:
    """Write the report as JSON, whole or not at all."""
    _write(to_json(report), path)


def write_text(text: str, path: Path) -> None:
    """Write a rendered report (UTF-8), whole or not at all."""
    _write(text.encode(), path)


def load(path: Path) -> Report:
    """Read a report of at most 256 MiB; raises `InputError` with the file's name."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError(f"{path.name}: larger than {_MAX_BYTES >> 20} MiB, not a report")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    try:
        return from_json(data)
    except InputError as error:
        raise InputError(f"{path.name}: {error}") from None


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the report format, generated from the records."""
    return record_schema(Report, "Lemmanet report, format lemmanet.report/1")


def _write(data: bytes, path: Path) -> None:
    """Replace `path` atomically: the reader sees the old file or the whole new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".report-", delete=False) as file:
        temporary = Path(file.name)
        try:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def main(arguments: list[str]) -> int:
    """Write the schema to the one path given."""
    if len(arguments) != 1:
        print("usage: python -m bridge.report.storage FILE", file=sys.stderr)
        return 2
    write_text(json.dumps(json_schema(), indent=2) + "\n", Path(arguments[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

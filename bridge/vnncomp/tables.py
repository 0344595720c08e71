"""The rows of a CSV file from others: bounded, UTF-8, with the number of each line."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path

from runtime.errors import InputError

__all__ = ["rows"]

MAX_BYTES = 16 << 20
MAX_ROWS = 100_000


def rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line numbers with the stripped cells of each row that is not empty; `.gz` is unpacked.

    Raises InputError for a file that is missing, too large, not UTF-8, or not CSV.
    """
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    count = 0
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            count += 1
            if count > MAX_ROWS:
                raise InputError(f"{path.name}: more than {MAX_ROWS} rows.")
            yield reader.line_num, cells
    except csv.Error as error:
        raise InputError(
            f"{path.name}, line {reader.line_num}: this is not CSV: {error}."
        ) from None


def _text(path: Path) -> str:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or "not a file that can be unpacked"
        raise InputError(f"{path}: cannot be read ({reason}).") from None
    if len(data) > MAX_BYTES:
        raise InputError(f"{path.name}: larger than {MAX_BYTES >> 20} MiB.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path.name}: this is not UTF-8 text.") from None

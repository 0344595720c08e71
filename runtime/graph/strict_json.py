"""JSON from untrusted files: bounded, without duplicate keys, NaN or surprises of depth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

from runtime.errors import InputError

__all__ = ["MAX_BYTES", "parse", "read_bytes"]

MAX_BYTES = 1 << 30
"""Largest size of a file that is read."""


def read_bytes(path: Path, what: str) -> bytes:
    """The whole file; raises InputError when it is missing, unreadable or over 1 GiB."""
    try:
        if not path.is_file():
            raise InputError(f"{what}: there is no file {path.name!r}")
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{what}: the file {path.name!r} is larger than 1 GiB")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{what}: the file {path.name!r} cannot be read, {reason}") from error


def parse(data: bytes | str, what: str) -> Any:
    """Parse one JSON document; raises InputError with what is wrong and where."""
    try:
        return json.loads(data, object_pairs_hook=_object, parse_constant=_constant)
    except InputError as error:
        raise InputError(f"{what}: {error}") from error
    except RecursionError as error:
        raise InputError(f"{what}: the JSON is nested too deeply") from error
    except ValueError as error:
        # Covers JSONDecodeError, UnicodeDecodeError and integers of too many digits.
        raise InputError(f"{what}: not valid JSON, {error}") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise InputError("a key occurs twice in one JSON object")
    return result


def _constant(name: str) -> NoReturn:
    raise InputError(f"the number {name} is not allowed")

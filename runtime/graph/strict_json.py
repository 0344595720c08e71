"""JSON from untrusted files: bounded, without duplicate keys, NaN or surprises of depth."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from runtime.errors import InputError

__all__ = ["MAX_BYTES", "parse", "read_bytes"]

MAX_BYTES = 1 << 30
"""Largest size of a file that is read, where the caller sets no other."""


def read_bytes(path: Path, what: str, max_bytes: int = MAX_BYTES) -> bytes:
    """The whole file; raises InputError when it is missing, unreadable or over `max_bytes`."""
    try:
        if not path.is_file():
            raise InputError(f"{what}: there is no file {path.name!r}")
        size = path.stat().st_size
        if size > max_bytes:
            raise InputError(
                f"{what}: the file {path.name!r} has {size} bytes, at most {max_bytes} are read"
            )
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{what}: the file {path.name!r} cannot be read, {reason}") from error


def _same(value: dict[str, Any]) -> Any:
    return value


def parse(
    data: bytes | str,
    what: str,
    *,
    decimals: Callable[[str], Any] = float,
    finish: Callable[[dict[str, Any]], Any] = _same,
) -> Any:
    """Parse one JSON document; raises InputError with what is wrong and where.

    `decimals` makes a value of the text of a number with a point or an exponent; `str` keeps all
    of its digits. `finish` makes a value of each object as soon as it has been read, for those
    that can be kept in less memory.
    """

    def complete(pairs: list[tuple[str, Any]]) -> Any:
        return finish(_object(pairs))

    try:
        return json.loads(
            data, object_pairs_hook=complete, parse_float=decimals, parse_constant=_constant
        )
    except InputError as error:
        raise InputError(f"{what}: {error}") from error
    except RecursionError as error:
        raise InputError(f"{what}: the JSON is nested too deeply") from error
    except ValueError as error:
        # Covers JSONDecodeError, UnicodeDecodeError and integers of too many digits.
        reason = str(error).splitlines()[0][:200]
        raise InputError(f"{what}: not valid JSON, {reason}") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise InputError(f"the key {key[:40]!r} occurs twice in one JSON object")
            seen.add(key)
    return result


def _constant(name: str) -> NoReturn:
    raise InputError(f"the number {name} is not allowed")

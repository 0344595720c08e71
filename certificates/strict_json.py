"""Reading JSON from files that others wrote: bounded, no duplicate keys, no NaN, decimals exact."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from runtime.errors import InputError

__all__ = ["convert", "parse", "read"]

T = TypeVar("T")


def read(path: Path | str, what: str, max_bytes: int) -> Any:
    """The JSON value in the file at `path`; a decimal number comes back as its text.

    Raises InputError (naming `what` and the file) where the file is missing, larger than
    `max_bytes`, not UTF-8, not JSON, or has a key twice.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > max_bytes:
            raise InputError(
                f"The {what} {path.name} has {size} bytes; at most {max_bytes} are read."
            )
        text = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise InputError(f"The {what} {path} cannot be read: {reason}.") from None
    return parse(text, f"{what} {path.name}")


def parse(text: bytes | str, what: str) -> Any:
    """As `read`, for a text in memory."""
    try:
        return json.loads(
            text,
            object_pairs_hook=_no_duplicates,
            parse_float=str,
            parse_constant=_no_constants,
        )
    except RecursionError:
        raise InputError(f"The {what} is nested too deeply to be read.") from None
    except ValueError as error:
        reason = str(error).splitlines()[0][:200]
        raise InputError(f"The {what} is not the JSON it should be: {reason}.") from None


def convert(value: Any, type_: type[T], what: str) -> T:
    """`value` as the msgspec type `type_`; unknown or missing fields and wrong types are refused.

    Raises InputError that names the place.
    """
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        raise InputError(f"The {what} does not have the documented form: {error}.") from None
    except RecursionError:
        raise InputError(f"The {what} is nested too deeply to be read.") from None


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"the key {key[:40]!r} occurs twice")
            seen.add(key)
    return result


def _no_constants(name: str) -> None:
    raise ValueError(f"{name} is not a number")

"""JSON files in documented forms: decimals keep their digits, unknown fields are refused.

The reading itself, with its limits, is `runtime.graph.strict_json`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from runtime.errors import InputError
from runtime.graph import strict_json

__all__ = ["convert", "parse", "read"]

T = TypeVar("T")


def read(
    path: Path | str,
    what: str,
    max_bytes: int,
    finish: Callable[[dict[str, Any]], Any] | None = None,
) -> Any:
    """The JSON value in the file at `path`; a decimal number comes back as its text.

    `finish` makes a value of each object once it has been read; by default it stays a dict.

    Raises InputError (naming `what` and the file) where the file is missing, larger than
    `max_bytes`, not UTF-8, not JSON, or has a key twice.
    """
    path = Path(path)
    data, name = strict_json.read_bytes(path, what, max_bytes), f"{what} {path.name}"
    if finish is None:
        return parse(data, name)
    return strict_json.parse(data, name, decimals=str, finish=finish)


def parse(text: bytes | str, what: str) -> Any:
    """As `read`, for a text in memory."""
    return strict_json.parse(text, what, decimals=str)


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

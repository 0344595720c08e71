"""The base of all records of a report, and the kinds of values their fields hold."""

from __future__ import annotations

import math
from typing import Annotated

import msgspec
from msgspec import Meta

__all__ = ["Count", "Identifier", "Name", "Record", "Seconds", "Sha256", "Shape", "Text", "Vector"]

Text = Annotated[str, Meta(max_length=2_000_000)]
Name = Annotated[str, Meta(min_length=1, max_length=2_000)]
Identifier = Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Seconds = Annotated[float, Meta(ge=0)]
Vector = Annotated[tuple[float, ...], Meta(max_length=10_000_000)]
Shape = Annotated[tuple[Count, ...], Meta(max_length=16)]


def _reject_unprintable(value: object) -> None:
    """Refuse what JSON cannot carry: infinite numbers, NaN, and text with lone surrogates."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"a report holds finite numbers only, got {value}")
    elif isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"text is not valid Unicode: {error.reason}") from None
    elif isinstance(value, tuple):
        for item in value:
            _reject_unprintable(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            _reject_unprintable(key)
            _reject_unprintable(item)


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all records: checks each field against its annotation and normalizes it.

    Lists become tuples, integers in float fields become floats and strings become enum members.
    Raises `ValueError` that names the record and the field.
    """

    def __post_init__(self) -> None:
        record = type(self)
        for field in msgspec.structs.fields(record):
            try:
                value = msgspec.convert(getattr(self, field.name), field.type)
                _reject_unprintable(value)
            except ValueError as error:
                raise ValueError(f"{record.__name__}.{field.name}: {error}") from None
            msgspec.structs.force_setattr(self, field.name, value)

"""The JSON Schema of a file format, made from the records that are written."""

from __future__ import annotations

import inspect
from typing import Any

import msgspec

__all__ = ["record_schema"]


def record_schema(record: type[msgspec.Struct], title: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of a record, with the docstrings as descriptions."""
    schema: dict[str, Any] = msgspec.json.schema(record)
    for definition in schema["$defs"].values():
        if "description" in definition:
            definition["description"] = inspect.cleandoc(definition["description"])
    # Through JSON once, so that defaults appear as they do in the file.
    schema = msgspec.json.decode(msgspec.json.encode(schema))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title} | schema

"""Properties in files."""

from __future__ import annotations

import json
import os
from pathlib import Path

from certificates import strict_json
from certificates.properties.codec import property_from_json
from certificates.properties.model import Property

__all__ = ["load_property", "save_property"]

_MAX_BYTES = 256 << 20


def load_property(path: Path | str) -> Property:
    """The property in a JSON file of the form `lemmanet.property/1`.

    Raises InputError where the file cannot be read or does not have that form.
    """
    return property_from_json(strict_json.read(path, "property file", _MAX_BYTES))


def save_property(prop: Property, path: Path | str) -> None:
    """Write the JSON form; the file appears whole or not at all."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(json.dumps(prop.to_json(), indent=1) + "\n", encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)

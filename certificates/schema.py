"""JSON Schema of the certificate and property formats.

`python -m certificates.schema docs/schemas` writes certificate-1.json, certificate-2.json,
float32-1.json and property-1.json there.
"""

from __future__ import annotations

import argparse
import json
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from certificates.affine.format import (
    AffineCertificate,
    Leaf,
    Region,
    Regions,
    RegionSplit,
    Tree,
    TreeSplit,
)
from certificates.float32.format import Float32Budget
from certificates.format import Certificate
from certificates.properties.codec import PropertyForm

__all__ = ["affine_schema", "budget_schema", "certificate_schema", "main", "property_schema"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_RATIONAL = {"$ref": "#/$defs/Rational"}
_UNIONS = (
    [{"type": "string"}, {"type": "integer"}],
    [{"type": "integer"}, {"type": "string"}],
)
_UNION_PARTS: dict[type, tuple[type, type]] = {
    Tree: (Leaf, TreeSplit),
    Regions: (Region, RegionSplit),
}
"""What a part of a certificate can be; the reader tells them apart by their keys."""


def certificate_schema() -> dict[str, Any]:
    """The schema of `lemmanet.certificate/1`; numbers are integers of any size."""
    schema = _schema(Certificate, "Lemmanet certificate, version 1")
    # Exactly one of the three members, which the struct checks when it is built.
    schema["$defs"]["Goal"] |= {"minProperties": 1, "maxProperties": 1}
    return schema


def affine_schema() -> dict[str, Any]:
    """The schema of `lemmanet.certificate/2`; numbers are integers of any size."""
    schema = _schema(
        AffineCertificate, "Lemmanet certificate, version 2", *chain(*_UNION_PARTS.values())
    )
    for base, parts in _UNION_PARTS.items():
        schema["$defs"][base.__name__] = {
            "description": base.__doc__,
            "anyOf": [{"$ref": f"#/$defs/{part.__name__}"} for part in parts],
        }
    return schema


def budget_schema() -> dict[str, Any]:
    """The schema of `lemmanet.float32/1`; numbers are integers of any size."""
    return _schema(Float32Budget, "Lemmanet float32 budget, version 1")


def property_schema() -> dict[str, Any]:
    """The schema of `lemmanet.property/1`."""
    schema = _schema(PropertyForm, "Lemmanet property, version 1")
    formulas = {"type": "array", "items": {"$ref": "#/$defs/Formula"}, "minItems": 1}
    members = {"and": formulas, "or": formulas, "atom": {"$ref": "#/$defs/Atom"}}
    schema["$defs"]["Formula"] = {
        "description": "Exactly one of a conjunction, a disjunction, a linear inequality.",
        "type": "object",
        "properties": members,
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    schema["$defs"]["Atom"] = {
        "description": "Σ c_i·y_i ≤ bound, or < where strict; coefficients are [i, c_i] pairs.",
        "type": "object",
        "properties": {
            "coefficients": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "array",
                    "prefixItems": [{"type": "integer", "minimum": 0}, _RATIONAL],
                    "items": False,
                },
            },
            "bound": _RATIONAL,
            "strict": {"type": "boolean"},
        },
        "required": ["coefficients", "bound", "strict"],
        "additionalProperties": False,
    }
    schema["$defs"]["CaseForm"]["properties"]["safe"] = {"$ref": "#/$defs/Formula"}
    named: dict[str, Any] = _name_rationals(schema)
    named["$defs"]["Rational"] = {
        "description": 'A number, exactly as written: 3, 0.03, or a text: "3/100", "-0.5", "1e-3".',
        "anyOf": [{"type": "number"}, {"type": "string", "pattern": "^[+-]?[0-9.]"}],
    }
    return named


def _name_rationals(node: Any) -> Any:
    """Replace the union of text and integer by the definition that says what the text may be."""
    if isinstance(node, dict):
        if node.get("anyOf") in _UNIONS:
            return _RATIONAL
        return {key: _name_rationals(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_name_rationals(value) for value in node]
    return node


def _schema(type_: type, title: str, *others: type) -> dict[str, Any]:
    """`others` are further types that get a definition."""
    (reference, *_), definitions = msgspec.json.schema_components(
        [type_, *others],
        ref_template="#/$defs/{name}",
        schema_hook=lambda base: {"$ref": f"#/$defs/{base.__name__}"},
    )
    return {"$schema": _DIALECT, "title": title, **reference, "$defs": definitions}


def main(arguments: list[str] | None = None) -> None:
    """Write all schemas into a folder."""
    parser = argparse.ArgumentParser(prog="python -m certificates.schema", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args(arguments).folder
    schemas = {
        "certificate-1.json": certificate_schema(),
        "certificate-2.json": affine_schema(),
        "float32-1.json": budget_schema(),
        "property-1.json": property_schema(),
    }
    for name, schema in schemas.items():
        text = json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

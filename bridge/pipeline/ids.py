"""Identifiers for claims, made from the names of properties."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bridge.export.names import camel, claim_id
from certificates import Property
from runtime.errors import InputError

__all__ = ["claim_ids"]

_LONGEST = 40


def claim_ids(properties: Sequence[Property]) -> list[str]:
    """One id for each property, distinct also as file names on any system."""
    ids: list[str] = []
    taken: set[str] = set()
    for prop in properties:
        base = _base(prop.name)
        candidate, number = base, 2
        while camel(candidate).lower() in taken:
            candidate, number = f"{base}_v{number}", number + 1
        taken.add(camel(candidate).lower())
        ids.append(candidate)
    return ids


def _base(name: str) -> str:
    words = re.findall(r"[a-z0-9]+", name.lower())
    text = "_".join(words)[:_LONGEST].strip("_")
    if not text or not text[0].isalpha():
        text = f"claim_{text}".rstrip("_")
    # A word of Lean gets something before it, a reserved ending something behind it.
    return next(id_ for id_ in (text, f"claim_{text}", f"{text}_claim") if _usable(id_))


def _usable(text: str) -> bool:
    try:
        claim_id(text)
    except InputError:
        return False
    return True

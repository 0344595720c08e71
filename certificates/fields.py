"""The kinds of fields that the certificate formats share, with their limits."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

__all__ = [
    "MAX_BYTES",
    "MAX_ELEMENTS",
    "MAX_NODES",
    "Bounds",
    "Denominator",
    "Hash",
    "Name",
    "Natural",
]

MAX_BYTES = 1 << 30
"""Largest file that is read."""
MAX_ELEMENTS = 1 << 24
"""Most elements of one list of numbers."""
MAX_NODES = 100_000
"""Most nodes of a graph, and so most boxes."""

Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="SHA-256 in hexadecimal")]
Name = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]*$", max_length=200)]
Bounds = Annotated[list[int], Meta(min_length=1, max_length=MAX_ELEMENTS)]
Natural = Annotated[int, Meta(ge=0)]
Denominator = Annotated[int, Meta(ge=1)]

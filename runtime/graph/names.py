"""Identifiers of graphs, inputs and nodes: derived from a source's names, never trusting them."""

from __future__ import annotations

import re

__all__ = ["MAX_NAME_LENGTH", "NameTable", "is_identifier", "sanitize"]

MAX_NAME_LENGTH = 40

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
_UNFIT = re.compile(r"[^a-z0-9]+")


def is_identifier(name: object) -> bool:
    """Whether `name` is a lower-case ASCII identifier of at most 40 characters."""
    return (
        isinstance(name, str)
        and len(name) <= MAX_NAME_LENGTH
        and _IDENTIFIER.fullmatch(name) is not None
    )


def sanitize(text: str, fallback: str = "node") -> str:
    """An identifier made of the ASCII letters and digits of `text`, or else of `fallback`.

    `sanitize("Layer1.0/Conv-2")` is `layer1_0_conv_2`; a leading digit gets the fallback before it.
    """
    # Only the head is read, so that a hostile name of megabytes costs nothing.
    name = _UNFIT.sub("_", text[: 4 * MAX_NAME_LENGTH].lower()).strip("_")
    if not name:
        name = fallback
    elif not name[0].isalpha():
        name = f"{fallback}_{name}"
    return name[:MAX_NAME_LENGTH].rstrip("_")


class NameTable:
    """Hands out identifiers, each once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def take(self, text: str, fallback: str = "node") -> str:
        """A new identifier near `text`; a number is added when it is taken already."""
        base = sanitize(text, fallback)
        name = base
        number = self._next.get(base, 2)
        while name in self._taken:
            suffix = f"_{number}"
            name = base[: MAX_NAME_LENGTH - len(suffix)] + suffix
            number += 1
        self._next[base] = number
        self._taken.add(name)
        return name

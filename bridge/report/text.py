"""Text from models, properties and tools, made safe to show: nothing in it can hide or take over.

Escaping for HTML is the template engine's job (autoescape). This module handles what escaping
leaves alone: control characters, terminal escape sequences, and the invisible or bidirectional
characters that make a text look like another.
"""

from __future__ import annotations

import unicodedata

__all__ = ["clip", "visible"]

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
_LINE_CHARACTERS = frozenset("\n\t")


def visible(text: str) -> str:
    """`text` with every control, format and unassigned character written as `\\u{HEX}`.

    Newlines and tabs stay; carriage returns before a newline are dropped.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text.replace("\r\n", "\n"))


def clip(text: str, limit: int) -> str:
    """`visible(text)` cut to at most `limit` characters, ending in an ellipsis where it was cut."""
    # Only CR LF shrinks, to half its length, so a longer prefix never matters.
    shown = visible(text[: 2 * limit + 2])
    return shown if len(shown) <= limit else shown[: max(limit - 1, 0)] + "…"


def _shown(character: str) -> str:
    if character in _LINE_CHARACTERS or unicodedata.category(character) not in _HIDDEN_CATEGORIES:
        return character
    return f"\\u{{{ord(character):x}}}"

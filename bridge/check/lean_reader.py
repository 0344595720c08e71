"""Stepping through the tokens of exported Lean files; the base of the readers that know a form."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["ReadError", "TokenReader", "natural"]

_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+", re.ASCII)
_DECIMAL = re.compile(r"[0-9]+", re.ASCII)
_PIECE = 4_000


class ReadError(ValueError):
    """Text that is not of the documented form; the message says what stands where."""


def natural(text: str) -> int:
    """The value of a decimal or hexadecimal literal of any length; raises ReadError for others."""
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    if not _DECIMAL.fullmatch(text):
        raise ReadError(f"a number is expected where {text[:40]!r} stands")
    value = 0
    # In pieces, because `int` refuses very long decimals.
    for start in range(0, len(text), _PIECE):
        piece = text[start : start + _PIECE]
        value = value * 10 ** len(piece) + int(piece)
    return value


class TokenReader:
    """Takes tokens one by one; everything that does not fit is a ReadError.

    `where` names the definition that is being read, for messages.
    """

    def __init__(self, words: Sequence[str], where: str = "") -> None:
        self._words = words
        self._position = 0
        self.where = where

    def error(self, message: str) -> ReadError:
        """An error about the definition that is being read."""
        return ReadError(f"{self.where}: {message}" if self.where else message)

    def peek(self) -> str:
        """The next token, empty at the end."""
        return self._words[self._position] if self._position < len(self._words) else ""

    def word(self) -> str:
        """Take the next token."""
        if self._position >= len(self._words):
            raise self.error("the text ends too early")
        self._position += 1
        return self._words[self._position - 1]

    def natural(self) -> int:
        """Take a literal."""
        try:
            value = natural(self.peek())
        except ReadError as error:
            raise self.error(str(error)) from None
        self._position += 1
        return value

    def accept(self, text: str) -> bool:
        """Take the token if it is the next one."""
        if self.peek() != text:
            return False
        self._position += 1
        return True

    def expect(self, *words: str) -> None:
        """Take exactly these tokens."""
        for word in words:
            if not self.accept(word):
                raise self.error(f"{word!r} is expected where {self.peek()[:40]!r} stands")

    def seek(self, *words: str) -> bool:
        """Move behind the next place where these tokens stand in a row, if there is one."""
        size = len(words)
        for start in range(self._position, len(self._words) - size + 1):
            if self._words[start] == words[0] and tuple(self._words[start : start + size]) == words:
                self._position = start + size
                return True
        return False

    def end(self) -> None:
        """There must be nothing more."""
        if self._position != len(self._words):
            raise self.error(f"the end is expected where {self.peek()[:40]!r} stands")

"""Reading the small terms of exported files: numbers, names, lists, tuples, records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Union

from bridge.check.constants import ReadError

__all__ = ["Name", "Record", "Term", "TermReader"]


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier."""

    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """A structure instance `{ a := 1, b := 2 }`."""

    fields: Mapping[str, Term]


Term = Union[int, str, Name, Record, "list[Term]", "tuple[Term, ...]", None]
"""A list is a list, a pair a tuple; `(some x)` is the tuple ("some", x)."""

_DEEPEST = 20


class TermReader:
    """Steps through tokens; everything that does not fit is a ReadError."""

    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._position = 0

    def peek(self) -> str:
        """The next token, empty at the end."""
        return self._words[self._position] if self._position < len(self._words) else ""

    def word(self) -> str:
        """Take the next token."""
        if self._position >= len(self._words):
            raise ReadError("the text ends too early")
        self._position += 1
        return self._words[self._position - 1]

    def expect(self, *words: str) -> None:
        """Take exactly these tokens."""
        for word in words:
            if (found := self.word()) != word:
                raise ReadError(f"{word!r} is expected where {found[:40]!r} stands")

    def seek(self, *words: str) -> bool:
        """Move behind the only place where these tokens stand in a row."""
        size = len(words)
        places = [
            i
            for i in range(len(self._words) - size + 1)
            if tuple(self._words[i : i + size]) == words
        ]
        if len(places) != 1:
            return False
        self._position = places[0] + size
        return True

    def term(self, depth: int = 0) -> Term:
        """Take one term."""
        if depth > _DEEPEST:
            raise ReadError("a term is nested too deeply")
        word = self.word()
        match word:
            case "[":
                return self._sequence("]", depth)
            case "(":
                return self._group(depth)
            case "{":
                return self._record(depth)
            case "-":
                return -self._natural(self.word())
        if word[0].isdigit():
            return self._natural(word)
        if word[0].isalpha() or word[0] == "_":
            return Name(word)
        raise ReadError(f"a term is expected where {word[:40]!r} stands")

    def _natural(self, word: str) -> int:
        if not (word.isascii() and word.isdigit() and len(word) <= 4_000):
            raise ReadError(f"a number is expected where {word[:40]!r} stands")
        return int(word)

    def _sequence(self, end: str, depth: int) -> list[Term]:
        values: list[Term] = []
        while self.peek() != end:
            if values:
                self.expect(",")
            values.append(self.term(depth + 1))
        self.expect(end)
        return values

    def _group(self, depth: int) -> Term:
        """`(x)`, `(x, y)` or `(some x)`."""
        if self.peek() == "some":
            self.expect("some")
            value = self.term(depth + 1)
            self.expect(")")
            return ("some", value)
        values = self._sequence(")", depth)
        return values[0] if len(values) == 1 else tuple(values)

    def _record(self, depth: int) -> Record:
        fields: dict[str, Term] = {}
        while self.peek() != "}":
            if fields:
                self.expect(",")
            name = self.word()
            if name in fields:
                raise ReadError(f"the field {name[:40]!r} is given twice")
            self.expect(":", "=")
            fields[name] = self.term(depth + 1)
        self.expect("}")
        return Record(fields)

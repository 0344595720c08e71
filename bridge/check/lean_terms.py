"""Reading the small terms of exported files: numbers, names, lists, tuples, records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Union

from bridge.check.lean_reader import TokenReader, natural

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


class TermReader(TokenReader):
    """Reads one term after the other."""

    def term(self, depth: int = 0) -> Term:
        """Take one term."""
        if depth > _DEEPEST:
            raise self.error("a term is nested too deeply")
        word = self.word()
        match word:
            case "[":
                return self._sequence("]", depth)
            case "(":
                return self._group(depth)
            case "{":
                return self._record(depth)
            case "-":
                return -self.natural()
        if word[0].isdigit():
            return natural(word)
        if word[0].isalpha() or word[0] == "_":
            return Name(word)
        raise self.error(f"a term is expected where {word[:40]!r} stands")

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
                raise self.error(f"the field {name[:40]!r} is given twice")
            self.expect(":", "=")
            fields[name] = self.term(depth + 1)
        self.expect("}")
        return Record(fields)

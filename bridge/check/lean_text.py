"""Splitting Lean source into code, comments and strings, without understanding more of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

__all__ = ["LexicalError", "Token", "code_tokens", "tokens"]

Kind = Literal["word", "symbol", "string", "comment"]

# A word is an identifier with its dots, an attribute-like name or a number.
_WORD = re.compile(r"[^\W\d][\w'!?]*(?:\.[^\W\d][\w'!?]*)*|\d\w*(?:\.\w+)?", re.UNICODE)
_COMMENT_EDGE = re.compile(r"/-|-/")
_STRING_END = re.compile(r'\\.|"', re.DOTALL)
_RAW_STRING = re.compile(r'r(#*)"')
_CHARACTER = re.compile(r"'(?:\\(?:x[0-9a-fA-F]{2}|u\{?[0-9a-fA-F]+\}?|.)|[^\\'\n])'")
_QUOTED_NAME = re.compile(r"«[^»\n]*»")


class LexicalError(ValueError):
    """The text cannot be split: a comment or string does not end. `line` counts from 1."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(f"{what} at line {line} does not end")
        self.line = line


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of source text; `line` counts from 1. Doc comments are comments."""

    kind: Kind
    text: str
    line: int


def tokens(text: str) -> Iterator[Token]:
    """The tokens of Lean source, white space left out.

    Block comments nest, as in Lean. An interpolated string is one token. Raises LexicalError.
    """
    position, line = 0, 1
    while position < len(text):
        character = text[position]
        if character.isspace():
            end = position + 1
        else:
            kind, end = _token(text, position, line)
            yield Token(kind, text[position:end], line)
        line += text.count("\n", position, end)
        position = end


def _token(text: str, start: int, line: int) -> tuple[Kind, int]:
    if text.startswith("--", start):
        end = text.find("\n", start)
        return "comment", len(text) if end < 0 else end
    if text.startswith("/-", start):
        return "comment", _block_end(text, start, line)
    if text[start] == '"':
        return "string", _string_end(text, start, line)
    if raw := _RAW_STRING.match(text, start):
        end = text.find('"' + raw.group(1), raw.end())
        if end < 0:
            raise LexicalError("the raw string", line)
        return "string", end + 1 + len(raw.group(1))
    for pattern, kind in _SIMPLE:
        if match := pattern.match(text, start):
            return kind, match.end()
    return "symbol", start + 1


_SIMPLE: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (_QUOTED_NAME, "word"),
    (_WORD, "word"),
    (_CHARACTER, "string"),
)


def _block_end(text: str, start: int, line: int) -> int:
    depth, position = 0, start
    while edge := _COMMENT_EDGE.search(text, position):
        depth += 1 if edge.group() == "/-" else -1
        position = edge.end()
        if depth == 0:
            return position
    raise LexicalError("the comment", line)


def _string_end(text: str, start: int, line: int) -> int:
    position = start + 1
    while mark := _STRING_END.search(text, position):
        if mark.group() == '"':
            return mark.end()
        position = mark.end()
    raise LexicalError("the string", line)


def code_tokens(text: str) -> Iterator[Token]:
    """The tokens that Lean may execute: no comments, no strings.

    A string after a word that ends in `!` (`s!"{…}"` and the like) can hold code, so every word
    inside it counts.
    """
    before = ""
    for token in tokens(text):
        if token.kind == "string" and before.endswith("!"):
            for word in _WORD.findall(token.text):
                yield Token("word", word, token.line)
        elif token.kind in ("word", "symbol"):
            yield token
        before = token.text if token.kind in ("word", "symbol") else ""

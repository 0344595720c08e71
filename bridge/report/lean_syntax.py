"""A small tokenizer of Lean 4, enough to color a statement; it never loses a character.

The tokens of a text joined together are the text. Unclosed comments and strings run to the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

__all__ = ["Token", "TokenKind", "tokenize"]


class TokenKind(StrEnum):
    """What a piece of Lean source is; the value is its CSS class."""

    COMMENT = "comment"
    STRING = "string"
    NUMBER = "number"
    KEYWORD = "keyword"
    DECLARED = "declared"
    TYPE = "type"
    IDENTIFIER = "identifier"
    SYMBOL = "symbol"
    SPACE = "space"


class Token(NamedTuple):
    """A piece of source and its kind."""

    kind: TokenKind
    text: str


_DECLARATIONS = frozenset(
    re.findall(
        r"\w+",
        "theorem lemma def abbrev instance structure class inductive example axiom opaque",
    )
)
_KEYWORDS = _DECLARATIONS | frozenset(
    re.findall(
        r"\w+",
        """
        module import public section end namespace open variable universe private protected
        noncomputable partial mutual where deriving extends set_option attribute export local
        scoped if then else match with do let have show from fun by in at for return calc decide
        rfl exact intro apply simp omega grind rw sorry native_decide forall exists
        """,
    )
)
_WORD = r"[^\W\d][\w!?'₀-₉]*"
_SCANNER = re.compile(
    rf"""
    (?P<space>\s+)
  | (?P<line>--[^\n]*)
  | (?P<block>/-)
  | (?P<string>"(?:\\.|[^"\\])*(?:"|\Z))
  | (?P<char>'(?:\\.[^']{{0,8}}|[^'\\\n])')
  | (?P<number>0[xX][0-9a-fA-F_]+|0[bB][01_]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)
  | (?P<attribute>@\[[^\]\n]*\])
  | (?P<command>\#{_WORD})
  | (?P<word>(?:{_WORD}|«[^»\n]*»)(?:\.(?:{_WORD}|«[^»\n]*»))*)
  | (?P<symbol>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK_EDGE = re.compile(r"/-|-/")
_BINDERS = frozenset("∀∃λΣ∑Π∏")
_SIMPLE_KINDS = {
    "space": TokenKind.SPACE,
    "line": TokenKind.COMMENT,
    "string": TokenKind.STRING,
    "char": TokenKind.STRING,
    "number": TokenKind.NUMBER,
    "attribute": TokenKind.KEYWORD,
    "command": TokenKind.KEYWORD,
}


def tokenize(source: str) -> Iterator[Token]:
    """Yield the tokens of `source` in order; never fails, whatever the text is."""
    position = 0
    after_declaration = False
    while position < len(source):
        match = _SCANNER.match(source, position)
        assert match is not None  # the last alternative takes any character
        group, text = str(match.lastgroup), match.group()
        if group == "block":
            text = source[position : _block_end(source, position)]
            kind = TokenKind.COMMENT
        elif group == "word":
            kind = TokenKind.DECLARED if after_declaration else _word_kind(text)
        elif group == "symbol":
            kind = TokenKind.KEYWORD if text in _BINDERS else TokenKind.SYMBOL
        else:
            kind = _SIMPLE_KINDS[group]
        if kind not in (TokenKind.SPACE, TokenKind.COMMENT):
            after_declaration = kind is TokenKind.KEYWORD and text in _DECLARATIONS
        yield Token(kind, text)
        position += len(text)


def _word_kind(text: str) -> TokenKind:
    if text in _KEYWORDS or text in _BINDERS:
        return TokenKind.KEYWORD
    last = text.rpartition(".")[2]
    return TokenKind.TYPE if last[:1].isupper() or last in "ℚℝℕℤ" else TokenKind.IDENTIFIER


def _block_end(source: str, start: int) -> int:
    """The end of the block comment at `start`; block comments of Lean nest."""
    depth = 0
    for edge in _BLOCK_EDGE.finditer(source, start):
        depth += 1 if edge.group() == "/-" else -1
        if depth == 0:
            return edge.end()
    return len(source)

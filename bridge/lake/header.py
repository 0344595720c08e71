"""Reads the header of a Lean file: is it a module, and what does it import.

Grammar of Lean 4.28: ``module? prelude? ((public)? (meta)? import (all)? Name)*`` with comments
anywhere between.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runtime.errors import InputError

__all__ = ["Header", "Import", "parse_header"]

_SPACE = re.compile(r"\s+")
_NAME = re.compile(r"[A-Za-z_][\w'!?]*(?:\.[A-Za-z_][\w'!?]*)*")
_KEYWORDS = frozenset({"module", "prelude", "public", "meta", "import", "all"})


@dataclass(frozen=True, slots=True)
class Import:
    """One ``import`` of a header."""

    module: str
    public: bool = False
    all: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """What the first lines of a Lean file say."""

    is_module: bool
    imports: tuple[Import, ...]


class _Tokens:
    """Words of a header, one at a time, with comments skipped."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def peek(self) -> str:
        self._skip()
        found = _NAME.match(self._text, self._at)
        return found.group() if found else ""

    def take(self) -> str:
        word = self.peek()
        self._at += len(word)
        return word

    def _skip(self) -> None:
        while True:
            if found := _SPACE.match(self._text, self._at):
                self._at = found.end()
            elif self._text.startswith("--", self._at):
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
            elif self._text.startswith("/-", self._at):
                # a doc comment belongs to a declaration: the header is over
                if self._text[self._at + 2 : self._at + 3] in ("-", "!"):
                    return
                self._skip_block()
            else:
                return

    def _skip_block(self) -> None:
        depth = 0
        while True:
            opening = self._text.find("/-", self._at)
            closing = self._text.find("-/", self._at)
            if closing < 0:
                self._at = len(self._text)
                return
            if 0 <= opening < closing:
                depth, self._at = depth + 1, opening + 2
            else:
                depth, self._at = depth - 1, closing + 2
            if depth == 0:
                return


def parse_header(text: str, where: str) -> Header:
    """The header of the Lean source ``text``; ``where`` names the file in messages.

    Raises:
        InputError: an ``import`` without a plain module name behind it.
    """
    tokens, imports = _Tokens(text.removeprefix("\ufeff")), list[Import]()
    is_module = tokens.peek() == "module"
    if is_module:
        tokens.take()
    if tokens.peek() == "prelude":
        tokens.take()
    while tokens.peek() in ("public", "meta", "import"):
        modifiers = set[str]()
        while tokens.peek() in ("public", "meta"):
            modifiers.add(tokens.take())
        if tokens.peek() != "import":
            break  # `public section`: the body begins
        tokens.take()
        if everything := tokens.peek() == "all":
            tokens.take()
        name = tokens.take()
        if not name or name in _KEYWORDS:
            raise InputError(f"{where}: an import without a plain module name; correct the header.")
        imports.append(Import(name, "public" in modifiers, everything))
    return Header(is_module, tuple(imports))

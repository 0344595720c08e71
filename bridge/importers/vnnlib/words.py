"""S-expressions: the syntax that both versions of VNN-LIB share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from runtime.errors import InputError

__all__ = ["check_nesting", "expressions", "shown"]

MAX_DEPTH = 100
_TOO_DEEP = f"parentheses are nested more than {MAX_DEPTH} deep."
_PLAIN_STRING = re.compile(r'"[^"();]*"')
_BRACKET = re.compile(r"[()]")
_TOKEN = re.compile(r";[^\n]*|[()]|\"[^\"]*\"|\|[^|]*\||[^\s();\"|]+|[\"|]")


def _tokens(text: str) -> Iterator[str]:
    """Parentheses and words without comments; refuses nesting that could exhaust a parser."""
    depth = 0
    for match in _TOKEN.finditer(text):
        word = match.group()
        if word.startswith(";"):
            continue
        if word == "(":
            depth += 1
            if depth > MAX_DEPTH:
                raise InputError(_TOO_DEEP)
        elif word == ")":
            depth -= 1
        yield word


def check_nesting(text: str) -> None:
    """Raises InputError for nesting that would exhaust the stack of another, recursive parser.

    Strings could hide parentheses or comments from this count, so that only plain ones may occur.
    """
    depth = 0
    for line in text.splitlines():
        code = _PLAIN_STRING.sub("", line).partition(";")[0]
        if '"' in code:
            raise InputError("a string contains a parenthesis, a semicolon or a line break.")
        for bracket in _BRACKET.findall(code):
            depth += 1 if bracket == "(" else -1
            if depth > MAX_DEPTH:
                raise InputError(_TOO_DEEP)


def expressions(text: str) -> Iterator[Any]:
    """The top-level s-expressions: nested lists of words."""
    stack: list[list[Any]] = []
    for word in _tokens(text):
        if word == "(":
            stack.append([])
        elif word == ")":
            if not stack:
                raise InputError("there is a ')' without its '('.")
            done = stack.pop()
            if stack:
                stack[-1].append(done)
            else:
                yield done
        elif not stack:
            raise InputError(f"{word[:40]!r} stands outside of parentheses.")
        else:
            stack[-1].append(word)
    if stack:
        raise InputError("a '(' is not closed; is the file cut off?")


def shown(expression: Any) -> str:
    """The beginning of an expression, for messages."""
    text = expression if isinstance(expression, str) else str(expression)
    text = re.sub(r"['\[\],]+", " ", text).strip()
    return repr(text if len(text) <= 40 else text[:37] + "...")

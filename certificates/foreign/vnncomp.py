"""Results in VNN-COMP's form: one word, and after `sat` pairs (X_i value) … (Y_j value)."""

from __future__ import annotations

import re

from certificates.foreign.artifacts import ResultFile
from certificates.properties.rationals import parse_rational
from runtime.errors import InputError

__all__ = ["result_file"]

_WORDS = ("sat", "unsat", "unknown", "timeout", "error")
_PAIR = re.compile(r"\(\s*X_([0-9]{1,9})\s+([^\s()]{1,100})\s*\)", re.ASCII)


def result_file(text: str, what: str) -> ResultFile:
    """The result; a counterexample without a word before it counts as `sat`.

    Values of outputs are ignored: they are computed again. Raises InputError.
    """
    head, _, rest = text.strip().partition("\n")
    word = head.strip()
    if word.startswith("("):
        word, rest = "sat", text
    if word not in _WORDS:
        raise InputError(f"The {what} does not begin with one of {', '.join(_WORDS)}.")
    pairs = _PAIR.findall(rest)
    values = {int(index): parse_rational(value, f"X_{index}") for index, value in pairs}
    if len(values) != len(pairs) or sorted(values) != list(range(len(values))):
        raise InputError(f"The {what} does not give each input X_0, X_1, … once.")
    if word == "sat" and not values:
        raise InputError(f"The {what} says sat, but gives no input.")
    return ResultFile(word, tuple(values[i] for i in range(len(values))))

"""Version 1.0: a subset of SMT-LIB 2.6."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from bridge.importers.vnnlib.constraints import (
    Bound,
    Constraint,
    Linear,
    combine,
    compare,
    junction,
)
from bridge.importers.vnnlib.words import expressions, shown
from certificates.properties.rationals import parse_rational
from runtime.errors import InputError, UnsupportedError

__all__ = ["Version1"]

_VARIABLE = re.compile(r"([XY])_(0|[1-9][0-9]{0,8})\Z")


class Version1:
    """Reader of the SMT-LIB subset: declare-const/declare-fun, assert, and/or, linear terms."""

    def __init__(self, inputs: int, outputs: int) -> None:
        self.sizes = {"X": inputs, "Y": outputs}
        self.declared: dict[str, Linear] = {}

    def read(self, text: str) -> list[Constraint]:
        constraints = []
        for command in expressions(text):
            match command:
                case ["declare-const", str(name), str(kind)]:
                    self._declare(name, kind)
                case ["declare-fun", str(name), [], str(kind)]:
                    self._declare(name, kind)
                case ["assert", condition]:
                    constraints.append(self._condition(condition))
                case ["set-logic" | "set-info" | "set-option", *_] | ["check-sat" | "exit"]:
                    pass
                case _:
                    raise UnsupportedError(f"the command {shown(command)} is not supported.")
        for letter, size in self.sizes.items():
            count = sum(name.startswith(letter) for name in self.declared)
            if count != size:
                what = "inputs" if letter == "X" else "outputs"
                raise InputError(
                    f"it declares {count} {what} {letter}_0, …, but the model has {size}; "
                    "use the file made for this model."
                )
        return constraints

    def _declare(self, name: str, kind: str) -> None:
        match = _VARIABLE.match(name)
        if match is None or kind != "Real" or name in self.declared:
            raise UnsupportedError(
                f"the declaration of {name[:40]!r} is not a new Real named X_i or Y_i."
            )
        letter, index = match.group(1), int(match.group(2))
        if index >= self.sizes[letter]:
            raise InputError(
                f"it declares {name}, but the model has {self.sizes[letter]} "
                f"{'inputs' if letter == 'X' else 'outputs'}; use the file made for this model."
            )
        value = Linear()
        (value.inputs if letter == "X" else value.outputs)[index] = Fraction(1)
        self.declared[name] = value

    def _condition(self, expression: Any) -> Constraint:
        match expression:
            case ["<=" | ">=" as relation, str(name), str(number)] if (
                name.startswith("X") and name in self.declared and not number[:1].isalpha()
            ):
                # Nearly all lines of large files: read without building terms.
                return Bound(int(name[2:]), relation == ">=", parse_rational(number, "a number"))
            case ["and" | "or" as word, *parts]:
                return junction(word == "or", [self._condition(part) for part in parts])
            case ["<=" | "<" | ">=" | ">" | "=" as relation, left, right]:
                return compare(relation, self._term(left), self._term(right))
        raise UnsupportedError(f"the condition {shown(expression)} is not supported.")

    def _term(self, expression: Any) -> Linear:
        if isinstance(expression, str):
            if expression in self.declared:
                return self.declared[expression]
            if expression[:1].isalpha():
                raise InputError(f"the variable {expression[:40]!r} is not declared.")
            return Linear(parse_rational(expression, "a number"))
        match expression:
            case ["+" | "-" | "*" as operator, first, *rest]:
                terms = [self._term(first), *(self._term(term) for term in rest)]
                return combine(operator, terms)
        raise UnsupportedError(f"the term {shown(expression)} is not supported.")

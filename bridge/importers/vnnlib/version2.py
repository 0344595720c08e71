"""Version 2.0: the `vnnlib` package parses, and its syntax tree keeps the digits of numbers."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import vnnlib

from bridge.importers.vnnlib.constraints import Constraint, Linear, combine, compare, junction
from bridge.importers.vnnlib.words import shown
from certificates.properties.rationals import parse_rational
from runtime.errors import InputError, UnsupportedError

__all__ = ["Version2"]

_RELATIONS = {
    vnnlib.LessEqual: "<=",
    vnnlib.LessThan: "<",
    vnnlib.GreaterEqual: ">=",
    vnnlib.GreaterThan: ">",
    vnnlib.Equal: "==",
}


class Version2:
    """Walks the syntax tree of the `vnnlib` package for one network with one input and output."""

    def __init__(self, inputs: int, outputs: int) -> None:
        self.inputs, self.outputs = inputs, outputs

    def read(self, text: str) -> list[Constraint]:
        """The assertions in order. The text must have passed `check_nesting`."""
        try:
            query = vnnlib.parse_query_string(text)
        except (vnnlib.VNNLibException, ValueError, IndexError, RuntimeError) as error:
            reason = " ".join(str(error).split())[:300]
            raise InputError(f"version 2.0 syntax: {reason}") from None
        if len(query.networks) != 1:
            raise UnsupportedError(f"it declares {len(query.networks)} networks; one works.")
        network = query.networks[0]
        if len(network.inputs) != 1 or len(network.outputs) != 1 or network.hidden:
            raise UnsupportedError("a network with one input, one output, no hidden nodes works.")
        for variable, size in (
            (network.inputs[0], self.inputs),
            (network.outputs[0], self.outputs),
        ):
            if math.prod(variable.shape) != size:
                raise InputError(
                    f"{variable.name} has {math.prod(variable.shape)} elements, but the model has "
                    f"{size}; use the file made for this model."
                )
        return [self._condition(assertion.expr) for assertion in query.assertions]

    def _condition(self, node: Any) -> Constraint:
        if isinstance(node, vnnlib.And | vnnlib.Or):
            parts = [self._condition(part) for part in node.args]
            return junction(isinstance(node, vnnlib.Or), parts)
        if type(node) in _RELATIONS:
            return compare(_RELATIONS[type(node)], self._term(node.lhs), self._term(node.rhs))
        raise UnsupportedError(f"the condition {shown(str(node))} is not supported.")

    def _term(self, node: Any) -> Linear:
        if isinstance(node, vnnlib.Literal):
            return Linear(parse_rational(node.lexeme, "a number"))
        if isinstance(node, vnnlib.Var):
            flat = 0
            for index, extent in zip(node.indices, node.shape, strict=True):
                flat = flat * extent + index
            value = Linear()
            is_input = node.kind == vnnlib.SymbolKind.Input
            (value.inputs if is_input else value.outputs)[flat] = Fraction(1)
            return value
        if isinstance(node, vnnlib.Negate):
            return combine("-", [self._term(node.expr)])
        if isinstance(node, vnnlib.Minus):
            return combine("-", [self._term(part) for part in (node.head, *node.rest)])
        if isinstance(node, vnnlib.Plus | vnnlib.Multiply):
            operator = "+" if isinstance(node, vnnlib.Plus) else "*"
            return combine(operator, [self._term(part) for part in node.args])
        raise UnsupportedError(f"the term {shown(str(node))} is not supported.")

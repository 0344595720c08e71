"""The format `lemmanet.float32/1`: by how much any binary32 run of a graph can be off.

A budget is about one graph and one box of inputs. For every binary32 input of the box, any order of
every sum, with or without fused multiply-add and flushing of subnormals, entry k of a node's value
lies within error.digits[k]/error.den of the exact one, and is finite. The input itself has no
error. Nodes follow in the order of the graph; each has

- `box`: bounds of the *exact* value, as in the certificates of `lemmanet.certificate/1`;
- `error`: the bound on |binary32 value − exact value|, entry by entry;
- for an operator that rounds, `gamma` = (p, q) with (1 + 2⁻²⁴)^roundings ≤ 1 + p/q. A sum has a
  *majorant* for each argument, M ≥ e + (p/q)·(X + e) with X = max(|lo|, |hi|) of the argument's box
  and e its error; and, where the operator has a bias, `shift` ≥ (p/q)·|bias|. The error is at least
  what the operator with the absolute weights makes of M, plus the shift. A constant has an error of
  the form of a shift directly, and neither majorants nor shift.

An operator that selects has no majorants, gamma (0, 1) and no shift. The exact conditions, with
what underflow adds, are spelled out in `certificates.checker.float32`.
"""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from certificates import strict_json
from certificates.fields import (
    MAX_BYTES,
    MAX_ELEMENTS,
    MAX_NODES,
    Denominator,
    Hash,
    Natural,
)
from certificates.format import NodeBox

__all__ = [
    "FORMAT",
    "Float32Budget",
    "Magnitudes",
    "NodeBudget",
    "budget_from_json",
    "load_budget",
    "save_budget",
]

FORMAT: Final = "lemmanet.float32/1"


class Magnitudes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Numbers that are never negative: entry k, row-major, is digits[k]/den."""

    den: Denominator
    digits: Annotated[list[Natural], Meta(min_length=1, max_length=MAX_ELEMENTS)]

    def value(self, k: int) -> Fraction:
        """Entry k."""
        return Fraction(self.digits[k], self.den)

    def values(self) -> tuple[Fraction, ...]:
        """All entries."""
        return tuple(Fraction(digit, self.den) for digit in self.digits)


class NodeBudget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One node: `box` bounds its exact value (and names it), `error` what a run can be off."""

    box: NodeBox
    error: Magnitudes
    majorants: Annotated[list[Magnitudes], Meta(max_length=2)]
    shift: Magnitudes | None
    gamma: tuple[Natural, Denominator]

    @property
    def node(self) -> str:
        """The node's name."""
        return self.box.node


class Float32Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The budget of a whole graph over the box `input`; see the module's text."""

    format: Literal["lemmanet.float32/1"]
    model_sha256: Hash
    input: NodeBox
    nodes: Annotated[list[NodeBudget], Meta(max_length=MAX_NODES)]

    def error_of(self, name: str) -> Magnitudes:
        """The error of a node, or of the input, which has none. Raises KeyError for others."""
        if name == self.input.node:
            return Magnitudes(1, [0] * len(self.input.lo))
        for entry in self.nodes:
            if entry.node == name:
                return entry.error
        raise KeyError(name)

    def box_of(self, name: str) -> NodeBox:
        """The box of a node or of the input. Raises KeyError for others."""
        if name == self.input.node:
            return self.input
        for entry in self.nodes:
            if entry.node == name:
                return entry.box
        raise KeyError(name)


def budget_from_json(value: object, what: str) -> Float32Budget:
    """The budget in a parsed JSON value (`what` names it in errors).

    Raises InputError where the value does not have the documented form. Whether the budget is right
    is for `certificates.checker.float32` to say.
    """
    return strict_json.convert(value, Float32Budget, what)


def load_budget(path: Path | str) -> Float32Budget:
    """The budget in a JSON file; raises InputError where it cannot be read or has another form."""
    value = strict_json.read(path, "float32 budget", MAX_BYTES)
    return budget_from_json(value, f"float32 budget {Path(path).name}")


def save_budget(budget: Float32Budget, path: Path | str) -> None:
    """Write the JSON form; the file appears whole or not at all; same input, same bytes."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(msgspec.json.encode(budget) + b"\n")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)

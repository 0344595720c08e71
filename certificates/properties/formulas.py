"""Formulas over the outputs: conjunctions and disjunctions of linear inequalities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from certificates.properties.rationals import Number, rational
from runtime.errors import InputError

__all__ = ["And", "Formula", "LinearAtom", "Or", "at_least", "at_most", "atoms", "less_than"]


@dataclass(frozen=True, slots=True)
class LinearAtom:
    """Σ c_i·y_i ≤ bound, or < where `strict`; y is the flat output in row-major order.

    `coefficients` are sorted by index, each index once, no coefficient zero, at least one.
    """

    coefficients: tuple[tuple[int, Fraction], ...]
    bound: Fraction
    strict: bool = False

    def __post_init__(self) -> None:
        indices = [index for index, _ in self.coefficients]
        if not indices:
            raise InputError("A linear constraint mentions no output; name at least one.")
        if indices[0] < 0 or any(a >= b for a, b in pairwise(indices)):
            raise InputError("The outputs of a linear constraint must be distinct, sorted and ≥ 0.")
        if any(c == 0 for _, c in self.coefficients):
            raise InputError("A linear constraint has a zero coefficient; leave that output out.")

    @classmethod
    def of(
        cls, coefficients: Mapping[int, Number], bound: Number, *, strict: bool = False
    ) -> LinearAtom:
        """Build from any mapping of output index to number; zeros are dropped, indices sorted."""
        pairs = []
        for index in sorted(coefficients):
            value = rational(coefficients[index], f"the coefficient of y_{index}")
            if value:
                pairs.append((index, value))
        return cls(tuple(pairs), rational(bound, "the bound of a linear constraint"), strict)

    def holds(self, y: Sequence[Fraction]) -> bool:
        """Exact truth at the output `y`."""
        value = sum((c * y[i] for i, c in self.coefficients), Fraction(0))
        return value < self.bound if self.strict else value <= self.bound

    def negate(self) -> LinearAtom:
        """¬(c·y ≤ b) is −c·y < −b, and ¬(c·y < b) is −c·y ≤ −b."""
        flipped = tuple((i, -c) for i, c in self.coefficients)
        return LinearAtom(flipped, -self.bound, not self.strict)

    @property
    def depth(self) -> int:
        """An atom is one level deep."""
        return 1


@dataclass(frozen=True, slots=True)
class And:
    """Every part holds; at least one part."""

    parts: tuple[Formula, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise InputError("A conjunction without parts says nothing; give at least one part.")

    def holds(self, y: Sequence[Fraction]) -> bool:
        """Exact truth at the output `y`."""
        return all(part.holds(y) for part in self.parts)

    def negate(self) -> Or:
        """By De Morgan."""
        return Or(tuple(part.negate() for part in self.parts))

    @property
    def depth(self) -> int:
        """Levels of nesting."""
        return 1 + max(part.depth for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """Some part holds; at least one part."""

    parts: tuple[Formula, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise InputError("A disjunction without parts is false; give at least one part.")

    def holds(self, y: Sequence[Fraction]) -> bool:
        """Exact truth at the output `y`."""
        return any(part.holds(y) for part in self.parts)

    def negate(self) -> And:
        """By De Morgan."""
        return And(tuple(part.negate() for part in self.parts))

    @property
    def depth(self) -> int:
        """Levels of nesting."""
        return 1 + max(part.depth for part in self.parts)


Formula = LinearAtom | And | Or


def atoms(formula: Formula) -> Iterator[LinearAtom]:
    """All atoms from left to right."""
    if isinstance(formula, LinearAtom):
        yield formula
    else:
        for part in formula.parts:
            yield from atoms(part)


def at_most(index: int, bound: Number) -> LinearAtom:
    """y_index ≤ bound."""
    return LinearAtom.of({index: 1}, bound)


def at_least(index: int, bound: Number) -> LinearAtom:
    """y_index ≥ bound."""
    return LinearAtom.of({index: -1}, -rational(bound, f"the lower bound of y_{index}"))


def less_than(smaller: int, larger: int) -> LinearAtom:
    """y_smaller < y_larger."""
    return LinearAtom.of({smaller: 1, larger: -1}, 0, strict=True)

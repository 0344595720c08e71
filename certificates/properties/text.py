"""Properties as sentences, for reports and docstrings."""

from __future__ import annotations

from fractions import Fraction

from certificates.properties.formulas import And, Formula, LinearAtom, Or
from certificates.properties.model import Box, Property
from certificates.properties.rationals import readable

__all__ = ["atom_text", "box_text", "describe", "formula_text"]

_LIST_LIMIT = 6


def describe(prop: Property) -> str:
    """The statement in one line of ordinary mathematics."""
    if prop.robust is not None:
        data = prop.robust
        clip = ""
        if data.clip is not None:
            clip = f" and {readable(data.clip[0])} <= x <= {readable(data.clip[1])}"
        where = "each coordinate" if data.norm == "linf" else f"the {data.norm} norm"
        return (
            f"for every x with |x - center| <= {readable(data.eps)} in {where}{clip}: "
            f"y_{data.label} exceeds every other output"
        )
    texts = [f"for every x with {box_text(c.box)}: {formula_text(c.safe)}" for c in prop.given]
    if len(texts) > _LIST_LIMIT:
        texts = [*texts[:_LIST_LIMIT], f"and {len(texts) - _LIST_LIMIT} more cases"]
    return "; ".join(texts)


def box_text(box: Box) -> str:
    """Each coordinate of a small box, or a summary of a large one."""
    if len(box) <= _LIST_LIMIT:
        return ", ".join(
            f"x_{i} = {readable(lo)}" if lo == hi else f"{readable(lo)} <= x_{i} <= {readable(hi)}"
            for i, (lo, hi) in enumerate(zip(box.lo, box.hi, strict=True))
        )
    widest = max(hi - lo for lo, hi in zip(box.lo, box.hi, strict=True))
    return (
        f"x in a box of {len(box)} coordinates within [{readable(min(box.lo))}, "
        f"{readable(max(box.hi))}], the widest {readable(widest)}"
    )


def formula_text(formula: Formula) -> str:
    """The formula with `and`, `or` and parentheses."""
    if isinstance(formula, LinearAtom):
        return atom_text(formula)
    word = " and " if isinstance(formula, And) else " or "
    return word.join(
        f"({formula_text(part)})" if isinstance(part, And | Or) else formula_text(part)
        for part in formula.parts
    )


def atom_text(atom: LinearAtom) -> str:
    """`y_0 < y_3`, `y_0 >= 2`, `2*y_0 - y_1 <= 1/3`."""
    relation, flipped = ("<", ">") if atom.strict else ("<=", ">=")
    positive = [(i, c) for i, c in atom.coefficients if c > 0]
    negative = [(i, -c) for i, c in atom.coefficients if c < 0]
    if not positive:
        return f"{_sum(negative)} {flipped} {readable(-atom.bound)}"
    if not negative or atom.bound != 0:
        return f"{_sum(list(atom.coefficients))} {relation} {readable(atom.bound)}"
    return f"{_sum(positive)} {relation} {_sum(negative)}"


def _sum(terms: list[tuple[int, Fraction]]) -> str:
    parts: list[str] = []
    for index, coefficient in terms:
        size = abs(coefficient)
        term = f"y_{index}" if size == 1 else f"{readable(size)}*y_{index}"
        if parts:
            parts.append(f" {'-' if coefficient < 0 else '+'} {term}")
        else:
            parts.append(f"{'-' if coefficient < 0 else ''}{term}")
    return "".join(parts)

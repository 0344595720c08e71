"""The JSON form of properties, `lemmanet.property/1`, as strict structs, and its reader."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Literal

import msgspec

from certificates import strict_json
from certificates.properties.formulas import And, Formula, LinearAtom, Or
from certificates.properties.model import (
    FORMAT,
    MAX_CASES,
    MAX_COORDINATES,
    MAX_DEPTH,
    Box,
    Case,
    Property,
    Robustness,
)
from certificates.properties.rationals import parse_rational
from runtime.errors import InputError

__all__ = ["PropertyForm", "property_from_json"]

_Text = str | int
_Vector = Annotated[list[_Text], msgspec.Meta(min_length=1, max_length=MAX_COORDINATES)]
_Label = Annotated[int, msgspec.Meta(ge=0)]


class RobustForm(msgspec.Struct, forbid_unknown_fields=True):
    """Every x within `eps` of the center, and in the range `clip`, keeps `label` on top."""

    center: _Vector
    eps: _Text
    norm: Literal["linf", "l1", "l2"]
    label: _Label
    clip: tuple[_Text, _Text] | None


class CaseForm(msgspec.Struct, forbid_unknown_fields=True):
    """Every flat input with lo ≤ x ≤ hi makes the formula `safe` true."""

    lo: _Vector
    hi: _Vector
    safe: dict[str, Any]


class _AtomForm(msgspec.Struct, forbid_unknown_fields=True):
    coefficients: list[tuple[int, _Text]]
    bound: _Text
    strict: bool


class PropertyForm(msgspec.Struct, forbid_unknown_fields=True):
    """Of kind "robust" with `robust`, or of another kind with `cases`."""

    format: Literal["lemmanet.property/1"]
    kind: Literal["robust", "output-box", "linear", "vnnlib"]
    name: str
    robust: RobustForm | None = None
    cases: Annotated[list[CaseForm], msgspec.Meta(max_length=MAX_CASES)] = []


def property_from_json(value: Any) -> Property:
    """The property that `Property.to_json` wrote, or one written by hand in the same form.

    Numbers are strings such as "3/100" or "0.03", or plain integers. Decimal JSON numbers work
    where the text was read with `strict_json`, which keeps their digits.
    Raises InputError where the form is not the documented one.
    """
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise InputError(f'The property is not in the format {FORMAT}; its "format" must say so.')
    form = strict_json.convert(value, PropertyForm, "property")
    if (form.kind == "robust") != (form.robust is not None):
        raise InputError('The property has kind "robust" without "robust" data, or the reverse.')
    if form.robust is not None:
        if form.cases:
            raise InputError('A property of kind "robust" has no "cases"; they follow from it.')
        return Property(name=form.name, kind="robust", robust=_robustness(form.robust))
    cases = tuple(_case(case, f"case {i}") for i, case in enumerate(form.cases))
    return Property(name=form.name, kind=form.kind, given=cases)


def _robustness(form: RobustForm) -> Robustness:
    clip = None
    if form.clip is not None:
        clip = (_number(form.clip[0], "clip[0]"), _number(form.clip[1], "clip[1]"))
    return Robustness(
        center=_numbers(form.center, "center"),
        eps=_number(form.eps, "eps"),
        label=form.label,
        clip=clip,
        norm=form.norm,
    )


def _case(form: CaseForm, where: str) -> Case:
    box = Box(_numbers(form.lo, f"{where}: lo"), _numbers(form.hi, f"{where}: hi"))
    return Case(box, _formula(form.safe, where, MAX_DEPTH))


def _formula(value: Any, where: str, depth: int) -> Formula:
    if depth == 0:
        raise InputError(f"The formula of {where} is nested more than {MAX_DEPTH} levels deep.")
    if isinstance(value, dict) and len(value) == 1:
        (key, content) = next(iter(value.items()))
        if key == "atom":
            form = strict_json.convert(content, _AtomForm, f"atom of {where}")
            pairs = tuple((i, _number(c, f"{where}: coefficient")) for i, c in form.coefficients)
            return LinearAtom(pairs, _number(form.bound, f"{where}: bound"), form.strict)
        if key in ("and", "or") and isinstance(content, list):
            parts = tuple(_formula(part, where, depth - 1) for part in content)
            return And(parts) if key == "and" else Or(parts)
    raise InputError(
        f'The formula of {where} is not one of {{"and": [...]}}, {{"or": [...]}}, {{"atom": ...}}.'
    )


def _numbers(values: list[_Text], where: str) -> tuple[Fraction, ...]:
    return tuple(_number(value, f"{where}[{i}]") for i, value in enumerate(values))


def _number(value: _Text, where: str) -> Fraction:
    return parse_rational(value, where) if isinstance(value, str) else Fraction(value)

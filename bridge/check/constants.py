"""An independent reader of the constants and boxes in exported Lean files.

It knows nothing of the exporter: it reads the documented form

    def NAME : Const [64, 32] where
      den := 2 ^ 43
      width := 30
      stride := 80
      line := 32
      pos := [
        nat_lit 0x0123,
        nat_lit 0x4567]
      neg := []

and evaluates it as `Lemmanet.Const.val` defines it: entry k is the difference of the digits
k % line of the literals k / line of `pos` and `neg`, over `den`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from bridge.check.lean_reader import ReadError, TokenReader
from bridge.check.lean_text import LexicalError, code_tokens

__all__ = ["LeanBox", "LeanConst", "read_boxes", "read_constants"]

MAX_ENTRIES = 1 << 26
_MAX_BITS = 1 << 20
_CONST_FIELDS = ("den", "width", "stride", "line", "pos", "neg")
_BOX_FIELDS = ("den", "width", "line", "lowPos", "lowNeg", "highPos", "highNeg")


@dataclass(frozen=True, slots=True)
class LeanConst:
    """A constant tensor as Lean reads it: flat integer numerators over one denominator."""

    shape: tuple[int, ...]
    den: int
    numerators: tuple[int, ...]

    def value(self, k: int) -> Fraction:
        """Entry with flat index k."""
        return Fraction(self.numerators[k], self.den)


@dataclass(frozen=True, slots=True)
class LeanBox:
    """A box as Lean reads it: flat lower and upper numerators over one denominator."""

    shape: tuple[int, ...]
    den: int
    lo: tuple[int, ...]
    hi: tuple[int, ...]


def read_constants(text: str) -> dict[str, LeanConst]:
    """All definitions of type `Const` by name; raises ReadError for one of another form."""
    found = {}
    for name, shape, fields in _definitions(text, "Const", _CONST_FIELDS):
        width, stride, line = (_positive(fields, key, name) for key in ("width", "stride", "line"))
        if stride < width:
            raise ReadError(f"{name}: the digits overlap, stride {stride} is below width {width}")
        pos = _digits(fields["pos"], shape, width, stride, line, name)
        neg = _digits(fields["neg"], shape, width, stride, line, name)
        numerators = tuple(p - n for p, n in zip(pos, neg, strict=True))
        found[name] = LeanConst(shape, _positive(fields, "den", name), numerators)
    return found


def read_boxes(text: str) -> dict[str, LeanBox]:
    """All definitions of type `Box` by name; raises ReadError for one of another form."""
    found = {}
    for name, shape, fields in _definitions(text, "Box", _BOX_FIELDS):
        width, line = (_positive(fields, key, name) for key in ("width", "line"))
        sides = []
        for side in ("low", "high"):
            pos = _digits(fields[f"{side}Pos"], shape, width, width, line, name)
            neg = _digits(fields[f"{side}Neg"], shape, width, width, line, name)
            sides.append(tuple(p - n for p, n in zip(pos, neg, strict=True)))
        found[name] = LeanBox(shape, _positive(fields, "den", name), *sides)
    return found


_Value = int | tuple[int, ...]
_Fields = Mapping[str, _Value]


def _definitions(
    text: str, kind: str, names: tuple[str, ...]
) -> Iterator[tuple[str, tuple[int, ...], _Fields]]:
    """Name, shape and fields of every `def NAME : KIND [shape] where …` in the text."""
    try:
        reader = _ConstantReader([token.text for token in code_tokens(text)])
    except LexicalError as error:
        raise ReadError(str(error)) from None
    seen = set()
    while reader.seek("def"):
        name = reader.where = reader.word()
        if not reader.accept(":") or not reader.accept(kind):
            continue
        if name in seen:
            raise ReadError(f"{name} is defined twice")
        seen.add(name)
        shape = reader.numbers()
        if 0 < math.prod(shape) > MAX_ENTRIES:
            raise ReadError(f"{name}: the shape {list(shape)} has too many entries")
        reader.expect("where")
        fields: dict[str, _Value] = {}
        for field in names:
            reader.expect(field, ":", "=")
            single = field in ("den", "width", "stride", "line")
            fields[field] = reader.power() if single else reader.numbers()
        yield name, shape, fields


class _ConstantReader(TokenReader):
    """Reads numbers, powers and lists of numbers."""

    def number(self) -> int:
        self.accept("nat_lit")
        return self.natural()

    def power(self) -> int:
        """A number, or a power `b ^ e`."""
        base = self.number()
        if not self.accept("^"):
            return base
        exponent = self.number()
        if exponent * max(base.bit_length(), 1) > _MAX_BITS:
            raise self.error("the power is too large")
        return int(base**exponent)

    def numbers(self) -> tuple[int, ...]:
        """A list in brackets."""
        self.expect("[")
        values: list[int] = []
        while not self.accept("]"):
            if values:
                self.expect(",")
            values.append(self.number())
        return tuple(values)


def _positive(fields: _Fields, key: str, name: str) -> int:
    value = fields[key]
    if not isinstance(value, int) or value < 1:
        raise ReadError(f"{name}: {key} must be positive")
    return value


def _digits(
    literals: _Value, shape: tuple[int, ...], width: int, stride: int, line: int, name: str
) -> list[int]:
    """The digits of all entries; a literal that is missing has digits zero.

    Bits that belong to no entry would be invisible in Lean, so they are refused: every literal
    must be exactly the sum of its digits.
    """
    if isinstance(literals, int):
        raise ReadError(f"{name}: a list of literals is expected")
    size = math.prod(shape)
    digits: list[int] = []
    for number, literal in enumerate(literals):
        count = min(line, size - number * line)
        if count <= 0:
            raise ReadError(f"{name}: there are more literals than entries")
        digits.extend(_split(literal, count, width, stride, f"{name}, literal {number}"))
    return digits + [0] * (size - len(digits))


def _split(literal: int, count: int, width: int, stride: int, where: str) -> list[int]:
    """`count` digits of `width` bits at every `stride` bits; any other bit set is refused."""
    if literal.bit_length() > count * stride:
        raise ReadError(f"{where}: it has bits beyond its {count} digits")
    # Through bytes-sized hexadecimal chunks where the stride allows it: linear, not quadratic.
    if stride % 4 == 0:
        nibbles = stride // 4
        text = f"{literal:0{count * nibbles}x}"
        starts = range(len(text) - nibbles, -1, -nibbles)
        values = [int(text[start : start + nibbles], 16) for start in starts]
    else:
        mask = (1 << stride) - 1
        values = [(literal >> (stride * i)) & mask for i in range(count)]
    if any(value >> width for value in values):
        raise ReadError(f"{where}: a digit is wider than {width} bits")
    return values

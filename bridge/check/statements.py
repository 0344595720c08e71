"""An independent reader of Property.lean: what the Lean propositions say, as exact numbers.

It knows the documented forms of a proposition and nothing of the exporter. Everything but the
numbers is compared token by token, so that no quantifier, bracket or negation can differ.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from bridge.check.constants import LeanBox, LeanConst
from bridge.check.lean_reader import ReadError, TokenReader, natural
from bridge.check.lean_text import code_tokens
from certificates.properties import And, Box, Formula, LinearAtom, Property

__all__ = [
    "PropertyFile",
    "about_runs",
    "compare_property",
    "definition",
    "read_definitions",
]

_SCALARS = "∀ ( α : Type ) [ OrderedField α ] [ DecidableLE α ]"
_INTEGER = r"(?:[0-9]+|\( - [0-9]+ \))"
_PAIR = r"\( (?:- )?[0-9]+ , [0-9]+ \)"
_LIMITS = rf"none|\( some \( {_PAIR} , {_PAIR} \) \)"
_NEAR = (
    rf"Near(?P<norm>L1|L2|) (?P<center>\w+) (?P<num>{_INTEGER}) (?P<den>[0-9]+) "
    rf"(?P<limits>{_LIMITS}) x"
)
_WINS = r"Wins (?P<label>[0-9]+) \( model\.run x \)"
_NORMS = {"linf": "", "l1": "L1", "l2": "L2"}
_DEEPEST = 100
_NUMBER = re.compile(r"\( - ([0-9]+) \)|- ([0-9]+)|([0-9]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class PropertyFile:
    """What Property.lean defines: constants, boxes, and the texts of formulas and propositions."""

    constants: Mapping[str, LeanConst]
    boxes: Mapping[str, LeanBox]
    definitions: Mapping[str, str]


def read_definitions(text: str) -> dict[str, str]:
    """The body of every `def NAME : Prop` and `… : Formula`: tokens with single spaces."""
    words = [token.text for token in code_tokens(text)]
    found: dict[str, str] = {}
    for position, word in enumerate(words):
        if word != "def" or words[position + 2 : position + 3] != [":"]:
            continue
        name, kind = words[position + 1], words[position + 3]
        if kind not in ("Prop", "Formula") or words[position + 4 : position + 6] != [":", "="]:
            continue
        if name in found:
            raise ReadError(f"{name} is defined twice")
        start = position + 6
        end = start
        while end < len(words) and words[end] not in ("def", "end", "@", "theorem"):
            end += 1
        found[name] = " ".join(words[start:end])
    return found


def definition(text: str, keyword: str, name: str) -> str | None:
    """The source of `KEYWORD NAME : …` as written, with its comment, or None where there is none.

    A theorem ends before its proof, a definition before the next item of the file.
    """
    pattern = re.compile(
        rf"(?:/--(?:(?!-/).)*-/\n)?(?:@\[[\w, ]*\] )?{keyword} {re.escape(name)} :"
        + (r"(?:(?!:=\n).)*" if keyword == "theorem" else r"(?:(?!\n\n|\n/--|\nend ).)*"),
        re.DOTALL,
    )
    match = pattern.search(text)
    return match.group().rstrip() if match else None


def compare_property(
    file: PropertyFile,
    claim: str,
    direction: str,
    prop: Property,
    cases: Mapping[int, str],
    shape: tuple[int, ...],
) -> list[str]:
    """How the proposition `claim` in the file differs from the property; empty when it does not.

    `cases` gives the name of each case that the proposition speaks about; `prop` is bound.
    """
    body = file.definitions.get(claim)
    if body is None:
        return [f"Property.lean does not define the proposition {claim}"]
    if prop.robust is not None:
        return _compare_robust(file, claim, body, direction, prop, shape)
    return _compare_general(file, claim, body, direction, prop, cases, shape)


def about_runs(body: str) -> str | None:
    """What says of every binary32 run what `body`, of a claim that holds, says of exact values.

    None for a proposition of another form. The two name the same centers, boxes and formulas, and
    `compare_property` looks at those.
    """
    scalars, tensor = re.escape(_SCALARS), r"x : Tensor α \[ [0-9 ,]+ \]"
    match = re.fullmatch(rf"{scalars} \( {tensor} \) , {_NEAR} → {_WINS}", body)
    if match is not None and match["norm"]:
        return None
    if match is not None:
        near = f"{match['center']} {match['num']} {match['den']} {match['limits']}"
        return f"model.RobustIn Float.binary32 {near} {match['label']}"
    part = rf"\( ∀ \( {tensor} \) , (\w+)\.Mem x → (\w+)\.Holds \( model\.run x \) \)"
    if re.fullmatch(rf"{scalars} , {part}(?: ∧ {part})*", body) is None:
        return None
    return " ∧ ".join(
        f"model.EnsuresIn Float.binary32 {box} {formula}" for box, formula in re.findall(part, body)
    )


def _tensor(shape: tuple[int, ...]) -> str:
    return f"x : Tensor α [ {' , '.join(map(str, shape))} ]"


def _compare_robust(
    file: PropertyFile,
    claim: str,
    body: str,
    direction: str,
    prop: Property,
    shape: tuple[int, ...],
) -> list[str]:
    robust = prop.robust
    assert robust is not None
    if direction == "holds":
        frame = f"{re.escape(f'{_SCALARS} ( {_tensor(shape)} ) ,')} {_NEAR} → {_WINS}"
    else:
        frame = f"{re.escape(f'{_SCALARS} , ∃ {_tensor(shape)} ,')} {_NEAR} ∧ ¬ {_WINS}"
    match = re.fullmatch(frame, body)
    if match is None:
        return [f"the proposition {claim} is not of the form of a robustness statement"]
    problems = []
    center = file.constants.get(match["center"])
    if center is None or center.shape != shape:
        return [f"the center {match['center']} of {claim} is not defined for the model's input"]
    for k, expected in enumerate(robust.center):
        if center.value(k) != expected:
            problems.append(f"the center of {claim} differs from the property at index {k}")
            break
    if match["norm"] != _NORMS[robust.norm]:
        problems.append(f"the norm of {claim} differs from that of the property, {robust.norm}")
    if _ratio(match["num"], match["den"]) != robust.eps:
        problems.append(f"the radius of {claim} differs from that of the property, {robust.eps}")
    if natural(match["label"]) != robust.label:
        problems.append(f"the label of {claim} is {match['label']}, not {robust.label}")
    numbers = _numbers(match["limits"])
    limits = tuple(_fraction(*numbers[i : i + 2]) for i in range(0, len(numbers), 2)) or None
    if limits != robust.clip:
        problems.append(f"the limits of {claim} differ from those of the property")
    return problems


def _compare_general(
    file: PropertyFile,
    claim: str,
    body: str,
    direction: str,
    prop: Property,
    cases: Mapping[int, str],
    shape: tuple[int, ...],
) -> list[str]:
    parts = []
    problems = []
    for number, name in cases.items():
        box, formula = f"{name}_input", f"{name}_safe"
        member, safe = f"{box}.Mem x", f"{formula}.Holds ( model.run x )"
        if direction == "holds":
            parts.append(f"( ∀ ( {_tensor(shape)} ) , {member} → {safe} )")
        else:
            parts.append(f"∃ {_tensor(shape)} , {member} ∧ ¬ {safe}")
        case = prop.cases[number]
        problems += _compare_box(file.boxes.get(box), box, case.box, shape)
        problems += _compare_formula(file.definitions.get(formula), formula, case.safe)
    if body != f"{_SCALARS} , {' ∧ '.join(parts)}":
        problems.append(f"the proposition {claim} is not of the form of its property")
    return problems


def _compare_box(lean: LeanBox | None, name: str, box: Box, shape: tuple[int, ...]) -> list[str]:
    if lean is None or lean.shape != shape:
        return [f"the box {name} is not defined for the model's input"]
    for k, (lo, hi) in enumerate(zip(box.lo, box.hi, strict=True)):
        if Fraction(lean.lo[k], lean.den) != lo or Fraction(lean.hi[k], lean.den) != hi:
            return [f"the box {name} differs from the property at index {k}"]
    return []


def _compare_formula(body: str | None, name: str, formula: Formula) -> list[str]:
    if body is None:
        return [f"the formula {name} is not defined"]
    reader = _FormulaReader(body.split(" "), name)
    try:
        found = reader.formula()
        reader.end()
    except ReadError as error:
        return [str(error)]
    return [] if _same(found, formula) else [f"the formula {name} differs from the property"]


@dataclass(frozen=True, slots=True)
class _Atom:
    coefficients: tuple[tuple[int, int], ...]
    bound: Fraction
    strict: bool


@dataclass(frozen=True, slots=True)
class _Pair:
    connective: str
    left: _Atom | _Pair
    right: _Atom | _Pair


class _FormulaReader(TokenReader):
    """Reads `.and a b`, `.or a b`, `.le form num den`, `.lt form num den`."""

    def formula(self, depth: int = 0) -> _Atom | _Pair:
        """Take one formula. What nests to the right, as long conjunctions do, costs no depth."""
        if depth > _DEEPEST:
            raise self.error("the formula is nested too deeply")
        lefts: list[tuple[str, _Atom | _Pair]] = []
        brackets = 0
        while True:
            while self.accept("("):
                brackets += 1
            self.expect(".")
            kind = self.word()
            if kind not in ("and", "or"):
                break
            lefts.append((kind, self.formula(depth + 1)))
        if kind not in ("le", "lt"):
            raise self.error(f"{kind[:40]!r} is not part of a formula")
        form = self._form()
        bound = _fraction(self._integer(), self._integer())
        formula: _Atom | _Pair = _Atom(form, bound, kind == "lt")
        self.expect(*[")"] * brackets)
        for connective, left in reversed(lefts):
            formula = _Pair(connective, left, formula)
        return formula

    def _form(self) -> tuple[tuple[int, int], ...]:
        """Pairs of a coefficient and an index, turned around."""
        pairs: list[tuple[int, int]] = []
        self.expect("[")
        while not pairs or self.accept(","):
            self.expect("(")
            coefficient = self._integer()
            self.expect(",")
            pairs.append((self._integer(), coefficient))
            self.expect(")")
        self.expect("]")
        return tuple(pairs)

    def _integer(self) -> int:
        if self.accept("("):
            self.expect("-")
            value = -self.natural()
            self.expect(")")
            return value
        return -self.natural() if self.accept("-") else self.natural()


def _same(lean: _Atom | _Pair, formula: Formula) -> bool:
    """Whether the Lean formula says the same; n-ary connectives nest to the right there."""
    if isinstance(formula, LinearAtom):
        if not isinstance(lean, _Atom) or lean.strict != formula.strict:
            return False
        if len(lean.coefficients) != len(formula.coefficients):
            return False
        # One positive factor for all coefficients and the bound leaves the inequality the same.
        factor = lean.coefficients[0][1] / formula.coefficients[0][1]
        scaled = tuple((i, c * factor) for i, c in formula.coefficients)
        written = tuple((i, Fraction(c)) for i, c in lean.coefficients)
        return factor > 0 and scaled == written and lean.bound == formula.bound * factor
    connective = "and" if isinstance(formula, And) else "or"
    current: _Atom | _Pair = lean
    for part in formula.parts[:-1]:
        if not isinstance(current, _Pair) or current.connective != connective:
            return False
        if not _same(current.left, part):
            return False
        current = current.right
    return _same(current, formula.parts[-1])


def _numbers(text: str) -> list[int]:
    return [
        natural(positive) if positive else -natural(bracketed or bare)
        for bracketed, bare, positive in _NUMBER.findall(text)
    ]


def _ratio(num: str, den: str) -> Fraction:
    return _fraction(_numbers(num)[0], natural(den))


def _fraction(num: int, den: int) -> Fraction:
    if den <= 0:
        raise ReadError(f"the denominator {den} is not positive")
    return Fraction(num, den)

"""Operations of the Lean library against exact arithmetic: what no processor offers, and flags."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil, floor, trunc

import numpy as np

from tests.float import exact, reference
from tests.float.evaluator import Trial
from tests.float.exact import DIRECTIONS, Answer
from tests.float.operands import BINARY32, Bits, Layout, sample, specials, ties

_FLAGS = 5


def _column(values: Sequence[int]) -> Bits:
    return np.array(values, dtype=np.uint64)


def _padded(width: int) -> int:
    return -(-width // 8) * 8


def _trial(
    layout: Layout, name: str, function: str, operands: Sequence[Bits], answers: Sequence[Answer]
) -> Trial:
    """A trial of patterns with flags above them; both fit into 64 bits."""
    expected = _column([bits | flags << layout.width for bits, flags in answers])
    zero = np.zeros(len(expected), dtype=np.uint64)
    a, b, c = [*operands, zero, zero][:3]
    width = _padded(layout.width + _FLAGS)
    return Trial(f"{layout.name} {name} exact", width, function, (a, b, c), expected)


def _finite(layout: Layout, seed: int, count: int) -> tuple[Bits, Bits, Bits]:
    """Stratified finite operands, ties, and special values in free combination."""
    rng = np.random.default_rng(seed)
    edges = specials(layout, 2)
    edges = edges[(edges & np.uint64(layout.sign - 1)) < np.uint64(layout.infinity)]
    chosen = [rng.choice(edges, count // 4) for _ in range(3)]
    halves = ties(layout, seed, count // 4)
    groups = [chosen, [*halves, rng.choice(edges, count // 4)]]
    groups.append(list(sample(layout, seed, count - 2 * (count // 4))))
    a, b, c = (np.concatenate(column) for column in zip(*groups, strict=True))
    return a, b, c


def arithmetic(layout: Layout, seed: int, count: int) -> list[Trial]:
    """Every operation in every direction with its flags, for a format of at most 32 bits."""
    found = []
    columns = _finite(layout, seed, count)
    rows = [[int(value) for value in column] for column in columns]
    variables = ("a", "b", "c")
    operations: dict[str, tuple[int, Callable[..., Answer]]] = {
        "addition": (2, exact.addition),
        "subtraction": (2, exact.subtraction),
        "multiplication": (2, exact.multiplication),
        "division": (2, exact.division),
        "squareRoot": (1, exact.square_root),
        "fusedMultiplyAdd": (3, exact.fused),
    }
    for name, (arity, function) in operations.items():
        for direction in DIRECTIONS:
            answers = [function(layout, direction, *row) for row in zip(*rows[:arity], strict=True)]
            data = " ".join(f"(.ofBits {layout.name} {x})" for x in variables[:arity])
            names = " ".join([*variables[:arity], "_", "_"][:3])
            term = f"fun {names} => flagged (Datum.{name} .{direction} {data})"
            operands = columns[:arity]
            found.append(_trial(layout, f"{name} {direction}", term, operands, answers))
    return found


def decimals(layout: Layout, seed: int, count: int) -> list[Trial]:
    """Decimal numbers near data, and far from all, to a format of at most 32 bits."""
    rng = np.random.default_rng(seed)
    bits = sample(layout, seed, count)[0] & np.uint64(layout.sign - 1)
    digits, exponents = [], []
    for pattern, places in zip(bits.tolist(), rng.integers(0, 14, count).tolist(), strict=True):
        number = exact.value(layout, pattern)
        power = len(str(floor(number))) - 1 - places if number >= 1 else -places
        if number and number < 1:
            power -= len(str(floor(1 / number)))
        digits.append(round(number * Fraction(10) ** -power))
        exponents.append(power)
    digits[:4], exponents[:4] = [1, 1, 0, 9], [4000, -4000, 4000, -4000]
    signs = rng.integers(0, 2, count).tolist()
    found = []
    numbers = [
        Fraction(-d if s else d) * Fraction(10) ** e
        for d, e, s in zip(digits, exponents, signs, strict=True)
    ]
    for direction in DIRECTIONS:
        answers = [
            exact.rounded(layout, direction, number, bool(s))
            for number, s in zip(numbers, signs, strict=True)
        ]
        literal = "⟨c == 1, a, Int.ofNat b - 5000⟩"
        term = f"fun a b c => flagged (Decimal.round {layout.name} .{direction} {literal})"
        shifted = [exponent + 5000 for exponent in exponents]
        operands = [_column(digits), _column(shifted), _column(signs)]
        trial = _trial(layout, f"Decimal.round {direction}", term, operands, answers)
        found.append(Trial(trial.name, 64, term, trial.operands, trial.expected))
    return found


def texts(layout: Layout, seed: int, count: int) -> list[Trial]:
    """Printing: the digits that NumPy prints, and what is read back."""
    a = np.concatenate([sample(layout, seed, count)[0], specials(layout, 1)])
    a = a[(a & np.uint64(layout.sign - 1)) < np.uint64(layout.infinity)]
    printed = [
        np.format_float_scientific(number, trim="-", unique=True).lstrip("-").split("e")[0]
        for number in reference.values(layout, a)
    ]
    digits = _column([int(text.replace(".", "")) for text in printed])
    zero = np.zeros(len(a), dtype=np.uint64)
    shortest = (
        f"fun a _ _ => match Datum.ofBits {layout.name} a with "
        f"| .finite s r => (Decimal.shortest {layout.name} s r).digits | _ => 0"
    )
    text = f"(Datum.ofBits {layout.name} a).toChars"
    back = (
        f"fun a _ _ => match Datum.ofChars {layout.name} .tiesToEven {text} with "
        "| some r => r.datum.toBits | none => 1"
    )
    return [
        Trial(f"{layout.name} shortest digits", 64, shortest, (a, zero, zero), digits),
        Trial(f"{layout.name} toChars, ofChars", 64, back, (a, zero, zero), a),
    ]


def _nearest(number: Fraction) -> int:
    return floor(number + Fraction(1, 2)) if number > 0 else ceil(number - Fraction(1, 2))


_INTEGERS: dict[str, Callable[[Fraction], int]] = {
    "tiesToEven": round,
    "tiesToAway": _nearest,
    "towardPositive": ceil,
    "towardNegative": floor,
    "towardZero": trunc,
}


def integers(layout: Layout, seed: int, count: int) -> list[Trial]:
    """From signed 64-bit integers to a format of at most 32 bits, and back, in every direction."""
    rng = np.random.default_rng(seed)
    raw = rng.integers(-(1 << 63), 1 << 63, count) >> rng.integers(0, 64, count)
    raw = np.concatenate([raw, [0, 1, -1, (1 << 63) - 1, -(1 << 63), 16777217, -16777219]])
    one = layout.one >> layout.fraction
    fields = rng.integers(one - 3, min(one + 62, (1 << layout.exponent) - 1), count)
    data = rng.integers(0, layout.hidden, count) | fields << layout.fraction
    data = data.astype(np.uint64) | rng.integers(0, 2, count).astype(np.uint64) * np.uint64(
        layout.sign
    )
    halves = [exact.rounded(layout, "towardZero", Fraction(k, 2))[0] for k in range(-9, 10)]
    data = np.concatenate([data, _column(halves)]).astype(np.uint64)
    found = []
    zero = np.zeros(len(raw), dtype=np.uint64)
    unused = np.zeros(len(data), dtype=np.uint64)
    for direction, convert in _INTEGERS.items():
        answers = [exact.rounded(layout, direction, Fraction(int(z))) for z in raw]
        expected = _column([bits | flags << layout.width for bits, flags in answers])
        signed = "bif Nat.blt a (2 ^ 63) then Int.ofNat a else Int.ofNat a - 2 ^ 64"
        term = f"fun a _ _ => flagged (Datum.convertFromInt {layout.name} .{direction} ({signed}))"
        operands = (_column([int(z) % (1 << 64) for z in raw]), zero, zero)
        name = f"{layout.name} convertFromInt {direction}"
        found.append(Trial(name, 64, term, operands, expected))
        numbers = [convert(exact.value(layout, int(bits))) for bits in data]
        back = (
            f"fun a _ _ => match Datum.convertToInteger .{direction} (.ofBits {layout.name} a) "
            "with | some z => integer z | none => 1"
        )
        name = f"{layout.name} convertToInteger {direction}"
        expected = _column([number % (1 << 64) for number in numbers])
        found.append(Trial(name, 64, back, (_column(data.tolist()), unused, unused), expected))
    return found


def processor_flags(seed: int, count: int) -> list[Trial]:
    """What the processor signals for fused products and roots in binary32, but for underflow: it
    detects tininess after rounding, the library before. Empty where flags cannot be read."""
    if not reference.HAS_DIRECTIONS:
        return []
    edges = specials(BINARY32, 1)
    quiet = edges[edges % np.uint64(BINARY32.sign) != np.uint64(BINARY32.infinity + 1)]
    rng = np.random.default_rng(seed)
    columns = [
        np.concatenate([column, rng.choice(quiet, count // 2)])
        for column in sample(BINARY32, seed, count)
    ]
    a, b, c = columns
    zero = np.zeros(len(a), dtype=np.uint64)
    fused = "(.ofBits binary32 a) (.ofBits binary32 b) (.ofBits binary32 c)"
    return [
        Trial(
            "binary32 flags of fusedMultiplyAdd",
            32,
            f"fun a b c => signal (Datum.fusedMultiplyAdd .tiesToEven {fused})",
            (a, b, c),
            reference.flags("fmaf", a, b, c),
        ),
        Trial(
            "binary32 flags of squareRoot",
            32,
            "fun a _ _ => signal (Datum.squareRoot .tiesToEven (.ofBits binary32 a))",
            (a, zero, zero),
            reference.flags("sqrtf", a),
        ),
    ]

"""Operations of the Lean library, with operands and the processor's answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.float import reference
from tests.float.evaluator import Trial
from tests.float.operands import (
    BINARY16,
    BINARY32,
    BINARY64,
    Bits,
    Layout,
    pairs,
    sample,
    specials,
    ties,
)

_NUMPY: dict[str, Callable[..., Any]] = {
    "addition": np.add,
    "subtraction": np.subtract,
    "multiplication": np.multiply,
    "division": np.divide,
}
_INTEGRAL = {
    "tiesToEven": np.rint,
    "towardZero": np.trunc,
    "towardNegative": np.floor,
    "towardPositive": np.ceil,
}


def _trial(
    layout: Layout,
    name: str,
    function: str,
    operands: list[Bits],
    expected: Bits,
    target: Layout | None = None,
) -> Trial:
    zero = np.zeros(len(expected), dtype=np.uint64)
    a, b, c = [*operands, zero, zero][:3]
    width = max(layout.width, target.width if target else 0)
    return Trial(f"{layout.name} {name}", width, function, (a, b, c), expected)


def _binary(layout: Layout, name: str, direction: str = "") -> str:
    rounded = f" .{direction}" if direction else ""
    return f"binary (F := {layout.name}) (Datum.{name}{rounded})"


def _unary(layout: Layout, term: str) -> str:
    return f"unary (F := {layout.name}) {term}"


def _pairs(layout: Layout, seed: int, count: int, spread: int) -> list[Bits]:
    """`count` sampled pairs, a quarter of them ties, and all pairs of special values."""
    a, b, _ = sample(layout, seed, count - count // 4)
    groups = [(a, b), ties(layout, seed, count // 4), pairs(specials(layout, spread))]
    return [np.concatenate(column) for column in zip(*groups, strict=True)]


def arithmetic(layout: Layout, seed: int, count: int, spread: int) -> list[Trial]:
    """Sum, difference, product, quotient, root, fused product and remainder, ties to even.

    `count` sampled cases each, a tenth of it for the remainder; `spread` widens the special values,
    whose pairs are all tried.
    """
    both = _pairs(layout, seed, count, spread)
    found = [
        _trial(
            layout,
            name,
            _binary(layout, name, "tiesToEven"),
            both,
            reference.apply(layout, f, *both),
        )
        for name, f in _NUMPY.items()
    ]
    single = [np.concatenate([sample(layout, seed + 1, count)[0], specials(layout, 4)])]
    root = _unary(layout, "(Datum.squareRoot .tiesToEven)")
    answers = reference.apply(layout, np.sqrt, *single)
    found.append(_trial(layout, "squareRoot", root, single, answers))
    few = specials(layout, 0)[::5]
    grid = [axis.ravel() for axis in np.meshgrid(few, few, few, indexing="ij")]
    threes = [
        np.concatenate(column) for column in zip(sample(layout, seed + 2, count), grid, strict=True)
    ]
    fused = f"ternary (F := {layout.name}) (Datum.fusedMultiplyAdd .tiesToEven)"
    answers = reference.library(layout, "fma", *threes)
    found.append(_trial(layout, "fusedMultiplyAdd", fused, threes, answers))
    tenth = [column[::10] for column in both]
    answers = reference.library(layout, "remainder", *tenth)
    found.append(_trial(layout, "remainder", _binary(layout, "remainder"), tenth, answers))
    return found


def directed(layout: Layout, seed: int, count: int) -> list[Trial]:
    """The arithmetic of NumPy with the processor set to the other directions of rounding: `count`
    sampled pairs and as many ties for each. Empty where the processor cannot be set."""
    if not reference.HAS_DIRECTIONS:
        return []
    groups = [sample(layout, seed, count)[:2], ties(layout, seed, count)]
    both = [np.concatenate(column) for column in zip(*groups, strict=True)]
    found = []
    for direction in ("towardZero", "towardNegative", "towardPositive"):
        for name, function in _NUMPY.items():
            with reference.rounding(direction):
                answers = reference.apply(layout, function, *both)
            found.append(
                _trial(
                    layout, f"{name} {direction}", _binary(layout, name, direction), both, answers
                )
            )
    return found


def _zeros_differ(a: Bits, b: Bits, layout: Layout) -> Any:
    """Where both are zeros, of which IEEE 754 orders the signs and NumPy does not."""
    magnitude = np.uint64(layout.sign - 1)
    return ((a | b) & magnitude) == 0


def ordering(layout: Layout, spread: int) -> list[Trial]:
    """Comparisons, minimum, maximum and neighbors, on all pairs of special values."""
    a, b = pairs(specials(layout, spread))
    x, y = reference.values(layout, a), reference.values(layout, b)
    found = []
    for name, comparison in (
        ("Equal", np.equal),
        ("Less", np.less),
        ("LessEqual", np.less_equal),
        ("Greater", np.greater),
        ("GreaterEqual", np.greater_equal),
    ):
        answers = comparison(x, y).astype(np.uint64)
        term = f"test (F := {layout.name}) Datum.compareQuiet{name}"
        found.append(_trial(layout, f"compareQuiet{name}", term, [a, b], answers))
    keep = ~_zeros_differ(a, b, layout)
    chosen = [a[keep], b[keep]]
    for name, function in (
        ("minimum", np.minimum),
        ("maximum", np.maximum),
        ("minimumNumber", np.fmin),
        ("maximumNumber", np.fmax),
    ):
        answers = reference.apply(layout, function, *chosen)
        found.append(_trial(layout, name, _binary(layout, name), chosen, answers))
    single = specials(layout, 4)
    for name, end in (("nextUp", np.inf), ("nextDown", -np.inf)):
        toward = reference.patterns(layout, np.full(len(single), end))
        answers = reference.apply(layout, np.nextafter, single, toward)
        found.append(_trial(layout, name, _unary(layout, f"Datum.{name}"), [single], answers))
    return found


def _change(source: Layout, target: Layout, operands: Bits) -> Trial:
    term = _unary(source, f"(Datum.convertFormat {target.name} .tiesToEven)")
    answers = reference.convert(source, target, operands)
    return _trial(source, f"to {target.name}", term, [operands], answers, target)


def conversions(seed: int, count: int) -> list[Trial]:
    """Between formats, and to integral values."""
    singles = np.concatenate([sample(BINARY32, seed, count)[0], specials(BINARY32, 4)])
    near = np.random.default_rng(seed).choice(singles, count) & np.uint64(0x8FFFFFFF)
    near |= np.uint64(0x40000000)
    doubles = np.concatenate([sample(BINARY64, seed, count)[0], specials(BINARY64, 4)])
    narrow = reference.convert(BINARY32, BINARY64, singles) + np.uint64(1 << 28)
    found = [
        _change(BINARY32, BINARY64, singles),
        _change(BINARY32, BINARY16, singles),
        _change(BINARY64, BINARY32, np.concatenate([doubles, narrow])),
    ]
    for direction, function in _INTEGRAL.items():
        term = _unary(BINARY32, f"(Datum.roundToIntegral .{direction})")
        operands = np.concatenate([singles, near])
        answers = reference.apply(BINARY32, function, operands)
        found.append(_trial(BINARY32, f"roundToIntegral {direction}", term, [operands], answers))
    return found


def half_precision(step: int) -> list[Trial]:
    """Unary operations on every `step`-th pattern of binary16."""
    layout = BINARY16
    every = np.arange(0, 1 << 16, step, dtype=np.uint64)
    found = [_change(layout, BINARY32, every)]
    operations: dict[str, Callable[..., Any]] = {
        "squareRoot .tiesToEven": np.sqrt,
        **{f"roundToIntegral .{name}": function for name, function in _INTEGRAL.items()},
        "nextUp": lambda x: np.nextafter(x, np.float16(np.inf)),
        "nextDown": lambda x: np.nextafter(x, np.float16(-np.inf)),
    }
    for name, function in operations.items():
        answers = reference.apply(layout, function, every)
        found.append(_trial(layout, name, _unary(layout, f"(Datum.{name})"), [every], answers))
    return found

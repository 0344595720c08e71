"""Bit patterns that operations are tried on: special values and stratified samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint64]


@dataclass(frozen=True)
class Layout:
    """A binary interchange format: its name in Lean and the widths of its fields in bits."""

    name: str
    fraction: int
    exponent: int

    @property
    def width(self) -> int:
        return 1 + self.exponent + self.fraction

    @property
    def hidden(self) -> int:
        return 1 << self.fraction

    @property
    def infinity(self) -> int:
        return ((1 << self.exponent) - 1) << self.fraction

    @property
    def nan(self) -> int:
        """The pattern that stands for every NaN result."""
        return self.infinity | self.hidden >> 1

    @property
    def one(self) -> int:
        return ((1 << (self.exponent - 1)) - 1) << self.fraction

    @property
    def sign(self) -> int:
        return 1 << (self.width - 1)


BINARY16 = Layout("binary16", 10, 5)
BFLOAT16 = Layout("bfloat16", 7, 8)
BINARY32 = Layout("binary32", 23, 8)
BINARY64 = Layout("binary64", 52, 11)


def specials(layout: Layout, spread: int) -> Bits:
    """Patterns at the edges of a format and up to `spread` ranks around them, with both signs."""
    precision = layout.fraction + 1
    edges = [0, layout.hidden, layout.infinity, layout.one, layout.hidden >> 1]
    edges += [layout.one + shift * layout.hidden for shift in (-1, 1, precision - 1, precision)]
    edges += [layout.one - shift * layout.hidden for shift in (precision - 1, precision)]
    edges += [layout.one + layout.hidden >> 1, layout.infinity - layout.hidden]
    found = {layout.nan, layout.infinity + 1}
    for edge in edges:
        found |= {edge + step for step in range(-spread, spread + 1) if edge + step >= 0}
    return np.array(sorted(found | {bits | layout.sign for bits in found}), dtype=np.uint64)


def pairs(values: Bits) -> tuple[Bits, Bits]:
    """All ordered pairs."""
    first, second = np.meshgrid(values, values, indexing="ij")
    return first.ravel(), second.ravel()


def _significands(layout: Layout, rng: np.random.Generator, count: int) -> Bits:
    """Fractions of five kinds: any, zero, all ones, few leading bits, few trailing bits."""
    full = rng.integers(0, layout.hidden, count, dtype=np.uint64)
    few = rng.integers(0, 8, count, dtype=np.uint64)
    kind = rng.choice(5, count, p=(0.5, 0.1, 0.1, 0.15, 0.15))
    leading = few << np.uint64(layout.fraction - 3)
    ones = np.full(count, layout.hidden - 1, dtype=np.uint64)
    return np.choose(kind, [full, np.zeros_like(full), ones, leading, few]).astype(np.uint64)


def _assemble(layout: Layout, rng: np.random.Generator, exponents: NDArray[np.int64]) -> Bits:
    top = (1 << layout.exponent) - 2
    fields = np.clip(exponents, 0, top).astype(np.uint64) << np.uint64(layout.fraction)
    signs = rng.integers(0, 2, len(exponents), dtype=np.uint64) << np.uint64(layout.width - 1)
    return fields | signs | _significands(layout, rng, len(exponents))


def sample(layout: Layout, seed: int, count: int) -> tuple[Bits, Bits, Bits]:
    """Three finite operands, `count` times.

    A third of the pairs has every gap between exponents that can matter to a sum; a third has
    exponents whose sum or difference takes a product or a quotient to the subnormal numbers or to
    the largest ones; the rest is free. The third operand is near the product of the first two.
    """
    rng = np.random.default_rng(seed)
    top, bias = (1 << layout.exponent) - 2, (1 << (layout.exponent - 1)) - 1
    precision = layout.fraction + 1
    first = rng.integers(0, top + 1, count)
    gap = rng.integers(-precision - 3, precision + 4, count)
    edge = rng.choice((1 - precision // 2, top), count) + rng.integers(-precision, 4, count)
    across = np.where(rng.integers(0, 2, count) == 1, edge - first + bias, first + bias - edge)
    free = rng.integers(0, top + 1, count)
    second = np.choose(rng.integers(0, 3, count), [first + gap, across, free])
    third = first + second - bias + rng.integers(-2 * precision, precision, count)
    a, b, c = (_assemble(layout, rng, exponents) for exponents in (first, second, third))
    return a, b, c


def ties(layout: Layout, seed: int, count: int) -> tuple[Bits, Bits]:
    """Pairs of which many have a sum, and many a product, halfway between two numbers."""
    rng = np.random.default_rng(seed)
    top = (1 << layout.exponent) - 2
    first = rng.integers(layout.fraction + 2, top, count)
    lower = first - layout.fraction - 1
    halves = (lower.astype(np.uint64) << np.uint64(layout.fraction)) | (
        rng.integers(0, 2, count, dtype=np.uint64) << np.uint64(layout.width - 1)
    )
    scale = np.uint64(layout.one | (layout.hidden >> 1))
    second = np.where(rng.integers(0, 2, count) == 1, halves, scale)
    return _assemble(layout, rng, first), second.astype(np.uint64)

"""Numbers as people read them: times, memory, counts, margins, shapes.

All results use the true minus sign and a no-break space before the unit.
"""

from __future__ import annotations

import math

from bridge.report.model import Bounds

__all__ = ["bounds", "count", "memory", "number", "seconds", "shape", "signed"]

_UNIT_SPACE = "\N{NO-BREAK SPACE}"
_MISSING = "–"


def number(value: float, digits: int = 4) -> str:
    """`value` with `digits` significant digits, in scientific notation when very large or small.

    Whole numbers below ten million come without decimals.
    """
    if value == int(value) and abs(value) < 10**7:
        return f"{int(value)}".replace("-", "−")
    exponent = math.floor(math.log10(abs(value)))
    if -4 <= exponent < 7:
        text = f"{value:.{max(digits - 1 - exponent, 0)}f}"
        return text.replace("-", "−")
    mantissa, power = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(power)}".replace("-", "−")


def signed(value: float, digits: int = 4) -> str:
    """`number` with a plus sign on positive values."""
    return f"+{number(value, digits)}" if value > 0 else number(value, digits)


def seconds(value: float | None) -> str:
    """Wall-clock time: milliseconds below 0.1 s, minutes from 2 min on."""
    if value is None:
        return _MISSING
    if value < 0.1:
        return f"{value * 1000:.0f}{_UNIT_SPACE}ms"
    if value < 120:
        return f"{value:.{2 if value < 10 else 1}f}{_UNIT_SPACE}s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes}{_UNIT_SPACE}min {rest:02d}{_UNIT_SPACE}s"


def memory(value: int | None) -> str:
    """Bytes in decimal units, MB below 1 GB."""
    if value is None:
        return _MISSING
    if value < 10**6:
        return f"{value / 10**3:.0f}{_UNIT_SPACE}kB"
    if value < 10**9:
        return f"{value / 10**6:.0f}{_UNIT_SPACE}MB"
    return f"{value / 10**9:.2f}{_UNIT_SPACE}GB"


def count(value: int) -> str:
    """An integer with thousands separated by commas."""
    return f"{value:,}"


def shape(value: tuple[int, ...]) -> str:
    """A shape as `3 × 32 × 32`; the empty shape is a scalar."""
    return " × ".join(map(str, value)) if value else "scalar"


def bounds(value: Bounds | None) -> str:
    """The interval `[lo, hi]` with three significant digits."""
    if value is None:
        return _MISSING
    return f"[{number(value.lo, 3)}, {number(value.hi, 3)}]"

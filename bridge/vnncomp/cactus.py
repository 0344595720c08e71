"""A cactus plot as geometry: how many instances are decided within how many seconds.

Lengths are in SVG user units. Each curve is a staircase over its sorted times; seconds have a
logarithmic scale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Curve", "Plot", "Tick", "plot"]

WIDTH, HEIGHT = 420.0, 250.0
LEFT, RIGHT, TOP, BOTTOM = 54.0, 8.0, 10.0, 34.0
_SHORTEST = 1e-3
_MOST_TICKS = 6


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: its position and its label."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Curve:
    """One staircase as SVG path data; `kind` is its class in the style sheet."""

    kind: str
    label: str
    count: int
    total: float
    path: str


@dataclass(frozen=True, slots=True)
class Plot:
    """The plot inside of WIDTH by HEIGHT: the frame's corners, ticks and curves."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    counts: tuple[Tick, ...]
    seconds: tuple[Tick, ...]
    curves: tuple[Curve, ...]


def plot(series: Sequence[tuple[str, str, Sequence[float]]]) -> Plot | None:
    """Draw (kind, label, seconds of each instance); None where no instance has a time."""
    sorted_series = [(kind, label, sorted(times)) for kind, label, times in series if times]
    if not sorted_series:
        return None
    every = [max(_SHORTEST, time) for _, _, times in sorted_series for time in times]
    low = math.floor(math.log10(min(every)))
    high = max(low + 1, math.ceil(math.log10(max(every))))
    most = max(len(times) for _, _, times in sorted_series)
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

    def x(count: float) -> float:
        return LEFT + (right - LEFT) * count / most

    def y(seconds: float) -> float:
        share = (math.log10(max(_SHORTEST, seconds)) - low) / (high - low)
        return bottom - (bottom - TOP) * share

    curves = []
    for kind, label, times in sorted_series:
        path = f"M{x(0):.1f} {y(times[0]):.1f}H{x(1):.1f}"
        for index, time in enumerate(times[1:], 1):
            path += f"V{y(time):.1f}H{x(index + 1):.1f}"
        curves.append(Curve(kind, label, len(times), math.fsum(times), path))
    return Plot(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=right,
        top=TOP,
        bottom=bottom,
        counts=tuple(Tick(x(count), str(count)) for count in _counts(most)),
        seconds=tuple(Tick(y(10.0**k), _seconds(k)) for k in range(low, high + 1)),
        curves=tuple(curves),
    )


def _counts(most: int) -> list[int]:
    """Zero and round numbers up to `most`, at most seven."""
    scale = 1
    while True:
        for step in (scale, 2 * scale, 5 * scale):
            if most // step <= _MOST_TICKS:
                return list(range(0, most + 1, step))
        scale *= 10


def _seconds(exponent: int) -> str:
    if exponent < 0:
        return f"{10 ** (exponent + 3)} ms"
    return f"{10**exponent:,} s"

"""Slopes and multipliers found by projected gradient descent: α-CROWN and β-CROWN.

Xu et al., Fast and Complete: Enabling Complete Neural Network Verification with Rapid and Massively
Parallel Incomplete Verifiers (ICLR 2021); Wang et al., Beta-CROWN: Efficient Bound Propagation with
Per-neuron Split Constraints (NeurIPS 2021).

The bound of a row is linear in the coefficients at each node for given lines, so that its
derivative needs no tape: a forward pass from the input at which the bound is attained, along the
lines in use, gives at each node the derivative by the coefficient there. Each row has its own
slopes, and keeps the best bound that was seen.
"""

# NumPy's types call the result of arithmetic on arrays of any dtype Any.
# mypy: disable-error-code=no-any-return

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from certificates.crown.backward import Backward, InputBox, Rows, backward
from certificates.crown.linear import LinearRule
from certificates.crown.program import Program
from certificates.crown.relaxation import Relaxed
from runtime.devices import Array

__all__ = ["Descent", "Optimized", "optimize"]


@dataclass(frozen=True, slots=True)
class Descent:
    """How to descend: number of steps, Adam's rate for slopes (of [0, 1]) and for multipliers (of
    the largest coefficient at the node), and the factor on both after each step.
    """

    steps: int = 20
    slope_rate: float = 0.25
    multiplier_rate: float = 0.1
    decay: float = 0.95


@dataclass(frozen=True, slots=True)
class Optimized:
    """The best bound of each row, with the slopes and multipliers that give it.

    `slopes` are parameters in [0, 1], `extra` signed additions to the argument's coefficients, both
    [N, *shape] by non-linear node. `input` are the coefficients [N, *input shape] of the bound.
    """

    upper: Array
    input: Array
    slopes: dict[str, Array]
    extra: dict[str, Array]


@dataclass(slots=True)
class _Adam:
    """Kingma and Ba's rule for one array, with the usual constants."""

    first: Array
    second: Array
    count: int = field(default=0)

    def direction(self, xp: Any, gradient: Array) -> Array:
        self.count += 1
        self.first = 0.9 * self.first + 0.1 * gradient
        self.second = 0.999 * self.second + 0.001 * gradient * gradient
        first = self.first / (1 - 0.9**self.count)
        second = self.second / (1 - 0.999**self.count)
        return first / (xp.sqrt(second) + 1e-12)


def optimize(
    program: Program,
    rows: Rows,
    lines: Mapping[str, Relaxed],
    box: InputBox,
    descent: Descent,
    phases: Mapping[str, Array] | None = None,
    start: Mapping[str, Array] | None = None,
    multipliers: Mapping[str, Array] | None = None,
    goal: float | Array | None = None,
) -> Optimized:
    """Descend from CROWN's slopes, or from `start` and `multipliers`; never worse than there.

    Args:
        program, rows, lines, box: as for `backward`.
        descent: how.
        phases: by non-linear node 1, −1 or 0 for each entry, [B, *shape] for the sub-problems: its
            argument is assumed ≥ 0, ≤ 0, or free. `lines` hold under these assumptions.
        start: slopes by node to begin with.
        multipliers: sizes of multipliers by node to begin with; zeros by default.
        goal: stop when all rows are below; one number, or one a row.
    """
    xp, owner = program.xp, rows.owner
    signs = {name: owner.of(phase).astype(program.dtype) for name, phase in (phases or {}).items()}
    slopes: dict[str, Array] = dict(start or {})
    sizes: dict[str, Array] = {}
    for name, sign in signs.items():
        given = (multipliers or {}).get(name)
        shape = (rows.count, *sign.shape[1:])
        sizes[name] = xp.zeros(shape, dtype=program.dtype) if given is None else given * sign**2
    now = backward(program, rows, lines, box, slopes, _signed(signs, sizes), keep=True)
    for name, a in now.results.items():
        if name not in slopes:
            first = lines[name].start(a, owner)
            if first is not None:
                slopes[name] = first
    scales = {
        name: (_largest(xp, now.results[name]) + 1e-12) * sign**2
        for name, sign in signs.items()
        if name in now.results
    }
    best = _Best(now, slopes, sizes)
    moments: dict[tuple[str, str], _Adam] = {}
    rate = 1.0
    for _ in range(descent.steps):
        if goal is not None and bool((best.upper < goal).all()):
            break
        turned, pushed = _derivatives(program, rows, lines, box, now, slopes)
        for name, gradient in turned.items():
            adam = moments.setdefault(("slope", name), _Adam(0 * gradient, 0 * gradient))
            move = rate * descent.slope_rate * adam.direction(xp, gradient)
            slopes[name] = xp.clip(slopes[name] - move, 0, 1)
        for name, scale in scales.items():
            gradient = signs[name] * pushed[name]
            adam = moments.setdefault(("size", name), _Adam(0 * gradient, 0 * gradient))
            move = rate * descent.multiplier_rate * scale * adam.direction(xp, gradient)
            sizes[name] = xp.maximum(sizes[name] - move, 0)
        now = backward(program, rows, lines, box, slopes, _signed(signs, sizes), keep=True)
        best.update(now, slopes, sizes)
        rate *= descent.decay
    return Optimized(best.upper, best.input, best.slopes, _signed(signs, best.sizes))


def _signed(signs: Mapping[str, Array], sizes: Mapping[str, Array]) -> dict[str, Array]:
    """Multipliers of `≥ 0` and `≤ 0` as they enter the coefficients."""
    return {name: sign * sizes[name] for name, sign in signs.items()}


def _largest(xp: Any, a: Array) -> Array:
    """The largest size of a coefficient in each row, to be broadcast."""
    largest = xp.abs(a).reshape(a.shape[0], -1).max(axis=1)
    return largest.reshape(-1, *(1,) * (a.ndim - 1))


class _Best:
    """The best bound of each row so far, and how it came about."""

    def __init__(
        self, now: Backward, slopes: Mapping[str, Array], sizes: Mapping[str, Array]
    ) -> None:
        self.upper, self.input = now.upper.copy(), now.input.copy()
        self.slopes = {name: value.copy() for name, value in slopes.items()}
        self.sizes = {name: value.copy() for name, value in sizes.items()}

    def update(
        self, now: Backward, slopes: Mapping[str, Array], sizes: Mapping[str, Array]
    ) -> None:
        """Take the rows that have become better."""
        better = now.upper < self.upper
        if not bool(better.any()):
            return
        for mine, theirs in ((self.slopes, slopes), (self.sizes, sizes)):
            for name, value in mine.items():
                value[better] = theirs[name][better]
        self.upper[better] = now.upper[better]
        self.input[better] = now.input[better]


def _derivatives(
    program: Program,
    rows: Rows,
    lines: Mapping[str, Relaxed],
    box: InputBox,
    now: Backward,
    slopes: Mapping[str, Array],
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Derivatives of the bounds by the slopes, and by each node's first pulled coefficients."""
    xp, owner = program.xp, rows.owner
    values = {program.input: box.top(program, owner, now.input)}
    turned: dict[str, Array] = {}
    pushed: dict[str, Array] = {}
    last = max((i for i, s in enumerate(program.steps) if s.name in now.results), default=-1)
    needed = {step.name for step in program.above(rows.target)}
    for step in program.steps[: last + 1]:
        if step.name not in needed:
            continue
        given = [values[name] for name in step.inputs]
        if isinstance(step.rule, LinearRule):
            value = step.rule.apply(given)
            if not given:
                value = xp.broadcast_to(value, (rows.count, *step.shape))
        else:
            t = slopes.get(step.name)
            value, turn = lines[step.name].lift(now.results[step.name], owner, t, given)
            pushed[step.name] = given[0]
            if turn is not None:
                turned[step.name] = turn
        values[step.name] = value
    return turned, pushed

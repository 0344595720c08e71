"""Rows of coefficients pushed backwards from a target to the input.

A row r says Σ_k a(k, r)·y_k ≤ bound_r for the value y of the target, for every input in the box of
the sub-problem that the row belongs to. Linear operators pass coefficients on exactly; a non-linear
one replaces them by those of a line; what several consumers ask of a tensor adds up, so that any
directed acyclic graph works.
"""

# NumPy's types call the result of arithmetic on arrays of any dtype Any.
# mypy: disable-error-code=no-any-return

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from certificates.crown.linear import Convolution, Dense, LinearRule
from certificates.crown.program import Program
from certificates.crown.relaxation import Owner, Relaxed, dot
from runtime.devices import Array

__all__ = ["Backward", "InputBox", "Rows", "backward"]


@dataclass(frozen=True, slots=True)
class InputBox:
    """Centers and radii [B, *input shape] of the sub-problems' input boxes."""

    center: Array
    radius: Array

    @classmethod
    def of(cls, lo: Array, hi: Array) -> InputBox:
        """From lower and upper ends."""
        return cls((lo + hi) / 2, (hi - lo) / 2)

    def highest(self, program: Program, owner: Owner, a: Array) -> Array:
        """Upper bounds [N] of rows a [N, *input shape]: over box or ball, the better."""
        xp = program.xp
        upper = dot(xp, a, owner.of(self.center)) + dot(xp, xp.abs(a), owner.of(self.radius))
        return upper if program.ball is None else xp.minimum(upper, program.ball.highest(a))

    def top(self, program: Program, owner: Owner, a: Array) -> Array:
        """Where box or ball, the better, has the bounds of the rows: [N, *input shape]."""
        xp = program.xp
        corner = owner.of(self.center) + xp.sign(a) * owner.of(self.radius)
        if program.ball is None:
            return corner
        in_box = dot(xp, a, owner.of(self.center)) + dot(xp, xp.abs(a), owner.of(self.radius))
        box = (in_box <= program.ball.highest(a)).reshape(-1, *(1,) * (a.ndim - 1))
        return xp.where(box, corner, program.ball.top(a))


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows on a target: coefficients [N, *shape], or unit rows sign·e_index on its flat entries."""

    target: str
    owner: Owner
    coefficients: Array | None = None
    index: Array | None = None
    sign: Array | None = None

    @property
    def count(self) -> int:
        """How many rows."""
        some = self.coefficients if self.index is None else self.index
        assert some is not None
        return int(some.shape[0])

    def dense(self, program: Program) -> Array:
        """All coefficients [N, *shape of the target]."""
        if self.coefficients is not None:
            return self.coefficients
        assert self.index is not None
        xp = program.xp
        a = xp.zeros((self.count, program.size(self.target)), dtype=program.dtype)
        a[xp.arange(self.count), self.index] = self.sign
        return a.reshape(self.count, *program.shapes[self.target])

    def part(self, chosen: slice) -> Rows:
        """Some of the rows."""

        def cut(x: Array | None) -> Array | None:
            return None if x is None else x[chosen]

        owner = self.owner.part(chosen)
        return Rows(self.target, owner, cut(self.coefficients), cut(self.index), cut(self.sign))


@dataclass(frozen=True, slots=True)
class Backward:
    """What a pass gives: bounds [N], coefficients [N, *input shape] on the input, and where asked
    the coefficients on each non-linear node's result and, after its relaxation, on its arguments.
    """

    upper: Array
    input: Array
    results: dict[str, Array] = field(default_factory=dict)
    arguments: dict[str, list[Array]] = field(default_factory=dict)


def backward(
    program: Program,
    rows: Rows,
    lines: Mapping[str, Relaxed],
    box: InputBox,
    slopes: Mapping[str, Array] | None = None,
    extra: Mapping[str, Array] | None = None,
    keep: bool = False,
) -> Backward:
    """Upper bounds of rows over their input boxes.

    Args:
        program: the network.
        rows: what to bound.
        lines: relaxation of each non-linear node on the sub-problems' boxes.
        box: the input boxes.
        slopes: slope parameters [N, *shape] by non-linear node; the default lines elsewhere.
        extra: [N, *shape] added to the coefficients on the first argument of a non-linear node:
            multipliers of phase assumptions, which cost no constant.
        keep: whether to return the coefficients at non-linear nodes.
    """
    xp, owner = program.xp, rows.owner
    total = xp.zeros(rows.count, dtype=program.dtype)
    waiting: dict[str, Array] = {}
    results: dict[str, Array] = {}
    arguments: dict[str, list[Array]] = {}

    def give(name: str, a: Array) -> None:
        waiting[name] = waiting[name] + a if name in waiting else a

    steps = program.above(rows.target)
    first = program.step.get(rows.target)
    if rows.index is not None and first is not None and isinstance(first.rule, Dense | Convolution):
        assert rows.sign is not None
        parts, constant = first.rule.pull_units(rows.index, rows.sign)
        give(first.inputs[0], parts[0])
        total += constant
        steps = steps[:-1]
    else:
        give(rows.target, rows.dense(program))
    for step in reversed(steps):
        a = waiting.pop(step.name, None)
        if a is None:
            continue
        if isinstance(step.rule, LinearRule):
            constants = step.rule.constant(a)
            parts = step.rule.pull(a)
        else:
            pulled = lines[step.name].pull(a, owner, (slopes or {}).get(step.name))
            constants, parts = pulled.constant, pulled.arguments
            if extra is not None and step.name in extra:
                parts = [parts[0] + extra[step.name], *parts[1:]]
            if keep:
                results[step.name], arguments[step.name] = a, parts
        if constants is not None:
            total += constants
        for name, part in zip(step.inputs, parts, strict=True):
            give(name, part)
    a = waiting.get(program.input)
    if a is None:
        a = xp.zeros((rows.count, *program.shapes[program.input]), dtype=program.dtype)
    total += box.highest(program, owner, a)
    return Backward(total, a, results, arguments)

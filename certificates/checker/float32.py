"""The exact checker of float32 budgets, in Python integers.

Its conditions are those of the Lean library (`Exec/Budget`), one by one. Let u = 2⁻²⁴, n the number
of products, or of numbers, that one element of a result adds up, and X = max(|lo|, |hi|) and e the
box and the error of an argument. For every node, its box contains what the interval rule makes of
the boxes of its inputs. For an operator that rounds,

- (1 + u)^s ≤ 1 + γ ≤ 2, where s counts roundings: n + 2 for products with a bias, n + 3 for a mean,
  n for a sum, 2 for a LeakyRelu, 1 for a constant;
- every majorant has M ≥ e + γ·(X + e) at every entry;
- with a bias, the shift is at least γ·|bias| and one unit more;
- the error is at least Σ |w|·M + shift, or what the sum or mean makes of M and one unit more. What
  that is follows from the operator's own interval rule: half the width of the image of [−M, M];
- a number V above every partial sum is at most 2¹²⁷, so that none overflows, and V·2⁻¹²⁶, which is
  more than underflow and flushing do to the sum, is at most one unit.

An operator that selects passes errors on as it passes elements on, with one unit more for a
subnormal result that is flushed; a unit of a ReLU that is off on the whole box has at most what is
left of it above zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm, prod

from certificates.checker.bounds import Bounds, NoRuleError, Shape
from certificates.checker.boxes import RejectedError, check_contains, read_box, short
from certificates.checker.integers import scaled
from certificates.checker.rules import apply
from certificates.float32.admit import admit
from certificates.float32.format import FORMAT, Float32Budget, Magnitudes, NodeBudget
from certificates.format import NodeBox
from certificates.properties import Box
from certificates.results import CheckResult
from runtime.errors import UnsupportedError
from runtime.graph import Graph, Node, ops

__all__ = ["check_budget"]

PRECISION = 24
_MOST_BITS = 1024
_MOST_ROUNDINGS = 1 << 23


@dataclass(frozen=True, slots=True)
class _Tensor:
    """What is known of a tensor: the box of its exact values, and the error of a run."""

    box: Bounds
    error: Magnitudes

    def reach(self, k: int) -> Fraction:
        """No value of a run is larger at entry k."""
        largest = max(abs(self.box.lo[k]), abs(self.box.hi[k]))
        return Fraction(largest, self.box.den) + self.error.value(k)

    @property
    def ceiling(self) -> int:
        """A whole number above all of them."""
        box = _ceiling([*self.box.lo, *self.box.hi], self.box.den)
        return box + _ceiling(self.error.digits, self.error.den)


def check_budget(budget: Float32Budget, graph: Graph, box: Box) -> CheckResult:
    """Whether every binary32 run of `graph` on an input of `box` stays within the budget.

    Everything wrong with the budget is a result that names node, index and rule, not an exception.
    """
    try:
        admit(graph)
        tensors = {graph.inputs[0].name: _input(budget, graph, box)}
        if [entry.node for entry in budget.nodes] != [node.name for node in graph.nodes]:
            raise RejectedError("The nodes of the budget are not those of the model, in order")
        for entry, node in zip(budget.nodes, graph.nodes, strict=True):
            tensors[node.name] = _check_node(entry, node, [tensors[name] for name in node.inputs])
    except RejectedError as error:
        return CheckResult(False, f"{error}.")
    except UnsupportedError as error:
        return CheckResult(False, str(error))
    except NoRuleError as error:
        return CheckResult(False, f"There is no rule for the operator {error}.")
    return CheckResult(
        True, f"Every float32 run stays within the budget at {len(tensors)} tensors."
    )


def _input(budget: Float32Budget, graph: Graph, box: Box) -> _Tensor:
    """The input, when the head of the budget is about this graph and its box contains `box`."""
    if budget.format != FORMAT:
        raise RejectedError(f"The format is {budget.format!r}, not {FORMAT}")
    if budget.model_sha256 != graph.sha256():
        raise RejectedError("The budget is about another model: model_sha256 differs")
    name, shape = graph.inputs[0].name, graph.inputs[0].shape
    if budget.input.node != name:
        raise RejectedError(f"The box of {budget.input.node} stands where that of {name} belongs")
    bounds = _read_box(budget.input, shape)
    if len(box) != len(bounds.lo):
        raise RejectedError(f"{name}: the box has {len(box)} entries, not {len(bounds.lo)}")
    for k, (lo, hi) in enumerate(zip(box.lo, box.hi, strict=True)):
        if Fraction(bounds.lo[k], bounds.den) > lo or Fraction(bounds.hi[k], bounds.den) < hi:
            raise RejectedError(
                f"{name}, index {k}: the input's box does not contain the box asked"
            )
    return _Tensor(bounds, Magnitudes(1, [0] * len(bounds.lo)))


def _read_box(box: NodeBox, shape: Shape) -> Bounds:
    bounds = read_box(box, shape)
    if bounds.den.bit_length() > _MOST_BITS:
        raise RejectedError(f"{box.node}: the denominator has {bounds.den.bit_length()} bits")
    return bounds


def _check_magnitudes(values: Magnitudes, size: int, what: str) -> None:
    if values.den < 1 or values.den.bit_length() > _MOST_BITS:
        raise RejectedError(f"{what} has the denominator {short(values.den)}")
    if len(values.digits) != size:
        raise RejectedError(f"{what} has {len(values.digits)} entries for {size} elements")
    for k, digit in enumerate(values.digits):
        if digit < 0:
            raise RejectedError(f"{what} is negative at index {k}")


def _check_node(entry: NodeBudget, node: Node, inputs: Sequence[_Tensor]) -> _Tensor:
    bounds = _read_box(entry.box, node.shape)
    rule = apply(node.op, [x.box for x in inputs], node.shape)
    check_contains(bounds, rule, node.name, node.op.kind)
    _check_magnitudes(entry.error, prod(node.shape), f"{node.name}: the error")
    if isinstance(node.op, ops.Constant):
        _check_constant(entry, node.op)
    elif (constants := _constants(node.op)) is not None:
        _check_dot(entry, node, inputs[0], constants)
    elif (steps := _sum(node.op, inputs)) is not None:
        _check_sum(entry, node, inputs, *steps)
    else:
        _check_selected(entry, node, inputs)
    return _Tensor(bounds, entry.error)


def _check_constant(entry: NodeBudget, op: ops.Constant) -> None:
    gamma = _gamma(entry, 1)
    if entry.majorants or entry.shift is not None:
        raise RejectedError(f"{entry.node}: a constant needs no majorants and no shift")
    values = _reduced(*scaled(op.value))
    _check_shift(entry.error, values, gamma, f"{entry.node}: the error")
    _check_range(entry, 4 * (_ceiling(*values) + 1), lcm(values[1], entry.error.den))


def _check_dot(
    entry: NodeBudget, node: Node, x: _Tensor, constants: tuple[_Numbers, _Numbers, int]
) -> None:
    """Sums of products with weights, and a bias."""
    weights, bias, count = constants
    gamma = _gamma(entry, count + 2)
    if len(entry.majorants) != 1 or entry.shift is None:
        raise RejectedError(f"{node.name}: {node.op.kind} needs one majorant and a shift")
    _check_majorant(entry, 0, x, gamma)
    _check_magnitudes(entry.shift, len(bias[0]), f"{node.name}: the shift")
    _check_shift(entry.shift, bias, gamma, f"{node.name}: the shift")
    sizes = (_ceiling(*weights) + _ceiling(*bias) + 1) * (x.ceiling + 1)
    _check_range(entry, 8 * (count + 1) * sizes, lcm(bias[1], entry.shift.den))
    carried = _carried(node.op, entry.majorants, [x.box.shape], node.shape)
    block = len(carried) // len(bias[0])
    shift = entry.shift.values()
    _check_error(entry, node, [value + shift[k // block] for k, value in enumerate(carried)])


def _check_sum(
    entry: NodeBudget, node: Node, inputs: Sequence[_Tensor], steps: int, factor: int
) -> None:
    """Sums and means without constants, of `steps` roundings; V is `factor`·(1 + all data)."""
    gamma = _gamma(entry, steps)
    if len(entry.majorants) != len(inputs) or entry.shift is not None:
        raise RejectedError(
            f"{node.name}: {node.op.kind} needs a majorant for each argument, and no shift"
        )
    for number, x in enumerate(inputs):
        _check_majorant(entry, number, x, gamma)
    _check_range(entry, factor * (1 + sum(x.ceiling for x in inputs)), entry.error.den)
    carried = _carried(node.op, entry.majorants, [x.box.shape for x in inputs], node.shape)
    unit = Fraction(1, entry.error.den)
    _check_error(entry, node, [value + unit for value in carried])


def _check_majorant(entry: NodeBudget, number: int, x: _Tensor, gamma: Fraction) -> None:
    """At least e + γ·(X + e) at every entry of the argument."""
    majorant, what = entry.majorants[number], f"{entry.node}: majorant {number}"
    _check_magnitudes(majorant, len(x.box.lo), what)
    for k in range(len(x.box.lo)):
        if majorant.value(k) < x.error.value(k) + gamma * x.reach(k):
            raise RejectedError(f"{what} is too small at index {k}")


def _check_shift(values: Magnitudes, added: _Numbers, gamma: Fraction, what: str) -> None:
    """At least γ·|added| and one unit of the common denominator at every entry."""
    numerators, den = added
    unit = Fraction(1, lcm(den, values.den))
    for k, numerator in enumerate(numerators):
        if values.value(k) < gamma * Fraction(abs(numerator), den) + unit:
            raise RejectedError(f"{what} is too small at index {k}")


def _check_error(entry: NodeBudget, node: Node, needed: Sequence[Fraction]) -> None:
    for k, value in enumerate(needed):
        if entry.error.value(k) < value:
            raise RejectedError(
                f"{node.name}, index {k}: the error is below what the rule of {node.op.kind} gives"
            )


def _check_range(entry: NodeBudget, above: int, den: int) -> None:
    """No partial sum, all up to `above`, overflows; and what underflows is at most 1/den."""
    if above > 1 << 127:
        raise RejectedError(f"{entry.node}: a partial sum may overflow")
    if above * den > 1 << 126:
        raise RejectedError(f"{entry.node}: its unit 1/{short(den)} does not cover underflow")


def _check_selected(entry: NodeBudget, node: Node, inputs: Sequence[_Tensor]) -> None:
    if entry.majorants or entry.shift is not None or entry.gamma != (0, 1):
        raise RejectedError(f"{node.name}: {node.op.kind} does not round, and needs no majorants")
    shapes = [x.box.shape for x in inputs]
    passed = _carried(node.op, [x.error for x in inputs], shapes, node.shape)
    if isinstance(node.op, ops.Relu):
        passed = [
            min(error, max(above, Fraction(0)))
            for error, above in zip(passed, _tops(inputs[0]), strict=True)
        ]
    unit = Fraction(1, entry.error.den)
    if (
        lcm(entry.error.den, *(x.error.den for x in inputs), *(x.box.den for x in inputs))
        > 1 << 126
    ):
        raise RejectedError(f"{node.name}: a unit is below the least normal number")
    _check_error(entry, node, [error + unit for error in passed])


def _tops(x: _Tensor) -> list[Fraction]:
    """The upper end of each entry, with its error."""
    ends = zip(x.box.hi, x.error.values(), strict=True)
    return [Fraction(hi, x.box.den) + error for hi, error in ends]


def _gamma(entry: NodeBudget, steps: int) -> Fraction:
    """γ, when (1 + u)^steps ≤ 1 + γ ≤ 2."""
    p, q = entry.gamma
    if p < 1 or q < p or q.bit_length() > _MOST_BITS:
        raise RejectedError(f"{entry.node}: gamma is not a number above 0 and up to 1")
    if steps > _MOST_ROUNDINGS:
        raise RejectedError(f"{entry.node}: sums of {steps} terms are not covered")
    if ((1 << PRECISION) + 1) ** steps * q > (p + q) << (PRECISION * steps):
        raise RejectedError(f"{entry.node}: gamma is too small for {steps} roundings")
    return Fraction(p, q)


_Numbers = tuple[list[int], int]
"""Numerators and their denominator, in lowest terms."""


def _reduced(numerators: list[int], den: int) -> _Numbers:
    divisor = gcd(den, *numerators)
    return [numerator // divisor for numerator in numerators], den // divisor


def _ceiling(numerators: Sequence[int], den: int) -> int:
    """A whole number above all sizes, from the width of their digits: 4 bits, or 8, or 12, …"""
    widest = max(max(numerators), -min(numerators)).bit_length()
    width = max(4, (widest + 3) // 4 * 4)
    return (1 << width) // den + 1


def _constants(op: ops.Op) -> tuple[_Numbers, _Numbers, int] | None:
    """The weights and the bias of an operator that has them, and the number of products."""
    match op:
        case ops.Linear() | ops.Conv2d():
            count = prod(map(int, op.weight.shape[1:]))
            return _reduced(*scaled(op.weight)), _reduced(*scaled(op.bias)), count
        case ops.Affine():
            return _reduced(*scaled(op.scale)), _reduced(*scaled(op.shift)), 1
    return None


def _carried(
    op: ops.Op, errors: Sequence[Magnitudes], shapes: Sequence[Shape], out: Shape
) -> list[Fraction]:
    """What bounds on the arguments' errors mean for the result's, by the operator's own rule."""
    match op:
        case ops.Neg() | ops.Abs() | ops.Relu() | ops.LeakyRelu() | ops.Clip():
            return list(errors[0].values())
        case ops.Maximum() | ops.Minimum():
            both = zip(errors[0].values(), errors[1].values(), strict=True)
            return [max(pair) for pair in both]
    boxes = [
        Bounds([-d for d in error.digits], list(error.digits), error.den, shape)
        for error, shape in zip(errors, shapes, strict=True)
    ]
    image = apply(op, boxes, out)
    if isinstance(op, ops.MaxPool2d):
        return [Fraction(hi, image.den) for hi in image.hi]
    ends = zip(image.lo, image.hi, strict=True)
    return [Fraction(hi - lo, 2 * image.den) for lo, hi in ends]


def _sum(op: ops.Op, inputs: Sequence[_Tensor]) -> tuple[int, int] | None:
    """Roundings of one element, and the factor of `_check_sum`; None without a sum."""
    match op:
        case ops.Add() | ops.Sub() | ops.LeakyRelu():
            return 2, 16
        case ops.ReduceSum():
            count = prod(inputs[0].box.shape[axis] for axis in op.axes)
            return count, 8 * count
        case ops.AvgPool2d():
            return _mean(op.kernel)
        case ops.GlobalAvgPool():
            return _mean(inputs[0].box.shape[1:])
        case ops.ReduceMean():
            return _mean([inputs[0].box.shape[axis] for axis in op.axes])
    return None


def _mean(extents: Sequence[int]) -> tuple[int, int]:
    return prod(extents) + 3, 32 * (prod(extents) + 1)

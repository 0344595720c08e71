"""The exact checker of float32 budgets, in Python integers.

Let u = 2⁻²⁴, n the number of products and terms that one element of a result adds up, P and Q above
the sizes of all its constants and of all data, and V = 32·(n + 1)·(P + 1)·(Q + 1). For every node:

- its box contains what the interval rule makes of the boxes of its inputs;
- (1 + u)^s ≤ 1 + γ ≤ 2, where s counts the roundings of one element;
- M ≥ e + γ·(X + e) + τ at every entry of every argument, X = max(|lo|, |hi|);
- the shift is at least γ·|bias| + τ;
- the error is at least Σ |w|·M + shift. What Σ |w|·M is, follows from the operator's own interval
  rule: half the width of what it makes of the box [−M, M];
- τ = V·2⁻¹²⁶ is more than all that flushing can do to one sum, and V ≤ 2¹²⁷ keeps every partial sum
  from overflowing.

An operator that selects passes errors on as it passes elements on, and 2⁻¹²⁶ is added for a
subnormal result that is flushed; a unit of a ReLU that is off on the whole box has at most what is
left of it above zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from certificates.checker.bounds import Bounds, NoRuleError, Shape
from certificates.checker.boxes import RejectedError, check_contains, read_box, short
from certificates.checker.integers import scalar, scaled
from certificates.checker.rules import apply
from certificates.float32.admit import admit
from certificates.float32.format import FORMAT, Float32Budget, Magnitudes, NodeBudget
from certificates.properties import Box
from certificates.results import CheckResult
from runtime.errors import UnsupportedError
from runtime.graph import Graph, Node, ops

__all__ = ["check_budget"]

PRECISION = 24
_LEAST_NORMAL = Fraction(1, 1 << 126)
_LARGEST = 1 << 127
_MAX_BITS = 1024
_MAX_ROUNDINGS = 1 << 22


@dataclass(frozen=True, slots=True)
class _Tensor:
    """What is known of a tensor: the box of its exact values, and the error of a run."""

    box: Bounds
    error: Magnitudes

    def reach(self, k: int) -> Fraction:
        """No value of a run is larger at entry k."""
        largest = max(abs(self.box.lo[k]), abs(self.box.hi[k]))
        return Fraction(largest, self.box.den) + self.error.value(k)


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


def _check_node(entry: NodeBudget, node: Node, inputs: Sequence[_Tensor]) -> _Tensor:
    bounds = _read_box(entry.box, node.shape)
    rule = apply(node.op, [x.box for x in inputs], node.shape)
    check_contains(bounds, rule, node.name, node.op.kind)
    _check_magnitudes(entry.error, prod(node.shape), f"{node.name}: the error")
    terms, steps = _sums(node.op, [x.box.shape for x in inputs])
    if steps:
        _check_rounded(entry, node, inputs, _gamma(entry, steps), terms)
    else:
        _check_selected(entry, node, inputs)
    return _Tensor(bounds, entry.error)


def _read_box(box: object, shape: Shape) -> Bounds:
    bounds = read_box(box, shape)  # type: ignore[arg-type]
    if bounds.den.bit_length() > _MAX_BITS:
        raise RejectedError(f"A denominator has {bounds.den.bit_length()} bits")
    return bounds


def _check_magnitudes(values: Magnitudes, size: int, what: str) -> None:
    if values.den < 1 or values.den.bit_length() > _MAX_BITS:
        raise RejectedError(f"{what} has the denominator {short(values.den)}")
    if len(values.digits) != size:
        raise RejectedError(f"{what} has {len(values.digits)} entries for {size} elements")
    for k, digit in enumerate(values.digits):
        if digit < 0:
            raise RejectedError(f"{what} is negative at index {k}")


def _check_rounded(
    entry: NodeBudget, node: Node, inputs: Sequence[_Tensor], gamma: Fraction, terms: int
) -> None:
    name, op = node.name, node.op
    if len(entry.majorants) != len(inputs):
        raise RejectedError(
            f"{name}: there are {len(entry.majorants)} majorants for {len(inputs)} arguments"
        )
    data = max((x.reach(k) for x in inputs for k in range(len(x.box.lo))), default=Fraction(0))
    extent = 32 * (terms + 1) * (_largest_constant(op) + 1) * (data + 1)
    if extent > _LARGEST:
        raise RejectedError(f"{name}: a partial sum may overflow")
    tiny = extent * _LEAST_NORMAL
    for number, (majorant, x) in enumerate(zip(entry.majorants, inputs, strict=True)):
        what = f"{name}: majorant {number}"
        _check_magnitudes(majorant, len(x.box.lo), what)
        for k in range(len(x.box.lo)):
            if majorant.value(k) < x.error.value(k) + gamma * x.reach(k) + tiny:
                raise RejectedError(f"{what} is too small at index {k}")
    carried = _carried(op, entry.majorants, [x.box.shape for x in inputs], node.shape)
    shift = _shift(entry, node, gamma, tiny)
    block = len(entry.error.digits) // len(shift)
    for k, needed in enumerate(carried):
        if entry.error.value(k) < needed + shift[k // block]:
            raise RejectedError(
                f"{name}, index {k}: the error is below what the rule of {op.kind} gives"
            )


def _gamma(entry: NodeBudget, steps: int) -> Fraction:
    """γ, when (1 + u)^steps ≤ 1 + γ."""
    p, q = entry.gamma
    if p < 0 or q < 1 or max(p.bit_length(), q.bit_length()) > _MAX_BITS:
        raise RejectedError(f"{entry.node}: gamma is not a number from zero on")
    if steps > _MAX_ROUNDINGS:
        raise RejectedError(f"{entry.node}: sums of {steps} terms are not covered")
    if ((1 << PRECISION) + 1) ** steps * q > (p + q) << (PRECISION * steps):
        raise RejectedError(f"{entry.node}: gamma is too small for {steps} roundings")
    if p > q:
        raise RejectedError(f"{entry.node}: gamma is above 1")
    return Fraction(p, q)


def _bias(op: ops.Op) -> tuple[list[int], int] | None:
    match op:
        case ops.Linear() | ops.Conv2d():
            return scaled(op.bias)
        case ops.Affine():
            return scaled(op.shift)
        case ops.Constant():
            return scaled(op.value)
    return None


def _largest_constant(op: ops.Op) -> Fraction:
    """The largest size of a weight or bias; for a mean or sum there is none."""
    found = [] if (added := _bias(op)) is None else [added]
    match op:
        case ops.Linear() | ops.Conv2d():
            found.append(scaled(op.weight))
        case ops.Affine():
            found.append(scaled(op.scale))
        case ops.LeakyRelu():
            numerator, den = scalar(op.alpha)
            found.append(([numerator], den))
    sizes = [Fraction(max(map(abs, values)), den) for values, den in found]
    return max(sizes, default=Fraction(0))


def _shift(entry: NodeBudget, node: Node, gamma: Fraction, tiny: Fraction) -> list[Fraction]:
    """The shift for each block of the result; one zero where the operator adds nothing."""
    added = _bias(node.op)
    if added is None:
        if entry.shift is not None:
            raise RejectedError(f"{node.name}: a shift, but {node.op.kind} adds no constants")
        return [Fraction(0)]
    if entry.shift is None:
        raise RejectedError(f"{node.name}: the shift of {node.op.kind} is missing")
    numerators, den = added
    _check_magnitudes(entry.shift, len(numerators), f"{node.name}: the shift")
    for k, numerator in enumerate(numerators):
        if entry.shift.value(k) < gamma * Fraction(abs(numerator), den) + tiny:
            raise RejectedError(f"{node.name}: the shift is too small at index {k}")
    return list(entry.shift.values())


def _check_selected(entry: NodeBudget, node: Node, inputs: Sequence[_Tensor]) -> None:
    if entry.majorants or entry.shift is not None or entry.gamma != (0, 1):
        raise RejectedError(f"{node.name}: {node.op.kind} does not round, and needs no majorants")
    shapes = [x.box.shape for x in inputs]
    passed = _carried(node.op, [x.error for x in inputs], shapes, node.shape)
    for k, needed in enumerate(passed):
        if isinstance(node.op, ops.Relu):
            above = Fraction(inputs[0].box.hi[k], inputs[0].box.den) + inputs[0].error.value(k)
            needed = min(needed, max(above, Fraction(0)))
        if entry.error.value(k) < needed + _LEAST_NORMAL:
            raise RejectedError(
                f"{node.name}, index {k}: the error is below what the rule of {node.op.kind} gives"
            )


def _carried(
    op: ops.Op, errors: Sequence[Magnitudes], shapes: Sequence[Shape], out: Shape
) -> list[Fraction]:
    """What bounds on the arguments' errors mean for the result's, by the operator's own rule."""
    match op:
        case ops.Constant():
            return [Fraction(0)] * prod(out)
        case ops.Neg() | ops.Abs() | ops.Relu() | ops.Clip():
            return list(errors[0].values())
        case ops.LeakyRelu():
            steepest = max(Fraction(1), abs(Fraction(*scalar(op.alpha))))
            return [steepest * value for value in errors[0].values()]
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


def _sums(op: ops.Op, shapes: Sequence[Shape]) -> tuple[int, int]:
    """Products and terms of one element, and its roundings; (0, 0) where elements are selected."""
    match op:
        case ops.Linear() | ops.Conv2d():
            n = int(op.weight.size // op.weight.shape[0]) + 1
            return n, n + 1
        case ops.Affine():
            return 2, 3
        case ops.Add() | ops.Sub():
            return 2, 2
        case ops.Constant() | ops.LeakyRelu():
            return 1, 2
        case ops.AvgPool2d():
            return _mean(op.kernel)
        case ops.GlobalAvgPool():
            return _mean(shapes[0][1:])
        case ops.ReduceMean():
            return _mean([shapes[0][axis] for axis in op.axes])
        case ops.ReduceSum():
            n = prod(shapes[0][axis] for axis in op.axes)
            return n, n
    return 0, 0


def _mean(extents: Sequence[int]) -> tuple[int, int]:
    return prod(extents), prod(extents) + 3

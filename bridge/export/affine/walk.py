"""The walk back of a batch as a Lean proof: one rule of `Trace.Bounds` for each operator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import singledispatchmethod
from math import lcm, prod

from bridge.export.affine.moves import coefficient_lines, targets
from bridge.export.affine.packing import PackedRows, pack_rows
from bridge.export.affine.widths import Size, Widths
from bridge.export.operators import Term
from bridge.export.packing import PackedBox
from certificates.affine.format import Batch
from runtime.errors import UnsupportedError
from runtime.graph import Graph, Node
from runtime.graph import ops as g

__all__ = ["DECIDE", "BallRule", "Inputs", "Walk", "walk"]

DECIDE = "(by decide +kernel)"


@dataclass(frozen=True)
class Walk:
    """A proof that the target's forms are bounded.

    Attributes:
        steps: the rules from the target down to the input, to be nested.
        relaxed: the literal coefficients on the argument of each operator that is not linear.
        bits: the width of digits.
    """

    steps: tuple[str, ...]
    relaxed: Mapping[str, PackedRows]
    bits: int


@dataclass(frozen=True, slots=True)
class BallRule:
    """The rule of a ball at the input, and its center: the sum of the sizes of its numerators, over
    their denominator."""

    rule: str
    total: int
    den: int


@dataclass(frozen=True, slots=True)
class Inputs:
    """The numerators of the ends of the input's box, and the ball where there is one."""

    lo: Sequence[int]
    hi: Sequence[int]
    ball: BallRule | None = None


@dataclass
class _State:
    """What is known of the walk at one place: the sizes of rows and of the bound."""

    widths: Widths
    rows: dict[str, Size]
    wide: set[str]
    """The values whose rows have digits of the full width already."""
    bound: Size
    steps: list[Callable[[int], str]] = field(default_factory=list)

    def contribute(self, name: str, size: Size, *, wide: bool) -> None:
        """More rows for a value."""
        if name in self.rows:
            size, wide = self.widths.rows(self.rows[name].plus(size)), True
        self.rows[name] = size
        if wide:
            self.wide.add(name)

    def subtract(self, size: Size) -> None:
        """Constants leave the bound."""
        self.bound = self.widths.rows(self.bound.plus(size))


def walk(
    graph: Graph,
    terms: Mapping[str, Term],
    batch: Batch,
    rows: PackedRows,
    upper: Size,
    boxes: Mapping[str, PackedBox],
    facts: Mapping[str, str],
    names: Callable[[str], str],
    inputs: Sequence[Inputs],
    *,
    parts: bool = False,
) -> Walk:
    """The proof for a batch.

    Args:
        graph: the lowered graph.
        terms: the Lean term of each node.
        batch: what is to be shown.
        rows: its forms as literals.
        upper: the size of its bounds.
        boxes: the box of each value that the walk may use, as literals.
        facts: the theorem on the boxes of what has run up to a value, by its name.
        names: the definition of the coefficients on the argument of a node.
        inputs: where the inputs lie, or those of each part.
        parts: whether forms of several parts of the inputs lie side by side, limited to their
            boxes; `boxes` are then those of one of them, and all have the same denominators and
            widths.

    Raises UnsupportedError for an operator that the Lean library does not walk through.
    """
    relax = {item.node: item for item in batch.relax}
    relaxed = {
        name: pack_rows(coefficient_lines(graph.node(name), item.coefficients), item.den)
        for name, item in relax.items()
    }
    state = _State(Widths(), {batch.target: Size(rows.den, rows.offset)}, set(), upper)
    state.widths.rows(state.rows[batch.target])
    state.widths.rows(upper)
    order = [node.name for node in graph.nodes]
    previous = dict(zip(order, [graph.inputs[0].name, *order], strict=False))
    rules = _Rules(
        graph, terms, relaxed, len(batch.rows), boxes, facts, names, previous, state, parts
    )
    before = order[: order.index(batch.target) + 1] if batch.target in order else []
    for name in reversed(before):
        node = graph.node(name)
        size = state.rows.pop(name, None)
        if size is None:
            state.steps.append(lambda _: ".skip")
            continue
        rules.widen(name, size)
        rules.step(node.op, node, size)
    rules.input(inputs)
    bits = state.widths.bits
    return Walk(tuple(step(bits) for step in state.steps), relaxed, bits)


@dataclass
class _Rules:
    graph: Graph
    terms: Mapping[str, Term]
    relaxed: dict[str, PackedRows]
    count: int
    """How many rows there are."""
    boxes: Mapping[str, PackedBox]
    facts: Mapping[str, str]
    names: Callable[[str], str]
    previous: Mapping[str, str]
    """What runs right before a node."""
    state: _State
    parts: bool
    """Whether forms rely on the boxes of parts."""

    def widen(self, name: str, size: Size) -> None:
        """All digits of the walk have one width; literals are brought to it here."""
        self.state.widths.rows(size)
        if name not in self.state.wide:
            self.state.steps.append(lambda bits: f".widen {bits} {DECIDE}")

    def input(self, inputs: Sequence[Inputs]) -> None:
        """The end of the walk: the largest values on the input's boxes, or on the ball."""
        state, name = self.state, self.graph.inputs[0].name
        size = state.rows.get(name)
        if size is None:
            zero = state.bound.plus(Size(1, 0))
            state.steps.append(lambda bits: f".zero {_compare(bits, zero)} {DECIDE}")
            return
        self.widen(name, size)
        total = max(sum(map(abs, part.lo)) for part in inputs)
        span = max(sum(b - a for a, b in zip(part.lo, part.hi, strict=True)) for part in inputs)
        sup = state.widths.sup(size, total, span, self.boxes[name].den)
        both = state.bound.plus(sup)
        ball = inputs[0].ball
        if ball is not None:
            state.subtract(state.widths.dot(size, ball.total, ball.den))
            near = "fun _ _ _ _ h => h.2"
            state.steps.append(lambda _: f".{ball.rule} {self.facts[name]} ({near}) {DECIDE}")
            return
        rule, fact = ("inputParts", "") if self.parts else ("input", f"{self.facts[name]} ")
        state.steps.append(lambda bits: f".{rule} {_compare(bits, both)} {fact}{DECIDE}")

    @singledispatchmethod
    def step(self, op: g.Op, node: Node, size: Size) -> None:
        """The rule of one operator, whose result has rows of this size."""
        raise UnsupportedError(
            f"The Lean library does not walk back through the operator {op.kind} of node "
            f"{node.name}."
        )

    @step.register
    def _(self, op: g.Linear, node: Node, size: Size) -> None:
        weight, bias = self.terms[node.name].parameters
        state = self.state
        width = weight.width
        pulled = state.widths.linear(size, weight.shape[1], width, weight.den)
        shift = sum(map(abs, bias.numerators))
        constant = state.widths.dot(size, shift, bias.den)
        self._exact("linear", [(node.inputs[0], pulled)])
        state.subtract(constant)

    @step.register
    def _(self, op: g.Conv2d, node: Node, size: Size) -> None:
        weight, bias = self.terms[node.name].parameters
        state = self.state
        channels, _, *kernel = weight.shape
        taps = channels // op.groups * prod(kernel)
        pulled = state.widths.conv(size, taps, weight.width, weight.den)
        total = prod(node.shape[1:]) * sum(map(abs, bias.numerators))
        constant = state.widths.dot(size, total, bias.den)
        self._exact("conv2d", [(node.inputs[0], pulled)])
        state.subtract(constant)

    @step.register
    def _(self, op: g.AvgPool2d, node: Node, size: Size) -> None:
        taps = prod(op.kernel)
        self._exact("avgPool2d", [(node.inputs[0], self.state.widths.conv(size, taps, 0, taps))])

    @step.register(g.GlobalAvgPool)
    @step.register(g.ReduceSum)
    @step.register(g.ReduceMean)
    def _(self, op: g.Op, node: Node, size: Size) -> None:
        share = prod(self.graph.shape_of(node.inputs[0])) // prod(node.shape)
        den = size.den if isinstance(op, g.ReduceSum) else size.den * share
        rule = f"{op.kind[0].lower()}{op.kind[1:]}"
        self._exact(rule, [(node.inputs[0], Size(den, size.offset))])

    @step.register
    def _(self, op: g.Concat, node: Node, size: Size) -> None:
        self._exact("concat", [(name, size) for name in node.inputs])

    @step.register(g.Transpose)
    @step.register(g.Slice)
    def _(self, op: g.Transpose | g.Slice, node: Node, size: Size) -> None:
        places = targets(op, self.graph.shape_of(node.inputs[0]))
        self._exact(
            "transpose" if isinstance(op, g.Transpose) else "slice",
            [(node.inputs[0], size)],
            places,
        )

    @step.register
    def _(self, op: g.Pad, node: Node, size: Size) -> None:
        state, shape = self.state, self.graph.shape_of(node.inputs[0])
        value = Fraction(float(op.value))
        margin = prod(node.shape) - prod(shape)
        constant = state.widths.dot(size, margin * abs(value.numerator), value.denominator)
        self._exact("pad", [(node.inputs[0], size)], targets(op, shape))
        state.subtract(constant)

    @step.register
    def _(self, op: g.Affine, node: Node, size: Size) -> None:
        scale, shift = self.terms[node.name].parameters
        state = self.state
        width = scale.width
        pulled = state.widths.scale(size, width, scale.den)
        each = prod(node.shape) // len(shift.numerators)
        total = each * sum(map(abs, shift.numerators))
        constant = state.widths.dot(size, total, shift.den)
        self._exact("affine", [(node.inputs[0], pulled)])
        state.subtract(constant)

    @step.register
    def _(self, op: g.Constant, node: Node, size: Size) -> None:
        (value,) = self.terms[node.name].parameters
        constant = self.state.widths.dot(size, sum(map(abs, value.numerators)), value.den)
        self._exact("constant", [])
        self.state.subtract(constant)

    @step.register(g.Flatten)
    @step.register(g.Reshape)
    def _(self, op: g.Op, node: Node, size: Size) -> None:
        self._exact("reshape", [(node.inputs[0], size)])

    @step.register
    def _(self, op: g.Neg, node: Node, size: Size) -> None:
        self._exact("neg", [(node.inputs[0], size)])

    @step.register
    def _(self, op: g.Add, node: Node, size: Size) -> None:
        self._exact("add", [(name, size) for name in node.inputs])

    @step.register
    def _(self, op: g.Sub, node: Node, size: Size) -> None:
        self._exact("sub", [(name, size) for name in node.inputs])

    @step.register
    def _(self, op: g.Relu, node: Node, size: Size) -> None:
        self._pieces("relu", node, size, Fraction(0))

    @step.register
    def _(self, op: g.Abs, node: Node, size: Size) -> None:
        self._pieces("abs", node, size, Fraction(-1))

    @step.register
    def _(self, op: g.LeakyRelu, node: Node, size: Size) -> None:
        self._pieces("leakyRelu", node, size, Fraction(float(op.alpha)))

    def _exact(self, rule: str, parts: Sequence[tuple[str, Size]], given: str = "") -> None:
        for name, size in parts:
            self.state.contribute(name, size, wide=True)
        self.state.steps.append(lambda _: f".{rule} {given}{DECIDE}")

    def _pieces(self, rule: str, node: Node, size: Size, slope: Fraction) -> None:
        """Operators of two linear pieces, with the certificate's coefficients."""
        argument = node.inputs[0]
        literal, box = self._given(node), self._box(argument)
        given = Size(literal.den, literal.offset)
        self._widen_waiting(node.name, argument)
        constant = self.state.widths.constants(
            size,
            given,
            (slope.numerator, slope.denominator),
            prod(node.shape),
            (box.den, box.width),
        )
        self.state.contribute(argument, given, wide=False)
        self.state.subtract(constant)
        coefficients = self.names(node.name)
        if self.parts:
            self.state.steps.append(lambda _: f".{rule}Parts {coefficients} {DECIDE}")
            return
        fact = self._fact(node)
        self.state.steps.append(lambda _: f".{rule} {fact} {coefficients} {DECIDE}")

    @step.register(g.Maximum)
    @step.register(g.Minimum)
    def _(self, op: g.Op, node: Node, size: Size) -> None:
        rule = "max" if isinstance(op, g.Maximum) else "min"
        given = self._maxima(rule, node, size, len(node.inputs))
        for name in node.inputs:
            self.state.contribute(name, given, wide=True)

    @step.register
    def _(self, op: g.MaxPool2d, node: Node, size: Size) -> None:
        taps = prod(op.kernel)
        given = self._maxima("maxPool2d", node, size, taps)
        self.state.contribute(node.inputs[0], self.state.widths.conv(given, taps, 0, 1), wide=True)

    def _maxima(self, rule: str, node: Node, size: Size, count: int) -> Size:
        """Maxima of `count` values, with the certificate's coefficients, whose size is returned."""
        boxes = [self._box(name) for name in node.inputs]
        literal = self._given(node)
        given = Size(literal.den, literal.offset)
        den = lcm(*(box.den for box in boxes))
        end = max(den // box.den << box.width for box in boxes)
        constant = self.state.widths.maxima(size, given, prod(node.shape), count, (den, end))
        self.state.subtract(constant)
        fact, coefficients = self._fact(node), self.names(node.name)
        self.state.steps.append(lambda _: f".{rule} {fact} {coefficients} {DECIDE}")
        return given

    def _given(self, node: Node) -> PackedRows:
        """The certificate's coefficients at a node; where it leaves them out they are zero."""
        if node.name not in self.relaxed:
            lines = sum(prod(self.graph.shape_of(name)) for name in node.inputs)
            if isinstance(node.op, g.MaxPool2d):
                lines = prod(node.shape) * prod(node.op.kernel)
            self.relaxed[node.name] = pack_rows([[0] * self.count] * lines, 1)
        return self.relaxed[node.name]

    def _fact(self, node: Node) -> str:
        """The theorem on the boxes of what has run before a node."""
        previous = self.previous[node.name]
        if previous not in self.facts:
            raise UnsupportedError(f"The certificate has no boxes up to node {previous}.")
        return self.facts[previous]

    def _box(self, name: str) -> PackedBox:
        """The box of a value."""
        if name not in self.boxes:
            raise UnsupportedError(f"The certificate has no box for node {name}.")
        return self.boxes[name]

    def _widen_waiting(self, current: str, name: str) -> None:
        """Literal rows that wait for their turn are widened before others are added."""
        state = self.state
        if name not in state.rows or name in state.wide:
            return
        order = [self.graph.inputs[0].name, *(node.name for node in self.graph.nodes)]
        variable = ".last"
        for _ in range(order.index(current) - order.index(name)):
            variable = f"(.before {variable})"
        state.wide.add(name)
        state.steps.append(lambda bits: f".widenAt {variable} {bits} {DECIDE}")


def _compare(bits: int, both: Size) -> int:
    """The width of digits in which two sides are compared, with their sum as `both`."""
    return max(bits, (4 * both.offset).bit_length() + 2)

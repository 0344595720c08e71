"""An independent reader of Model.lean: which operators, with which parameters, wired how.

It reads the program back into values and compares them with the graph, operator by operator, with
no help from the exporter. What an operator of the Lean library means stands in `Lemmanet.Spec.Op`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from bridge.check.lean_reader import ReadError
from bridge.check.lean_terms import Name, Record, Term, TermReader
from bridge.check.lean_text import LexicalError, code_tokens
from runtime.graph import Graph, Node
from runtime.graph import ops as g

__all__ = ["compare_model"]

_VERBS = {0: "given", 1: "step", 2: "join"}
_WINDOW: Mapping[str, Term] = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1)}


def compare_model(text: str, graph: Graph) -> list[str]:
    """How the program `model` in the text differs from the graph; empty when it does not."""
    try:
        reader = TermReader([token.text for token in code_tokens(text)])
        _compare(reader, graph)
    except (ReadError, LexicalError) as error:
        return [f"Model.lean: {error}"]
    return []


def _compare(reader: TermReader, graph: Graph) -> None:
    source = graph.inputs[0]
    if not reader.seek("def", "model", ":", "Prog"):
        raise ReadError("there is no definition of the model")
    _expect(reader.term(), [list(source.shape)], "the shape of the input")
    _expect(reader.term(), list(graph.output_shape), "the shape of the output")
    reader.expect(":", "=", "network", "fun")
    names = {source.name: reader.word()}
    reader.expect("=", ">")
    for node in graph.nodes:
        names[node.name] = _step(reader, node, graph, names)
    reader.expect("result")
    _expect(reader.word(), names[graph.output], "what is returned")
    reader.expect("end")
    reader.word()
    reader.end()


def _step(reader: TermReader, node: Node, graph: Graph, names: Mapping[str, str]) -> str:
    """Read one line, compare it with the node, and give the name that it binds."""
    where = f"node {node.name}"
    _expect(reader.word(), _VERBS[len(node.inputs)], f"{where}: the number of inputs")
    reader.expect("(", ".")
    kind = reader.word()
    arguments = []
    while reader.peek() != ":":
        arguments.append(reader.term())
    reader.expect(":", "Op")
    shapes = [graph.shape_of(name) for name in node.inputs]
    _expect(reader.term(), [list(shape) for shape in shapes], f"{where}: the shapes of the inputs")
    _expect(reader.term(), list(node.shape), f"{where}: the shape of the result")
    reader.expect(")")
    for name in node.inputs:
        _expect(reader.word(), names[name], f"{where}: what it reads")
    reader.expect("fun")
    bound = reader.word()
    if bound in names.values():
        raise ReadError(f"{where}: the name {bound[:40]} is bound twice")
    reader.expect("=", ">")
    expected_kind, expected = _operator(node, shapes)
    _expect(kind, expected_kind, f"{where}: the operator")
    for argument in arguments:
        if isinstance(argument, Name) and argument.text in names.values():
            raise ReadError(f"{where}: a variable hides the constant {argument.text[:40]}")
    found = [_with_defaults(argument) for argument in arguments]
    _expect(found, expected, f"{where}: the parameters of {kind}")
    return bound


def _expect(found: Term, expected: Term, what: str) -> None:
    if found != expected:
        raise ReadError(f"{what} is {_shown(found)}, the network has {_shown(expected)}")


def _shown(term: Term) -> str:
    try:
        return str(term)[:80]
    except ValueError:  # Python writes no number of more than 4,300 digits
        return "a number of thousands of digits"


def _with_defaults(argument: Term) -> Term:
    return Record({**_WINDOW, **argument.fields}) if isinstance(argument, Record) else argument


def _operator(node: Node, shapes: list[tuple[int, ...]]) -> tuple[str, list[Term]]:
    """Constructor and arguments that mean the node's operator, with all defaults written out."""

    def named(*roles: str) -> list[Term]:
        return [Name(f"{node.name}_{role}") for role in roles]

    match node.op:
        case g.Constant():
            return "constant", named("value")
        case g.Linear():
            return "linear", named("weight", "bias")
        case g.Conv2d(stride=stride, padding=padding, dilation=dilation, groups=groups) as conv:
            window = _window(conv.kernel, stride, padding, dilation)
            return "conv2d", [window, groups, *named("weight", "bias")]
        case g.Affine():
            return "affine", named("scale", "shift")
        case g.LeakyRelu(alpha=alpha):
            return "leakyRelu", _ratio(float(alpha))
        case g.Clip(low=low, high=high):
            ends = (None if end is None else float(end) for end in (low, high))
            return "clip", [Name("none") if e is None else ("some", tuple(_ratio(e))) for e in ends]
        case g.MaxPool2d(kernel=kernel, stride=stride, padding=padding, dilation=dilation):
            return "maxPool2d", [_window(kernel, stride, padding, dilation)]
        case g.AvgPool2d(kernel=kernel, stride=stride, padding=padding, count_include_pad=count):
            window = _window(kernel, stride, padding, (1, 1))
            return "avgPool2d", [window, Name("true" if count else "false")]
        case g.Flatten() | g.Reshape():
            return "reshape", [Name("rfl")]
        case g.Transpose(perm=perm):
            return "transpose", [list(perm)]
        case g.Concat(axis=axis):
            outer = math.prod(node.shape[:axis])
            return "concat", [outer, *(math.prod(shape[axis:]) for shape in shapes)]
        case g.Slice(starts=starts, steps=steps):
            return "slice", [list(starts), list(steps)]
        case g.Pad(before=before, value=value):
            return "pad", [list(before), *_ratio(float(value))]
        case g.ReduceSum(axes=(axis,)):
            return "reduceSum", [axis]
        case g.ReduceMean(axes=(axis,)):
            return "reduceMean", [axis]
    if type(node.op) in _PLAIN:
        return _PLAIN[type(node.op)], []
    raise ReadError(f"node {node.name}: {node.op.kind} has no counterpart in Lean")


_PLAIN: Mapping[type[g.Op], str] = {
    g.Add: "add",
    g.Sub: "sub",
    g.Maximum: "max",
    g.Minimum: "min",
    g.Neg: "neg",
    g.Abs: "abs",
    g.Relu: "relu",
    g.GlobalAvgPool: "globalAvgPool",
}


def _window(
    kernel: tuple[int, ...],
    stride: tuple[int, int],
    padding: tuple[int, ...],
    dilation: tuple[int, int],
) -> Record:
    # Zeros below and to the right follow from the shape of the result, which is compared.
    return Record(
        {
            "kernel": tuple(kernel),
            "stride": tuple(stride),
            "padding": tuple(padding[:2]),
            "dilation": tuple(dilation),
        }
    )


def _ratio(value: float) -> list[Term]:
    exact = Fraction(value)
    return [exact.numerator, exact.denominator]

"""Building graphs step by step: names, shapes and dead code are taken care of."""

from __future__ import annotations

import re

from runtime.errors import InputError
from runtime.graph.ir import Graph, Input, Node
from runtime.graph.names import NameTable, sanitize
from runtime.graph.ops import Op, Shape
from runtime.graph.ops.base import check_shape
from runtime.graph.provenance import Provenance

__all__ = ["GraphBuilder"]

_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


class GraphBuilder:
    """Collects inputs and nodes in topological order; `build` makes the Graph."""

    def __init__(self, name: str) -> None:
        self._name = sanitize(name, "model")
        self._names = NameTable()
        self._inputs: list[Input] = []
        self._nodes: list[Node] = []
        self._shapes: dict[str, Shape] = {}

    def input(self, shape: Shape, hint: str = "x") -> str:
        """Declare an input of `shape` (no batch axis); returns its identifier."""
        name = self._names.take(hint, "x")
        self._shapes[name] = check_shape(shape, f"input {name}")
        self._inputs.append(Input(name, self._shapes[name]))
        return name

    def add(self, op: Op, *inputs: str, hint: str = "") -> str:
        """Append a node and return its identifier, made from `hint` or the operator's name.

        Raises InputError when the shapes do not fit or an input is unknown.
        """
        shape = op.infer([self.shape_of(name) for name in inputs])
        kind = _WORD_START.sub("_", op.kind).lower()
        name = self._names.take(hint or kind, kind)
        self._shapes[name] = shape
        self._nodes.append(Node(name, op, inputs, shape))
        return name

    def shape_of(self, name: str) -> Shape:
        """Shape of an input or node so far; raises InputError for an unknown name."""
        if name not in self._shapes:
            raise InputError(f"the graph {self._name} has no tensor {name!r}")
        return self._shapes[name]

    def build(self, output: str, source: Provenance) -> Graph:
        """The validated graph with that output; nodes that it does not need are left out."""
        needed = {output}
        kept = []
        for node in reversed(self._nodes):
            if node.name in needed:
                needed.update(node.inputs)
                kept.append(node)
        return Graph(self._name, tuple(self._inputs), tuple(reversed(kept)), output, source)

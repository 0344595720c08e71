"""The graph IR: typed operators on named tensors in topological order, without batch axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from runtime.errors import InputError
from runtime.graph import evaluate, exact, pretty, serialize, validate
from runtime.graph.ops import FloatArray, Op, Shape
from runtime.graph.provenance import Provenance

__all__ = ["Graph", "Input", "Node"]


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a graph: its identifier and shape, without batch axis."""

    name: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class Node:
    """One operation: `name` is bound to `op` on the tensors `inputs`; `shape` is the result's."""

    name: str
    op: Op
    inputs: tuple[str, ...]
    shape: Shape


@dataclass(frozen=True, eq=False)
class Graph:
    """A network. Building one validates it, so that every Graph in hand is well formed.

    Attributes:
        name: an identifier.
        inputs: the inputs in the source's order; properties need exactly one.
        nodes: in topological order, names unique.
        output: the name of a node or of an input.
        source: where the graph came from.
    """

    name: str
    inputs: tuple[Input, ...]
    nodes: tuple[Node, ...]
    output: str
    source: Provenance

    def __post_init__(self) -> None:
        self.validate()

    def validate(self) -> None:
        """Check names, order, arities and shapes; raises InputError with the first fault."""
        validate.validate(self)

    @cached_property
    def _shapes(self) -> dict[str, Shape]:
        shapes = {entry.name: entry.shape for entry in self.inputs}
        shapes.update((node.name, node.shape) for node in self.nodes)
        return shapes

    @cached_property
    def _nodes_by_name(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes}

    @cached_property
    def _consumers(self) -> dict[str, tuple[Node, ...]]:
        consumers: dict[str, list[Node]] = {name: [] for name in self._shapes}
        for node in self.nodes:
            for name in dict.fromkeys(node.inputs):
                consumers[name].append(node)
        return {name: tuple(nodes) for name, nodes in consumers.items()}

    def shape_of(self, name: str) -> Shape:
        """Shape of an input or node; raises InputError for an unknown name."""
        if name not in self._shapes:
            raise InputError(f"the graph {self.name} has no tensor {name!r}")
        return self._shapes[name]

    def node(self, name: str) -> Node:
        """The node of that name; raises InputError for an unknown name or an input."""
        if name not in self._nodes_by_name:
            raise InputError(f"the graph {self.name} has no node {name!r}")
        return self._nodes_by_name[name]

    def consumers(self, name: str) -> tuple[Node, ...]:
        """The nodes that read `name`, in order; raises InputError for an unknown name."""
        self.shape_of(name)
        return self._consumers[name]

    @property
    def output_shape(self) -> Shape:
        """Shape of the output."""
        return self._shapes[self.output]

    @cached_property
    def parameters_count(self) -> int:
        """Number of float32 parameters in all operators, scalars included."""
        return sum(serialize.count_parameters(node.op) for node in self.nodes)

    def pretty(self) -> str:
        """The architecture as a table of text, one line a node."""
        return pretty.pretty(self)

    def evaluate(self, x: ArrayLike | tuple[ArrayLike, ...]) -> FloatArray:
        """Run in NumPy float32 on one input (a tuple where there are several): no batch axis."""
        return self.trace(x)[self.output]

    def evaluate_batch(self, x: ArrayLike | tuple[ArrayLike, ...]) -> FloatArray:
        """Run in NumPy float32 on inputs [B, ...]; the result is [B, ...]."""
        return evaluate.run(self, x, keep_all=False)[self.output]

    def trace(self, x: ArrayLike | tuple[ArrayLike, ...]) -> dict[str, FloatArray]:
        """All tensors of one float32 run by name, inputs included; no batch axis."""
        singles = x if isinstance(x, tuple) and len(self.inputs) > 1 else (x,)
        batched = tuple(np.asarray(value, dtype=np.float32)[None] for value in singles)
        values = evaluate.run(self, batched if len(batched) > 1 else batched[0], keep_all=True)
        return {name: value[0] for name, value in values.items()}

    def evaluate_exact(
        self, x: Sequence[int | Fraction] | Mapping[str, Sequence[int | Fraction]]
    ) -> dict[str, tuple[list[int], int]]:
        """Run in exact rationals on a flat input (a mapping by name where there are several).

        Returns every tensor, inputs included, as flat numerators over one positive denominator.
        """
        return exact.evaluate_exact(self, x)

    def to_json(self) -> dict[str, Any]:
        """The graph as plain JSON data, format `lemmanet.graph/1`; parameters keep their bits."""
        return serialize.to_json(self)

    @classmethod
    def from_json(cls, data: object) -> Graph:
        """Read what `to_json` wrote; raises InputError for anything else."""
        return serialize.from_json(data)

    def save(self, path: str | Path) -> None:
        """Write the graph as a JSON file, whole or not at all."""
        serialize.save(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> Graph:
        """Read a JSON file written by `save`; raises InputError."""
        return serialize.load(Path(path))

    @cached_property
    def _digest(self) -> str:
        return serialize.digest(self)

    def sha256(self) -> str:
        """Hash of what the graph computes: inputs, nodes, output and the bits of all parameters.

        The graph's own name and its provenance take no part.
        """
        return self._digest

"""What an operator's importer works with: the node's inputs, attributes and the graph so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bridge.importers.onnx.attributes import Attributes
from bridge.importers.onnx.values import Array, Folded, Tensor, Value, without_batch
from runtime.errors import InputError, UnsupportedError
from runtime.graph import Constant, Flatten, FloatArray, GraphBuilder, Op, Reshape, Shape

__all__ = ["Handler", "NodeContext", "Session"]


@dataclass(slots=True)
class Session:
    """One import: shared by all nodes."""

    builder: GraphBuilder
    opset: int
    folder: Path | None
    notes: list[str] = field(default_factory=list)
    views: dict[tuple[str, Shape], str] = field(default_factory=dict)

    def note(self, text: str) -> None:
        """Remember a fact for the provenance, once."""
        if text not in self.notes:
            self.notes.append(text)


@dataclass(slots=True)
class NodeContext:
    """One node under import.

    Attributes:
        session: the import.
        kind: the operator's ONNX name.
        where: names the node in messages.
        hint: where new IR names come from.
        inputs: the values read; None for an optional input that is left out.
        attributes: the node's attributes; what a handler does not read is refused afterwards.
    """

    session: Session
    kind: str
    where: str
    hint: str
    inputs: list[Value | None]
    attributes: Attributes

    @property
    def opset(self) -> int:
        """Version of the default operator set."""
        return self.session.opset

    def arity(self, least: int, most: int) -> None:
        """Refuse another number of inputs; pads `inputs` with None up to `most`."""
        if not least <= len(self.inputs) <= most:
            raise InputError(f"{self.where}: it has {len(self.inputs)} inputs")
        if any(value is None for value in self.inputs[:least]):
            raise InputError(f"{self.where}: a needed input is left out")
        self.inputs += [None] * (most - len(self.inputs))

    def tensor(self, index: int) -> Tensor:
        """Input as a computed tensor; a constant becomes a Constant node."""
        value = self.inputs[index]
        if isinstance(value, Tensor):
            return value
        array = self.float_array(index)
        name = self.session.builder.add(
            Constant(array.reshape(without_batch(array.shape))), hint=f"{self.hint}_constant"
        )
        return Tensor(name, array.shape)

    def array(self, index: int) -> Array:
        """Input as a constant; raises UnsupportedError when it is computed from the model input."""
        value = self.inputs[index]
        if isinstance(value, Folded):
            return value.array
        raise UnsupportedError(
            f"{self.where}: input {index + 1} must be a constant, not computed from the model input"
        )

    def float_array(self, index: int) -> FloatArray:
        """Input as a finite, nonempty float32 constant."""
        array = self.array(index)
        if array.dtype != np.float32:
            raise UnsupportedError(
                f"{self.where}: input {index + 1} has the data type {array.dtype}, not float32"
            )
        if array.size == 0:
            raise UnsupportedError(f"{self.where}: input {index + 1} is an empty tensor")
        if not bool(np.isfinite(array).all()):
            raise InputError(f"{self.where}: input {index + 1} holds a NaN or an infinity")
        return np.ascontiguousarray(array)

    def integers(self, index: int) -> tuple[int, ...]:
        """Input as a constant list of integers."""
        array = self.array(index)
        if array.dtype not in (np.int64, np.int32) or array.ndim > 1:
            raise InputError(f"{self.where}: input {index + 1} must be a list of integers")
        return tuple(int(value) for value in array.reshape(-1))

    def axis(self, axis: int, rank: int) -> int:
        """An axis counted from the front; raises InputError outside of the rank."""
        if not -rank <= axis < rank:
            raise InputError(f"{self.where}: there is no axis {axis} among {rank}")
        return axis % rank

    def view(self, tensor: Tensor, shape: Shape) -> str:
        """The IR tensor under that IR shape; a Flatten or Reshape is added where needed."""
        builder = self.session.builder
        if builder.shape_of(tensor.name) == shape:
            return tensor.name
        views = self.session.views
        if (tensor.name, shape) not in views:
            op = Flatten() if len(shape) == 1 else Reshape(shape)
            views[tensor.name, shape] = self._add(
                op, (tensor.name,), f"{tensor.name}_{op.kind.lower()}"
            )
        return views[tensor.name, shape]

    def emit(self, op: Op, *names: str, shape: Sequence[int] | None = None) -> Tensor:
        """Add an IR node; `shape` is the result's ONNX shape, the IR's own by default."""
        name = self._add(op, names, self.hint)
        own = self.session.builder.shape_of(name)
        return Tensor(name, own if shape is None else tuple(shape))

    def _add(self, op: Op, names: tuple[str, ...], hint: str) -> str:
        try:
            return self.session.builder.add(op, *names, hint=hint)
        except InputError as error:
            raise InputError(f"{self.where}: {error}") from error


Handler = Callable[[NodeContext], Value]

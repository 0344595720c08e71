"""One source operator on its way into the graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bridge.importers.lowering.values import Tensor, without_batch
from runtime.errors import InputError
from runtime.graph import Constant, Flatten, FloatArray, GraphBuilder, Op, Reshape, Shape

__all__ = ["Session", "Step"]

_Made = TypeVar("_Made", bound=Op)


@dataclass(slots=True)
class Session:
    """One import: shared by all operators."""

    builder: GraphBuilder
    notes: list[str] = field(default_factory=list)
    views: dict[tuple[str, Shape], str] = field(default_factory=dict)

    def note(self, text: str) -> None:
        """Remember a fact for the provenance, once."""
        if text not in self.notes:
            self.notes.append(text)


@dataclass(slots=True)
class Step:
    """Where new IR nodes of one source operator are made.

    Attributes:
        session: the import.
        where: names the source operator in messages.
        hint: where new IR names come from.
    """

    session: Session
    where: str
    hint: str

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
        """Add an IR node; `shape` is the result's full shape, the IR's own by default."""
        name = self._add(op, names, self.hint)
        own = self.session.builder.shape_of(name)
        return Tensor(name, own if shape is None else tuple(shape))

    def constant(self, array: FloatArray) -> Tensor:
        """A Constant node with that full shape."""
        op = self.checked(lambda: Constant(array.reshape(without_batch(array.shape))))
        name = self._add(op, (), f"{self.hint}_constant")
        return Tensor(name, array.shape)

    def checked(self, make: Callable[[], _Made]) -> _Made:
        """Build an operator; what it refuses is reported as the source operator's fault."""
        try:
            return make()
        except InputError as error:
            raise type(error)(f"{self.where}: {error}") from error

    def _add(self, op: Op, names: tuple[str, ...], hint: str) -> str:
        try:
            return self.session.builder.add(op, *names, hint=hint)
        except InputError as error:
            raise type(error)(f"{self.where}: {error}") from error

"""The tape of reverse-mode differentiation: what was computed from what, and the walk back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from runtime.devices import Array

if TYPE_CHECKING:
    from runtime.tensor import Tensor

__all__ = ["Pullback", "TapeNode", "is_recording", "no_grad", "propagate", "topological"]

Pullback: TypeAlias = Callable[[Array], tuple[Array | None, ...]]
"""Takes the gradient of an output to the gradients of the parents (None: not needed)."""


@dataclass(frozen=True, slots=True, eq=False)
class TapeNode:
    """One operation: its name, its attributes, its inputs and the way back through it.

    ``runtime.capture`` reads ``operation`` and ``attributes`` to rebuild the program as a graph.
    """

    operation: str
    attributes: Mapping[str, Any]
    parents: tuple[Tensor, ...]
    pullback: Pullback


_recording: ContextVar[bool] = ContextVar("lemmanet_recording", default=True)


def is_recording() -> bool:
    """Whether operations are written to the tape at this point."""
    return _recording.get()


@contextmanager
def no_grad() -> Iterator[None]:
    """Within this context nothing is recorded, as ``torch.no_grad``."""
    token = _recording.set(False)
    try:
        yield
    finally:
        _recording.reset(token)


def topological(root: Tensor) -> Sequence[Tensor]:
    """The recorded tensors that ``root`` depends on, parents before children, ``root`` last."""
    order: list[Tensor] = []
    seen: set[int] = set()
    stack: list[tuple[Tensor, bool]] = [(root, False)]
    while stack:
        tensor, expanded = stack.pop()
        if expanded:
            order.append(tensor)
            continue
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        stack.append((tensor, True))
        if tensor.node is not None:
            stack.extend((p, False) for p in tensor.node.parents if p.requires_grad)
    return order


def propagate(root: Tensor, gradient: Array) -> None:
    """Adds d root / d leaf, weighted with ``gradient``, to ``grad`` of every leaf of ``root``.

    Gradients are added out of place, since a pullback may hand the same array to two parents.
    """
    pending: dict[int, Array] = {id(root): gradient}
    for tensor in reversed(topological(root)):
        incoming = pending.pop(id(tensor), None)
        if incoming is None:
            continue
        if tensor.node is None:
            tensor.grad = incoming if tensor.grad is None else tensor.grad + incoming
            continue
        outgoing = tensor.node.pullback(incoming)
        for parent, part in zip(tensor.node.parents, outgoing, strict=True):
            if part is not None and parent.requires_grad:
                held = pending.get(id(parent))
                pending[id(parent)] = part if held is None else held + part

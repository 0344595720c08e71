"""One ATen call with its arguments bound by the operator's own schema, read strictly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bridge.importers.lowering import Step, Tensor
from runtime.errors import InputError, UnsupportedError
from runtime.graph import FloatArray, Shape

__all__ = ["Call", "float_array"]


def float_array(tensor: Any, where: str) -> FloatArray:
    """A torch tensor's float32 values; raises InputError or UnsupportedError for others."""
    array = tensor.detach().cpu().contiguous().numpy()
    if array.dtype != np.float32:
        raise UnsupportedError(f"{where}: a constant has the data type {array.dtype}, not float32")
    if array.size == 0 or not bool(np.isfinite(array).all()):
        raise InputError(f"{where}: a constant is empty, or holds a NaN or an infinity")
    return np.ascontiguousarray(array)


@dataclass(slots=True)
class Call(Step):
    """Arguments by name: computed ones are Tensor, constants are torch tensors or Python values.

    Attributes:
        arguments: every argument of the schema, defaults filled in.
        defaults: the schema's defaults; an argument that is not read must equal its default.
        shapes: full shapes of the results, from the exported program.
    """

    arguments: dict[str, Any]
    defaults: dict[str, Any]
    shapes: tuple[Shape, ...]
    _unread: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self._unread = set(self.arguments)

    @property
    def shape(self) -> Shape:
        """Full shape of the first result."""
        return self.shapes[0]

    def value(self, name: str) -> Any:
        """An argument as it is."""
        self._unread.discard(name)
        return self.arguments[name]

    def has(self, name: str) -> bool:
        """Whether the operator has that argument and it is not None."""
        return self.arguments.get(name) is not None

    def tensor(self, name: str) -> Tensor:
        """A computed argument; a constant tensor becomes a Constant node."""
        value = self.value(name)
        if isinstance(value, Tensor):
            return value
        return self.constant(self._array(value, name))

    def tensors(self, name: str) -> list[Tensor]:
        """A list of tensors; constants become Constant nodes."""
        return [
            value if isinstance(value, Tensor) else self.constant(self._array(value, name))
            for value in self.value(name)
        ]

    def array(self, name: str) -> FloatArray:
        """A constant tensor or number; a number is rounded to float32 as PyTorch does."""
        return self._array(self.value(name), name)

    def optional_array(self, name: str) -> FloatArray | None:
        """Like `array`, or None."""
        value = self.value(name)
        return None if value is None else self._array(value, name)

    def _array(self, value: Any, name: str) -> FloatArray:
        if isinstance(value, Tensor):
            raise UnsupportedError(
                f"{self.where}: {name} must be constant, not computed from the input"
            )
        if isinstance(value, bool) or value is None:
            raise UnsupportedError(f"{self.where}: {name} must be a number")
        if isinstance(value, int | float):
            with np.errstate(over="ignore"):
                number = np.full((), value, dtype=np.float32)
            if not bool(np.isfinite(number)):
                raise InputError(f"{self.where}: {name} is not finite")
            return number
        return float_array(value, self.where)

    def number(self, name: str) -> np.float32:
        """A Python number, rounded to float32 as PyTorch does; infinities stay."""
        value = self.value(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise UnsupportedError(f"{self.where}: {name} must be a number")
        with np.errstate(over="ignore"):
            return np.float32(value)

    def optional_number(self, name: str) -> np.float32 | None:
        """Like `number`, or None."""
        return self.number(name) if self.has(name) else self.value(name)

    def integer(self, name: str) -> int:
        """A Python integer."""
        value = self.value(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise UnsupportedError(f"{self.where}: {name} must be a fixed integer")
        return value

    def integers(self, name: str, count: int | None = None) -> tuple[int, ...]:
        """A list of integers; with `count`, one integer stands for all."""
        value = self.value(name)
        values = [value] if isinstance(value, int) else value
        if not isinstance(values, Sequence) or any(type(entry) is not int for entry in values):
            raise UnsupportedError(f"{self.where}: {name} must be fixed integers")
        if count is not None and len(values) == 1:
            values = list(values) * count
        if count is not None and len(values) != count:
            raise UnsupportedError(f"{self.where}: {name} must have {count} entries")
        return tuple(values)

    def ignore(self, *names: str) -> None:
        """Arguments that do not matter in inference."""
        self._unread.difference_update(names)

    def finish(self) -> None:
        """Refuse arguments that were not read and are not at their default."""
        for name in sorted(self._unread):
            value = self.arguments[name]
            simple = value is None or isinstance(value, bool | int | float | str | list)
            if not simple or name not in self.defaults or value != self.defaults[name]:
                raise UnsupportedError(f"{self.where}: the argument {name} is not supported")

"""What an operator's importer works with: the node's inputs and attributes, read strictly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bridge.importers.lowering import Array, Folded, Step, Tensor, Value
from bridge.importers.onnx.attributes import Attributes
from runtime.errors import InputError, UnsupportedError
from runtime.graph import FloatArray

__all__ = ["Handler", "NodeContext"]


@dataclass(slots=True)
class NodeContext(Step):
    """One node under import.

    Attributes:
        kind: the operator's ONNX name.
        inputs: the values read; None for an optional input that is left out.
        attributes: the node's attributes; what a handler does not read is refused afterwards.
        opset: version of the default operator set.
        folder: the model file's folder, None when there is no file.
    """

    kind: str
    inputs: list[Value | None]
    attributes: Attributes
    opset: int
    folder: Path | None

    def arity(self, least: int, most: int) -> None:
        """Refuse another number of inputs; pads `inputs` with None up to `most`."""
        if not least <= len(self.inputs) <= most:
            raise InputError(f"{self.where}: it has {len(self.inputs)} inputs")
        for index in range(least):
            self._given(index)
        self.inputs += [None] * (most - len(self.inputs))

    def _given(self, index: int) -> Value:
        value = self.inputs[index] if index < len(self.inputs) else None
        if value is None:
            raise InputError(f"{self.where}: a needed input is left out")
        return value

    def tensor(self, index: int) -> Tensor:
        """Input as a computed tensor; a constant becomes a Constant node."""
        value = self._given(index)
        return value if isinstance(value, Tensor) else self.constant(self.float_array(index))

    def array(self, index: int) -> Array:
        """Input as a constant; raises UnsupportedError when it is computed from the model input."""
        value = self._given(index)
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


Handler = Callable[[NodeContext], Value]

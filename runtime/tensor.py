"""Tensors: arrays that remember how they were computed."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from runtime import autograd
from runtime.autograd.reductions import Axes
from runtime.autograd.tape import Pullback, TapeNode, is_recording, propagate
from runtime.devices import Array, Device, array_module, to_numpy
from runtime.devices import device as named_device
from runtime.errors import InputError

__all__ = ["Operand", "Tensor"]

Operand: TypeAlias = "Tensor | float | Array"


class Tensor:
    """An array of float32 (or float64) with reverse-mode differentiation, in PyTorch's manner.

    ``data`` is the array, ``grad`` the gradient gathered by ``backward`` (an array, to be read
    only), ``requires_grad`` whether operations on this tensor are recorded, ``node`` the
    operation that made it (None for a leaf).
    Float32 and float64 arrays are taken as they are, without a copy; all else becomes float32.
    """

    __array_priority__ = 1000  # NumPy leaves `array + tensor` to this class
    __slots__ = ("data", "grad", "node", "requires_grad")

    def __init__(
        self,
        data: Any,
        *,
        requires_grad: bool = False,
        dtype: Any = None,
        device: str | Device | None = None,
    ) -> None:
        array = data.data if isinstance(data, Tensor) else data
        if device is not None:
            array = named_device(device).asarray(array)
        array = array_module(array).asarray(array)
        if dtype is not None:
            array = array.astype(dtype, copy=False)
        elif not isinstance(data, Tensor) and not _is_float_array(data):
            array = array.astype(np.float32)
        if array.dtype not in (np.float32, np.float64):
            raise InputError(f"a tensor holds float32 or float64, not {array.dtype}")
        self.data: Array = array
        self.grad: Array | None = None
        self.requires_grad = requires_grad
        self.node: TapeNode | None = None

    def derive(
        self,
        operation: str,
        data: Array,
        parents: tuple[Tensor, ...],
        pullback: Pullback,
        **attributes: Any,
    ) -> Tensor:
        """The result of an operation, recorded where a parent requires a gradient."""
        out = Tensor.__new__(Tensor)
        out.data = data
        out.grad = None
        out.requires_grad = is_recording() and any(p.requires_grad for p in parents)
        out.node = TapeNode(operation, attributes, parents, pullback) if out.requires_grad else None
        return out

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape, batch axis included."""
        return self.data.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32 or float64."""
        return self.data.dtype

    @property
    def device(self) -> Device:
        """Where the array lies."""
        return Device("cpu" if array_module(self.data) is np else "cuda")

    def numpy(self) -> Array:
        """The values as a NumPy array, not a copy where they lie on the CPU."""
        array: Array = to_numpy(self.data)
        return array

    def item(self) -> float:
        """The one value of a tensor of size 1; raises InputError for other sizes."""
        if self.data.size != 1:
            raise InputError(f"item: a tensor of shape {self.shape} has no single value")
        return float(self.data.reshape(-1)[0])

    def detach(self) -> Tensor:
        """The same array without its history."""
        return Tensor(self.data)

    def to(self, place: str | Device) -> Tensor:
        """The same values on another device, without history."""
        return Tensor(self.data, requires_grad=self.requires_grad, device=place)

    def backward(self, gradient: Array | None = None) -> None:
        """Adds the gradient of this tensor to ``grad`` of every leaf it was computed from.

        ``gradient`` (default 1, for a single value) weighs the elements of this tensor.
        Raises InputError where nothing was recorded, or ``gradient`` is needed or does not fit.
        """
        if not self.requires_grad:
            raise InputError("backward: nothing was recorded; no input requires a gradient")
        if gradient is None:
            if self.data.size != 1:
                raise InputError(f"backward: a tensor of shape {self.shape} needs a gradient")
            gradient = array_module(self.data).ones_like(self.data)
        if gradient.shape != self.shape:
            raise InputError(f"backward: gradient {gradient.shape} does not fit {self.shape}")
        propagate(self, gradient)

    def _operand(self, other: Operand) -> Tensor:
        if isinstance(other, Tensor):
            return other
        array = array_module(self.data).asarray(other, dtype=self.data.dtype)
        return Tensor(array)

    def __add__(self, other: Operand) -> Tensor:
        return autograd.add(self, self._operand(other))

    def __radd__(self, other: Operand) -> Tensor:
        return autograd.add(self._operand(other), self)

    def __sub__(self, other: Operand) -> Tensor:
        return autograd.sub(self, self._operand(other))

    def __rsub__(self, other: Operand) -> Tensor:
        return autograd.sub(self._operand(other), self)

    def __mul__(self, other: Operand) -> Tensor:
        return autograd.mul(self, self._operand(other))

    def __rmul__(self, other: Operand) -> Tensor:
        return autograd.mul(self._operand(other), self)

    def __truediv__(self, other: Operand) -> Tensor:
        return autograd.div(self, self._operand(other))

    def __rtruediv__(self, other: Operand) -> Tensor:
        return autograd.div(self._operand(other), self)

    def __matmul__(self, other: Operand) -> Tensor:
        return autograd.matmul(self, self._operand(other))

    def __neg__(self) -> Tensor:
        return autograd.neg(self)

    def __abs__(self) -> Tensor:
        return autograd.absolute(self)

    def relu(self) -> Tensor:
        """max(x, 0), elementwise."""
        return autograd.relu(self)

    def clip(self, low: float | None = None, high: float | None = None) -> Tensor:
        """min(max(x, low), high), elementwise."""
        return autograd.clip(self, low, high)

    def exp(self) -> Tensor:
        """e to the x, elementwise."""
        return autograd.exp(self)

    def log(self) -> Tensor:
        """Natural logarithm, elementwise."""
        return autograd.log(self)

    def reshape(self, *shape: int) -> Tensor:
        """The same elements under another shape; one entry may be -1."""
        return autograd.reshape(self, shape)

    def flatten(self, start: int = 1) -> Tensor:
        """Joins the axes from ``start`` on into one."""
        return autograd.flatten(self, start)

    def transpose(self, *axes: int) -> Tensor:
        """Axes permuted; without arguments reversed."""
        return autograd.transpose(self, axes or None)

    def sum(self, axis: Axes = None, keepdims: bool = False) -> Tensor:
        """Sum over ``axis`` (all axes where None)."""
        return autograd.sum_(self, axis, keepdims)

    def mean(self, axis: Axes = None, keepdims: bool = False) -> Tensor:
        """Arithmetic mean over ``axis`` (all axes where None)."""
        return autograd.mean(self, axis, keepdims)

    def __repr__(self) -> str:
        place = "" if self.device.kind == "cpu" else ", device='cuda'"
        mark = ", requires_grad=True" if self.requires_grad else ""
        values = np.array2string(self.numpy(), separator=", ", threshold=20)
        return f"Tensor({values}, dtype={self.dtype}{place}{mark})"


def _is_float_array(data: object) -> bool:
    dtype = getattr(data, "dtype", None)
    return hasattr(data, "__array__") and dtype in (np.float32, np.float64)

"""Modules: parameters in a tree, with PyTorch's names for the leaves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from runtime.devices import Array, Device, to_numpy
from runtime.devices import device as named_device
from runtime.errors import InputError
from runtime.tensor import Tensor

__all__ = ["Module", "Parameter"]


class Parameter(Tensor):
    """A tensor that training changes; an attribute of a module."""

    __slots__ = ()

    def __init__(self, data: Any) -> None:
        super().__init__(data, requires_grad=True)


class Module(ABC):
    """Base of all layers and models: subclass it, assign parameters and modules, write forward.

    A module finds its parameters among its attributes, in the order of assignment; the name of
    a parameter is the path of attributes to it, as in PyTorch ("layers.0.weight").
    """

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor:
        """The output for a batch ``x`` [B, ...]."""

    def __call__(self, x: Tensor) -> Tensor:
        return self.forward(x)

    def children(self) -> Iterator[tuple[str, Module]]:
        """The modules that are attributes of this one, with their names."""
        for name, value in vars(self).items():
            if isinstance(value, Module):
                yield name, value

    def named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Parameter]]:
        """Every parameter with its path; one that is shared appears once, under its first path."""
        seen: set[int] = set()
        for name, parameter in self._named_parameters(prefix):
            if id(parameter) not in seen:
                seen.add(id(parameter))
                yield name, parameter

    def _named_parameters(self, prefix: str) -> Iterator[tuple[str, Parameter]]:
        for name, value in vars(self).items():
            if isinstance(value, Parameter):
                yield prefix + name, value
        for name, child in self.children():
            yield from child._named_parameters(f"{prefix}{name}.")

    def parameters(self) -> Iterator[Parameter]:
        """Every parameter once."""
        return (parameter for _, parameter in self.named_parameters())

    @property
    def device(self) -> Device:
        """Where the parameters lie; the CPU where there are none."""
        return next((parameter.device for parameter in self.parameters()), named_device("cpu"))

    def zero_grad(self) -> None:
        """Forgets all gradients."""
        for parameter in self.parameters():
            parameter.grad = None

    def to(self, place: str | Device) -> Self:
        """Moves the parameters to a device, in place; gradients are forgotten. Returns self.

        Make the optimizer afterwards, since its state lies where the parameters lay then.
        """
        target = named_device(place)
        for parameter in self.parameters():
            parameter.data = target.asarray(parameter.data)
            parameter.grad = None
        return self

    def state_dict(self) -> dict[str, Array]:
        """A copy of every parameter as a NumPy array, by path."""
        return {name: np.array(to_numpy(p.data)) for name, p in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, Array]) -> None:
        """Takes over the values of ``state``, all or none.

        Raises InputError where names, shapes or dtypes differ or a value is not finite.
        """
        own = dict(self.named_parameters())
        missing, unknown = sorted(own.keys() - state.keys()), sorted(state.keys() - own.keys())
        if missing or unknown:
            raise InputError(f"state dict does not fit: missing {missing}, unknown {unknown}")
        for name, parameter in own.items():
            value = state[name]
            if value.shape != parameter.shape or value.dtype != parameter.dtype:
                raise InputError(
                    f"state dict: {name} is {value.dtype} {value.shape}, "
                    f"the module needs {parameter.dtype} {parameter.shape}"
                )
            if not bool(np.isfinite(value).all()):
                raise InputError(f"state dict: {name} holds NaN or infinity")
        for name, parameter in own.items():
            parameter.data = parameter.device.asarray(np.array(state[name]))

    def save(self, path: str | Path) -> None:
        """Writes the parameters as a safetensors file, which PyTorch can read."""
        save_file({n: np.ascontiguousarray(v) for n, v in self.state_dict().items()}, str(path))

    def load(self, path: str | Path) -> Self:
        """Reads parameters from a safetensors file into this module and returns it.

        Raises InputError where the file is missing, damaged, or does not fit.
        """
        try:
            state = load_file(str(path))
        except (OSError, SafetensorError) as error:
            raise InputError(f"{path} is not a readable safetensors file: {error}") from error
        self.load_state_dict(state)
        return self

    def __repr__(self) -> str:
        inner = "\n".join(f"({name}): {child!r}" for name, child in self.children())
        head = f"{type(self).__name__}({self.describe()}"
        return head + ("\n  " + inner.replace("\n", "\n  ") + "\n)" if inner else ")")

    def describe(self) -> str:
        """The hyperparameters as they appear in ``repr``."""
        return ""

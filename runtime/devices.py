"""Where arrays live: NumPy on the CPU, CuPy on a CUDA device, one array interface for both."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from runtime.errors import InfrastructureError, InputError

__all__ = ["Array", "Device", "array_module", "device", "to_numpy"]

Array: TypeAlias = NDArray[Any]
"""A NumPy array, or a CuPy array, which follows the same interface."""


@dataclass(frozen=True, slots=True)
class Device:
    """A place for arrays. ``kind`` is ``"cpu"`` or ``"cuda"``."""

    kind: str

    @property
    def module(self) -> Any:
        """The array module of this device: ``numpy`` or ``cupy``."""
        return np if self.kind == "cpu" else importlib.import_module("cupy")

    def asarray(self, data: Any, dtype: Any = None) -> Array:
        """``data`` as an array on this device; copied only where it lies elsewhere."""
        source = to_numpy(data) if self.kind == "cpu" else data
        array: Array = self.module.asarray(source, dtype=dtype)
        return array


def device(name: str | Device) -> Device:
    """The device called ``"cpu"`` or ``"cuda"``.

    Raises InputError for another name and InfrastructureError where CuPy or the GPU is missing.
    """
    if isinstance(name, Device):
        return name
    if name not in ("cpu", "cuda"):
        raise InputError(f"device {name!r} is unknown; use 'cpu' or 'cuda'")
    if name == "cuda":
        _require_cuda()
    return Device(name)


def array_module(array: object) -> Any:
    """The module (``numpy`` or ``cupy``) whose functions work on ``array``."""
    return importlib.import_module("cupy") if _is_cupy(array) else np


def to_numpy(data: Any) -> Any:
    """``data`` itself, or its NumPy copy where it is a CuPy array."""
    return data.get() if _is_cupy(data) else data


def _is_cupy(data: object) -> bool:
    return type(data).__module__.partition(".")[0] == "cupy"


def _require_cuda() -> None:
    """Raises InfrastructureError unless CuPy loads and sees a device."""
    try:
        count = importlib.import_module("cupy").cuda.runtime.getDeviceCount()
    except Exception as error:  # a broken driver surfaces as many exception types
        raise InfrastructureError(
            f"device 'cuda' needs CuPy and a CUDA driver ({type(error).__name__}); "
            "install the extra 'cuda12' or 'cuda13', or use device 'cpu'"
        ) from error
    if count == 0:
        raise InfrastructureError("device 'cuda' needs a CUDA GPU and none is visible; use 'cpu'")

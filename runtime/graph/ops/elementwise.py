"""Operators that work element by element, on one input or on two of the same shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from runtime.errors import InputError
from runtime.graph.ops.base import Op, float32_scalar

__all__ = ["Abs", "Add", "Clip", "LeakyRelu", "Maximum", "Minimum", "Neg", "Relu", "Sub"]


@dataclass(frozen=True, slots=True, eq=False)
class Add(Op):
    """x + y of one shape; importers broadcast before."""

    arity: ClassVar[int] = 2


@dataclass(frozen=True, slots=True, eq=False)
class Sub(Op):
    """x - y of one shape."""

    arity: ClassVar[int] = 2


@dataclass(frozen=True, slots=True, eq=False)
class Maximum(Op):
    """The larger of x and y, element by element."""

    arity: ClassVar[int] = 2


@dataclass(frozen=True, slots=True, eq=False)
class Minimum(Op):
    """The smaller of x and y, element by element."""

    arity: ClassVar[int] = 2


@dataclass(frozen=True, slots=True, eq=False)
class Neg(Op):
    """-x."""


@dataclass(frozen=True, slots=True, eq=False)
class Abs(Op):
    """|x|."""


@dataclass(frozen=True, slots=True, eq=False)
class Relu(Op):
    """max(x, 0)."""


@dataclass(frozen=True, slots=True, eq=False)
class LeakyRelu(Op):
    """x where x >= 0, alpha * x elsewhere."""

    alpha: np.float32

    def __post_init__(self) -> None:
        object.__setattr__(self, "alpha", float32_scalar(self.alpha, "LeakyRelu: alpha"))


@dataclass(frozen=True, slots=True, eq=False)
class Clip(Op):
    """min(max(x, low), high); a bound of None is not there, and at least one is."""

    low: np.float32 | None
    high: np.float32 | None

    def __post_init__(self) -> None:
        if self.low is None and self.high is None:
            raise InputError("Clip: at least one of low and high is needed")
        if self.low is not None:
            object.__setattr__(self, "low", float32_scalar(self.low, "Clip: low"))
        if self.high is not None:
            object.__setattr__(self, "high", float32_scalar(self.high, "Clip: high"))
        if self.low is not None and self.high is not None and self.low > self.high:
            raise InputError(f"Clip: low {self.low} is above high {self.high}")

"""What every non-linear operator offers: a box rule, and lines above and below it on a box.

A row of coefficients `a` on the operator's result is bounded from above: a·f(z) ≤ a'·z + c for all
z of the box. Where the line may be turned, a slope parameter t in [0, 1] says how far; the defaults
are CROWN's (Zhang et al., Efficient Neural Network Robustness Certification with General Activation
Functions, NeurIPS 2018).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from runtime.devices import Array

__all__ = ["NonlinearRule", "Owner", "Pulled", "Relaxed", "dot"]

Box = tuple[Array, Array]


@dataclass(frozen=True, slots=True)
class Owner:
    """Which of the B sub-problems each of N rows belongs to; None where there is only one."""

    index: Array | None

    def of(self, x: Array) -> Array:
        """The entries of x [B, ...] for each row: [N, ...]; x [1, ...] stands for all, as it is."""
        return x if self.index is None or x.shape[0] == 1 else x[self.index]

    def part(self, chosen: Any) -> Owner:
        """The owners of some of the rows."""
        return self if self.index is None else Owner(self.index[chosen])


@dataclass(frozen=True, slots=True)
class Pulled:
    """Coefficients on each argument after the relaxation, [N, *shape], and the constants [N]."""

    arguments: list[Array]
    constant: Array


class Relaxed(ABC):
    """The lines of one operator on B boxes."""

    @abstractmethod
    def pull(self, a: Array, owner: Owner, t: Array | None) -> Pulled:
        """The relaxation of rows a [N, *shape]; `t` as `start` gives it, None for the default."""

    @abstractmethod
    def start(self, a: Array, owner: Owner) -> Array | None:
        """The default slope parameters of the rows, [N, *shape]; None where nothing can turn."""

    @abstractmethod
    def lift(
        self, a: Array, owner: Owner, t: Array | None, z: list[Array]
    ) -> tuple[Array, Array | None]:
        """Derivatives of the rows' bounds by `a` and by `t`.

        `z` has the derivatives by the pulled coefficients: for a linear rest, the point at which
        the bound is attained. Both results are [N, *shape].
        """

    @abstractmethod
    def along(self, owner: Owner, z: list[Array]) -> Array:
        """Changes [N, *shape] of the default lines above, for changes z of the arguments."""


class NonlinearRule(ABC):
    """One non-linear operator."""

    @abstractmethod
    def box(self, boxes: list[Box]) -> Box:
        """Bounds of the result from bounds [B, *shape] of the arguments."""

    @abstractmethod
    def loose(self, boxes: list[Box]) -> list[Array]:
        """Masks [B, *shape], one an argument: entries whose tighter bounds would help the lines."""

    @abstractmethod
    def relax(self, boxes: list[Box]) -> Relaxed:
        """The lines on these boxes."""


def dot(xp: Any, a: Array, b: Array) -> Array:
    """Σ a·b over all axes but the first, [N]; b may have one row for all."""
    n = a.shape[0]
    left, right = a.reshape(n, -1), b.reshape(b.shape[0], -1)
    result: Array = left @ right[0] if right.shape[0] == 1 else xp.einsum("nk,nk->n", left, right)
    return result

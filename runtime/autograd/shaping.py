"""Operations that move elements without changing them."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from runtime.errors import InputError

if TYPE_CHECKING:
    from runtime.tensor import Tensor

__all__ = ["flatten", "reshape", "transpose"]


def reshape(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The same elements in row-major order under another shape; one entry may be -1.

    Raises InputError where the number of elements differs.
    """
    known = prod(n for n in shape if n != -1)
    unknown = shape.count(-1)
    fits = known == x.data.size if unknown == 0 else known > 0 and x.data.size % known == 0
    if unknown > 1 or not fits or any(n < -1 for n in shape):
        raise InputError(f"reshape: {x.shape} cannot become {shape}")
    return x.derive("reshape", x.data.reshape(shape), (x,), lambda g: (g.reshape(x.shape),))


def flatten(x: Tensor, start: int = 1) -> Tensor:
    """Joins the axes from ``start`` on into one, as ``torch.flatten(x, start)``."""
    if not 0 <= start < max(x.data.ndim, 1):
        raise InputError(f"flatten: start {start} is not an axis of shape {x.shape}")
    return reshape(x, (*x.shape[:start], prod(x.shape[start:])))


def transpose(x: Tensor, axes: tuple[int, ...] | None = None) -> Tensor:
    """Axes permuted: axis k of the result is axis ``axes[k]`` of x; None reverses them.

    Raises InputError where ``axes`` is not a permutation.
    """
    order = axes if axes is not None else tuple(reversed(range(x.data.ndim)))
    order = tuple(a + x.data.ndim if a < 0 else a for a in order)
    if sorted(order) != list(range(x.data.ndim)):
        raise InputError(f"transpose: {axes} is not a permutation of the axes of {x.shape}")
    inverse = tuple(sorted(range(len(order)), key=order.__getitem__))
    out = x.data.transpose(order)
    return x.derive("transpose", out, (x,), lambda g: (g.transpose(inverse),), axes=order)

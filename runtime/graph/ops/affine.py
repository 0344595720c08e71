"""Operators that are affine in their input: constants, dense layers, convolutions, rescaling."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from runtime.errors import InputError
from runtime.graph.ops.base import FloatArray, Op, Shape, float32_parameter, int_tuple, shape_text
from runtime.graph.ops.window import Padding, Pair, check_padding, output_extents, positive_pair

__all__ = ["Affine", "Constant", "Conv2d", "Linear"]


def _bias(value: FloatArray, rows: int, kind: str) -> FloatArray:
    bias = float32_parameter(value, f"{kind}: bias", rank=1)
    if bias.shape[0] != rows:
        raise InputError(f"{kind}: the bias has {bias.shape[0]} entries, the weight {rows} rows")
    return bias


@dataclass(frozen=True, slots=True, eq=False)
class Constant(Op):
    """A fixed tensor; no inputs. `value` is float32 of any shape."""

    value: FloatArray
    arity: ClassVar[int] = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", float32_parameter(self.value, "Constant: value"))

    def _infer(self, shapes: tuple[Shape, ...]) -> Shape:
        return self.value.shape


@dataclass(frozen=True, slots=True, eq=False)
class Linear(Op):
    """y = weight @ x + bias for x of shape [in]; weight [out, in], bias [out]."""

    weight: FloatArray
    bias: FloatArray

    def __post_init__(self) -> None:
        weight = float32_parameter(self.weight, "Linear: weight", rank=2)
        object.__setattr__(self, "weight", weight)
        object.__setattr__(self, "bias", _bias(self.bias, weight.shape[0], "Linear"))

    def _infer(self, shapes: tuple[Shape, ...]) -> Shape:
        if shapes[0] != (self.weight.shape[1],):
            raise InputError(
                f"Linear: the input has shape {shape_text(shapes[0])}, the weight needs "
                f"[{self.weight.shape[1]}]"
            )
        return (self.weight.shape[0],)


@dataclass(frozen=True, slots=True, eq=False)
class Conv2d(Op):
    """Two-dimensional cross-correlation of an input [C, H, W], as ONNX `Conv`.

    weight [O, C / groups, kh, kw], bias [O]; `padding` is (top, left, bottom, right) in zeros,
    each below the dilated kernel's extent. The output is [O, oh, ow].
    """

    weight: FloatArray
    bias: FloatArray
    stride: Pair = (1, 1)
    padding: Padding = (0, 0, 0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1

    def __post_init__(self) -> None:
        weight = float32_parameter(self.weight, "Conv2d: weight", rank=4)
        object.__setattr__(self, "weight", weight)
        object.__setattr__(self, "bias", _bias(self.bias, weight.shape[0], "Conv2d"))
        object.__setattr__(self, "stride", positive_pair(self.stride, "Conv2d: stride"))
        object.__setattr__(self, "dilation", positive_pair(self.dilation, "Conv2d: dilation"))
        padding = check_padding(self.padding, self.kernel, self.dilation, "Conv2d: padding")
        object.__setattr__(self, "padding", padding)
        (groups,) = int_tuple((self.groups,), "Conv2d: groups")
        if groups < 1 or weight.shape[0] % groups:
            raise InputError(
                f"Conv2d: {groups} groups do not divide the {weight.shape[0]} output channels"
            )
        object.__setattr__(self, "groups", groups)

    @property
    def kernel(self) -> Pair:
        """Height and width of the kernel."""
        return self.weight.shape[2], self.weight.shape[3]

    def _infer(self, shapes: tuple[Shape, ...]) -> Shape:
        channels = self.weight.shape[1] * self.groups
        if len(shapes[0]) != 3 or shapes[0][0] != channels:
            raise InputError(
                f"Conv2d: the input has shape {shape_text(shapes[0])}, the weight needs "
                f"[{channels}, height, width]"
            )
        extents = output_extents(
            shapes[0][1:], self.kernel, self.stride, self.padding, self.dilation, "Conv2d"
        )
        return (self.weight.shape[0], *extents)


@dataclass(frozen=True, slots=True, eq=False)
class Affine(Op):
    """y = x * scale / divisor + shift with c coefficients each; no divisor means no division.

    c divides the number of elements n, and the flat element k uses coefficient k // (n // c):
    c = 1 is per tensor, c = C per channel of [C, ...], c = n per element.
    """

    scale: FloatArray
    shift: FloatArray
    divisor: FloatArray | None = None

    def __post_init__(self) -> None:
        scale = float32_parameter(self.scale, "Affine: scale", rank=1)
        shift = float32_parameter(self.shift, "Affine: shift", rank=1)
        object.__setattr__(self, "scale", scale)
        object.__setattr__(self, "shift", shift)
        sizes = {scale.size, shift.size}
        if self.divisor is not None:
            divisor = float32_parameter(self.divisor, "Affine: divisor", rank=1)
            if not bool(np.all(divisor != 0)):
                raise InputError("Affine: a divisor is zero")
            object.__setattr__(self, "divisor", divisor)
            sizes.add(divisor.size)
        if len(sizes) != 1:
            raise InputError("Affine: scale, shift and divisor must have one length")

    def _infer(self, shapes: tuple[Shape, ...]) -> Shape:
        if math.prod(shapes[0]) % self.scale.size:
            raise InputError(
                f"Affine: {self.scale.size} coefficients do not divide the elements of "
                f"{shape_text(shapes[0])}"
            )
        return shapes[0]

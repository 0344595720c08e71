"""The layers, named and shaped as in PyTorch; inputs carry a batch axis in front."""

from __future__ import annotations

from collections.abc import Iterator

from runtime import autograd
from runtime.autograd.windows import Pair, pair
from runtime.errors import InputError
from runtime.nn.init import Seed, uniform_fan_in
from runtime.nn.module import Module, Parameter
from runtime.tensor import Tensor

__all__ = [
    "AvgPool2d",
    "Conv2d",
    "Flatten",
    "LeakyReLU",
    "Linear",
    "MaxPool2d",
    "ReLU",
    "Sequential",
]


class Linear(Module):
    """x · weightᵀ + bias: [B, in_features] -> [B, out_features]."""

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, *, seed: Seed
    ) -> None:
        if in_features < 1 or out_features < 1:
            raise InputError(f"Linear: sizes {in_features} and {out_features} must be positive")
        weight, offset = uniform_fan_in((out_features, in_features), bias, seed)
        self.weight = Parameter(weight)
        self.bias = None if offset is None else Parameter(offset)

    def forward(self, x: Tensor) -> Tensor:
        """The affine image of each row of ``x``."""
        return autograd.linear(x, self.weight, self.bias)

    def describe(self) -> str:
        """Sizes as in ``repr``."""
        return f"{self.weight.shape[1]}, {self.weight.shape[0]}, bias={self.bias is not None}"


class Conv2d(Module):
    """Cross-correlation of images: [B, in_channels, H, W] -> [B, out_channels, oh, ow]."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair = 0,
        dilation: Pair = 1,
        groups: int = 1,
        bias: bool = True,
        *,
        seed: Seed,
    ) -> None:
        if min(in_channels, out_channels, groups) < 1:
            raise InputError("Conv2d: channels and groups must be positive")
        if in_channels % groups or out_channels % groups:
            raise InputError(
                f"Conv2d: {groups} groups do not divide {in_channels} and {out_channels} channels"
            )
        self.stride = pair(stride, "Conv2d: stride", 1)
        self.padding = pair(padding, "Conv2d: padding", 0)
        self.dilation = pair(dilation, "Conv2d: dilation", 1)
        self.groups = groups
        kernel = pair(kernel_size, "Conv2d: kernel_size", 1)
        shape = (out_channels, in_channels // groups, *kernel)
        weight, offset = uniform_fan_in(shape, bias, seed)
        self.weight = Parameter(weight)
        self.bias = None if offset is None else Parameter(offset)

    def forward(self, x: Tensor) -> Tensor:
        """The convolution of each image of ``x``."""
        return self.apply(x, self.weight, self.bias)

    def apply(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """This layer's convolution with other parameters of the same shapes."""
        return autograd.conv2d(
            x,
            weight,
            bias,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
        )

    def describe(self) -> str:
        """Sizes as in ``repr``."""
        outs, inner, *kernel = self.weight.shape
        return (
            f"{inner * self.groups}, {outs}, kernel_size={tuple(kernel)}, stride={self.stride}, "
            f"padding={self.padding}, dilation={self.dilation}, groups={self.groups}"
        )


class ReLU(Module):
    """max(x, 0)."""

    def forward(self, x: Tensor) -> Tensor:
        """Applies the rectifier."""
        return autograd.relu(x)


class LeakyReLU(Module):
    """x where positive, negative_slope · x elsewhere."""

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def forward(self, x: Tensor) -> Tensor:
        """Applies the leaky rectifier."""
        return autograd.leaky_relu(x, self.negative_slope)

    def describe(self) -> str:
        """The slope as in ``repr``."""
        return f"negative_slope={self.negative_slope}"


class MaxPool2d(Module):
    """The maximum over windows; stride defaults to the kernel size."""

    def __init__(
        self,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        dilation: Pair = 1,
    ) -> None:
        self.kernel_size, self.stride = kernel_size, stride
        self.padding, self.dilation = padding, dilation

    def forward(self, x: Tensor) -> Tensor:
        """Pools each channel of each image."""
        return autograd.max_pool2d(
            x, self.kernel_size, stride=self.stride, padding=self.padding, dilation=self.dilation
        )

    def describe(self) -> str:
        """The windows as in ``repr``."""
        stride = self.kernel_size if self.stride is None else self.stride
        return f"{self.kernel_size}, stride={stride}, padding={self.padding}"


class AvgPool2d(Module):
    """The mean over windows; stride defaults to the kernel size."""

    def __init__(
        self,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        count_include_pad: bool = True,
    ) -> None:
        self.kernel_size, self.stride = kernel_size, stride
        self.padding, self.count_include_pad = padding, count_include_pad

    def forward(self, x: Tensor) -> Tensor:
        """Pools each channel of each image."""
        return autograd.avg_pool2d(
            x,
            self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            count_include_pad=self.count_include_pad,
        )

    def describe(self) -> str:
        """The windows as in ``repr``."""
        stride = self.kernel_size if self.stride is None else self.stride
        return f"{self.kernel_size}, stride={stride}, padding={self.padding}"


class Flatten(Module):
    """Joins all axes but the batch axis."""

    def forward(self, x: Tensor) -> Tensor:
        """[B, ...] -> [B, size]."""
        return autograd.flatten(x, 1)


class Sequential(Module):
    """Modules one after another; their names are "0", "1", …"""

    def __init__(self, *modules: Module) -> None:
        for index, module in enumerate(modules):
            setattr(self, str(index), module)

    def forward(self, x: Tensor) -> Tensor:
        """Feeds ``x`` through all modules in order."""
        for module in self:
            x = module(x)
        return x

    def __iter__(self) -> Iterator[Module]:
        return (module for _, module in self.children())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getitem__(self, index: int) -> Module:
        return list(self)[index]

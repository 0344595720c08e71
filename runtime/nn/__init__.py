"""Layers and modules in the manner of ``torch.nn``."""

from runtime.nn import functional
from runtime.nn.layers import (
    AvgPool2d,
    Conv2d,
    Flatten,
    LeakyReLU,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
)
from runtime.nn.module import Module, Parameter

__all__ = [
    "AvgPool2d",
    "Conv2d",
    "Flatten",
    "LeakyReLU",
    "Linear",
    "MaxPool2d",
    "Module",
    "Parameter",
    "ReLU",
    "Sequential",
    "functional",
]

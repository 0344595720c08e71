"""Operations without parameters, under PyTorch's names."""

from runtime.autograd import (
    avg_pool2d,
    conv2d,
    cross_entropy,
    flatten,
    leaky_relu,
    linear,
    log_softmax,
    max_pool2d,
    relu,
)

__all__ = [
    "avg_pool2d",
    "conv2d",
    "cross_entropy",
    "flatten",
    "leaky_relu",
    "linear",
    "log_softmax",
    "max_pool2d",
    "relu",
]

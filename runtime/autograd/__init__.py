"""Reverse-mode automatic differentiation on arrays of NumPy or CuPy."""

from runtime.autograd.convolution import conv2d
from runtime.autograd.elementwise import (
    absolute,
    add,
    clip,
    div,
    exp,
    leaky_relu,
    log,
    maximum,
    minimum,
    mul,
    neg,
    relu,
    sub,
)
from runtime.autograd.losses import cross_entropy, log_softmax
from runtime.autograd.pooling import avg_pool2d, max_pool2d
from runtime.autograd.products import linear, matmul
from runtime.autograd.reductions import mean, sum_
from runtime.autograd.shaping import flatten, reshape, transpose
from runtime.autograd.tape import no_grad

__all__ = [
    "absolute",
    "add",
    "avg_pool2d",
    "clip",
    "conv2d",
    "cross_entropy",
    "div",
    "exp",
    "flatten",
    "leaky_relu",
    "linear",
    "log",
    "log_softmax",
    "matmul",
    "max_pool2d",
    "maximum",
    "mean",
    "minimum",
    "mul",
    "neg",
    "no_grad",
    "relu",
    "reshape",
    "sub",
    "sum_",
    "transpose",
]

"""A chain of layers and its weights to a graph."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from bridge.importers.lowering import (
    Session,
    Step,
    Tensor,
    Window,
    affine,
    average_pool,
    batch_norm,
    clip,
    convolution,
    global_average_pool,
    linear,
    max_pool,
    without_batch,
)
from bridge.importers.statedict import architecture as layers
from bridge.importers.statedict.weights import Weights, read_safetensors
from runtime.errors import InputError
from runtime.graph import (
    FloatArray,
    Graph,
    GraphBuilder,
    LeakyRelu,
    Provenance,
    Relu,
)
from runtime.graph.strict_json import read_bytes

__all__ = ["from_state_dict"]


def from_state_dict(
    weights: str | Path | Weights,
    architecture: layers.Architecture | str | Path | dict[str, object],
    source: Provenance | None = None,
) -> Graph:
    """Build the graph of a chain of layers.

    Args:
        weights: a `.safetensors` file, or float32 arrays by name.
        architecture: the layers, as a file, JSON data or an `Architecture`.
        source: provenance; by default that of the safetensors file.

    Raises:
        InputError: when a weight is missing, left over, of the wrong shape, NaN or infinite.
    """
    if not isinstance(architecture, layers.Architecture):
        architecture = layers.read_architecture(architecture)
    if not isinstance(weights, Mapping):
        path = Path(weights)
        digest = hashlib.sha256(read_bytes(path, "weights")).hexdigest()
        source = source or Provenance("safetensors", digest, path.name)
        weights = read_safetensors(path)
    chain = _Chain(weights, GraphBuilder(architecture.name))
    return chain.graph(architecture, source or Provenance("safetensors"))


class _Chain:
    """One build: the weights and which of them were used."""

    def __init__(self, weights: Weights, builder: GraphBuilder) -> None:
        self._weights = weights
        self._unused = set(weights)
        self._session = Session(builder)

    def graph(self, architecture: layers.Architecture, source: Provenance) -> Graph:
        shape = architecture.input
        builder = self._session.builder
        x = Tensor(builder.input(without_batch(shape), "x"), shape)
        for index, layer in enumerate(architecture.layers):
            kind = layer.__struct_config__.tag
            hint = getattr(layer, "name", None) or f"{kind}_{index}"
            step = Step(self._session, f"layer {index} ({kind})", hint)
            x = self._layer(step, layer, x)
        if self._unused:
            names = ", ".join(sorted(repr(name[:60]) for name in self._unused)[:5])
            raise InputError(f"the weights {names} belong to no layer of the architecture")
        last = Step(self._session, "output", "output")
        name = last.view(x, without_batch(x.shape))
        notes = (*source.notes, *self._session.notes)
        return builder.build(name, replace(source, notes=notes))

    def _weight(self, step: Step, layer: str, part: str, rank: int) -> FloatArray:
        name = f"{layer}.{part}"
        if name not in self._weights:
            raise InputError(f"{step.where}: there is no weight {name[:80]!r}")
        self._unused.discard(name)
        array = self._weights[name]
        if array.ndim != rank:
            raise InputError(f"{step.where}: {name[:80]!r} has {array.ndim} axes, not {rank}")
        return array

    def _layer(self, step: Step, layer: layers.Layer, x: Tensor) -> Tensor:
        match layer:
            case layers.Linear():
                return self._linear(step, layer, x)
            case layers.Conv2d():
                return self._conv(step, layer, x)
            case layers.BatchNorm(name, eps):
                parts = ("weight", "bias", "running_mean", "running_var")
                gamma, beta, mean, variance = (self._weight(step, name, p, 1) for p in parts)
                return batch_norm(step, x, gamma, beta, mean, variance, eps)
            case layers.Normalize(mean, std):
                shifted = affine(step, x, shift=-_per_channel(step, mean, x))
                return affine(step, shifted, divisor=_per_channel(step, std, x))
            case layers.Relu():
                return step.emit(Relu(), x.name, shape=x.shape)
            case layers.LeakyRelu(alpha):
                op = step.checked(lambda: LeakyRelu(np.float32(alpha)))
                return step.emit(op, x.name, shape=x.shape)
            case layers.Clip(low, high):
                return clip(step, x, _bound(low), _bound(high))
            case layers.MaxPool2d():
                return max_pool(step, x, _window(layer.kernel, layer.stride, layer.padding))
            case layers.AvgPool2d():
                window = _window(layer.kernel, layer.stride, layer.padding)
                return average_pool(step, x, window, layer.count_include_pad)
            case layers.GlobalAvgPool():
                return global_average_pool(step, x)
            case layers.Flatten():
                return replace(x, shape=(x.shape[0], math.prod(x.shape[1:])))

    def _linear(self, step: Step, layer: layers.Linear, x: Tensor) -> Tensor:
        weight = self._weight(step, layer.name, "weight", 2)
        if x.shape[-1] != weight.shape[1] or math.prod(x.shape[:-1]) != 1:
            raise InputError(
                f"{step.where}: the weight reads {weight.shape[1]} features, the layer before it "
                f"gives {list(x.shape)}"
            )
        rows = weight.shape[0]
        bias = self._weight(step, layer.name, "bias", 1) if layer.bias else np.zeros(rows, "f4")
        return linear(step, weight, x, (*x.shape[:-1], rows), bias)

    def _conv(self, step: Step, layer: layers.Conv2d, x: Tensor) -> Tensor:
        weight = self._weight(step, layer.name, "weight", 4)
        bias = self._weight(step, layer.name, "bias", 1) if layer.bias else None
        kernel = weight.shape[2:]
        window = Window(kernel, layer.stride, layer.dilation, layer.padding, layer.padding)
        return convolution(step, x, weight, bias, window, layer.groups)


def _window(
    kernel: tuple[int, int], stride: tuple[int, int] | None, padding: tuple[int, int]
) -> Window:
    return Window(kernel, stride or kernel, (1, 1), padding, padding)


def _bound(value: float | None) -> np.float32 | None:
    return None if value is None else np.float32(value)


def _per_channel(step: Step, values: list[float], x: Tensor) -> FloatArray:
    array = np.asarray(values, dtype=np.float32)
    channels = x.shape[1] if len(x.shape) > 1 else 1
    if array.size not in (1, channels):
        raise InputError(f"{step.where}: {array.size} numbers do not fit {channels} channels")
    return array.reshape(-1, *(1,) * (len(x.shape) - 2)) if array.size > 1 else array.reshape(())

"""The list of layers that a state dict lacks: format `lemmanet.architecture/1`.

```json
{"format": "lemmanet.architecture/1", "name": "digits", "input": [1, 64],
 "layers": [{"kind": "linear", "name": "layers.0"}, {"kind": "relu"},
            {"kind": "linear", "name": "layers.2"}]}
```

`input` has a batch axis of one, layers mean what the PyTorch modules of the same names mean, and
`name` is the prefix of a layer's weights in the state dict.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from runtime.errors import InputError
from runtime.graph import strict_json

__all__ = [
    "Architecture",
    "AvgPool2d",
    "BatchNorm",
    "Clip",
    "Conv2d",
    "Flatten",
    "GlobalAvgPool",
    "Layer",
    "LeakyRelu",
    "Linear",
    "MaxPool2d",
    "Normalize",
    "Relu",
    "read_architecture",
]

_Size = Annotated[int, msgspec.Meta(ge=1, le=1 << 27)]
_Pad = Annotated[int, msgspec.Meta(ge=0, le=1 << 20)]
_Text = Annotated[str, msgspec.Meta(max_length=200)]


class _Layer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """Base of all layers."""


class Linear(_Layer, tag="linear", frozen=True):
    """weight [out, in] and, unless `bias` is false, bias [out]."""

    name: _Text
    bias: bool = True


class Conv2d(_Layer, tag="conv2d", frozen=True):
    """weight [out, in / groups, kh, kw] and, unless `bias` is false, bias [out]."""

    name: _Text
    stride: tuple[_Size, _Size] = (1, 1)
    padding: tuple[_Pad, _Pad] = (0, 0)
    dilation: tuple[_Size, _Size] = (1, 1)
    groups: _Size = 1
    bias: bool = True


class BatchNorm(_Layer, tag="batch_norm", frozen=True):
    """weight, bias, running_mean, running_var, all [channels]."""

    name: _Text
    eps: float = 1e-5


class Normalize(_Layer, tag="normalize", frozen=True):
    """(x - mean) / std with one number, or one a channel; rounded to float32."""

    mean: list[float]
    std: list[float]


class Relu(_Layer, tag="relu", frozen=True):
    """max(x, 0)."""


class LeakyRelu(_Layer, tag="leaky_relu", frozen=True):
    """x or alpha * x; alpha is rounded to float32."""

    alpha: float = 0.01


class Clip(_Layer, tag="clip", frozen=True):
    """min(max(x, low), high); the bounds are rounded to float32."""

    low: float | None = None
    high: float | None = None


class MaxPool2d(_Layer, tag="max_pool2d", frozen=True):
    """Largest element of each window; the stride is the kernel's size by default."""

    kernel: tuple[_Size, _Size]
    stride: tuple[_Size, _Size] | None = None
    padding: tuple[_Pad, _Pad] = (0, 0)


class AvgPool2d(_Layer, tag="avg_pool2d", frozen=True):
    """Mean of each window; the stride is the kernel's size by default."""

    kernel: tuple[_Size, _Size]
    stride: tuple[_Size, _Size] | None = None
    padding: tuple[_Pad, _Pad] = (0, 0)
    count_include_pad: bool = True


class GlobalAvgPool(_Layer, tag="global_avg_pool", frozen=True):
    """Mean over height and width."""


class Flatten(_Layer, tag="flatten", frozen=True):
    """All elements of the sample in one row."""


Layer = (
    Linear
    | Conv2d
    | BatchNorm
    | Normalize
    | Relu
    | LeakyRelu
    | Clip
    | MaxPool2d
    | AvgPool2d
    | GlobalAvgPool
    | Flatten
)


class Architecture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A chain of layers on an input of that shape, batch axis of one included."""

    input: Annotated[tuple[_Size, ...], msgspec.Meta(min_length=1, max_length=4)]
    layers: Annotated[tuple[Layer, ...], msgspec.Meta(min_length=1, max_length=10_000)]
    name: _Text = "model"
    format: Literal["lemmanet.architecture/1"] = "lemmanet.architecture/1"


def read_architecture(source: str | Path | dict[str, object]) -> Architecture:
    """Read a file, or plain JSON data; raises InputError."""
    if isinstance(source, dict):
        label, data = "architecture", source
    else:
        label = Path(source).name
        data = strict_json.parse(strict_json.read_bytes(Path(source), "architecture"), label)
    try:
        return msgspec.convert(data, Architecture, strict=True)
    except msgspec.ValidationError as error:
        raise InputError(f"{label}: {error}") from error

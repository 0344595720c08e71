"""Captured graphs compute what the modules compute."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from runtime import autograd as ag
from runtime import nn
from runtime.capture import capture
from runtime.errors import InputError, UnsupportedError
from runtime.graph import Affine, Conv2d, Linear, Pad
from runtime.tensor import Tensor


class _Function(nn.Module):
    """A module around a function, with a parameter to draw on."""

    def __init__(self, function: Callable[..., Tensor], *shape: int) -> None:
        random = np.random.default_rng(3)
        self.p = nn.Parameter(random.uniform(0.5, 1.5, shape).astype(np.float32))
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x, self.p)


def _agree(module: nn.Module, shape: tuple[int, ...], ulps: int = 4) -> None:
    graph = capture(module, shape)
    x = np.random.default_rng(7).standard_normal((5, *shape)).astype(np.float32)
    wanted = module(Tensor(x)).data
    got = graph.evaluate_batch(x)
    assert got.shape == wanted.shape
    scale = np.spacing(np.float32(max(1.0, np.abs(wanted).max())))
    assert np.abs(got - wanted).max() <= ulps * scale


def test_linear_networks_agree_bit_for_bit_and_keep_their_bits() -> None:
    random = np.random.default_rng(0)
    model = nn.Sequential(
        nn.Linear(6, 5, seed=random), nn.ReLU(), nn.Linear(5, 3, bias=False, seed=random)
    )
    graph = capture(model, (6,), name="Tiny Net")
    assert graph.name == "tiny_net"
    assert graph.source.kind == "runtime"
    assert [node.name for node in graph.nodes] == ["linear_0", "relu", "linear_2"]
    first, last = graph.nodes[0].op, graph.nodes[2].op
    assert isinstance(first, Linear)
    assert isinstance(last, Linear)
    state = model.state_dict()
    assert first.weight.tobytes() == state["0.weight"].tobytes()
    assert first.bias.tobytes() == state["0.bias"].tobytes()
    assert not last.bias.any()
    x = random.standard_normal((4, 6)).astype(np.float32)
    np.testing.assert_array_equal(graph.evaluate_batch(x), model(Tensor(x)).data)


def test_a_graph_does_not_change_with_later_training() -> None:
    model = nn.Sequential(nn.Linear(2, 2, seed=0))
    graph = capture(model, (2,))
    before = graph.sha256()
    for parameter in model.parameters():
        parameter.data += 1
    assert graph.evaluate(np.zeros(2)).tobytes() != model(Tensor(np.zeros((1, 2)))).data.tobytes()
    assert graph.sha256() == before
    assert capture(model, (2,)).sha256() != before


def test_convolutional_networks() -> None:
    random = np.random.default_rng(0)
    model = nn.Sequential(
        nn.Conv2d(2, 4, 3, stride=2, padding=1, seed=random),
        nn.LeakyReLU(0.1),
        nn.Conv2d(4, 4, (1, 2), dilation=(1, 2), groups=2, bias=False, seed=random),
        nn.MaxPool2d(2, stride=1, padding=1),
        nn.AvgPool2d(2, padding=1, count_include_pad=False),
        nn.Flatten(),
        nn.Linear(24, 3, seed=random),
    )
    _agree(model, (2, 7, 8), ulps=8)


def test_padding_beyond_the_kernel_becomes_a_node() -> None:
    model = nn.Sequential(nn.Conv2d(1, 1, 1, padding=2, seed=0))
    graph = capture(model, (1, 3, 3))
    assert [type(node.op) for node in graph.nodes] == [Pad, Conv2d]
    _agree(model, (1, 3, 3))


class _Residual(nn.Module):
    def __init__(self) -> None:
        self.inner = nn.Linear(4, 4, seed=0)
        self.head = nn.Linear(4, 2, seed=1)

    def forward(self, x: Tensor) -> Tensor:
        for _ in range(2):
            x = x + self.inner(x).relu()
        return self.head(x)


def test_residual_connections_and_shared_layers() -> None:
    graph = capture(_Residual(), (4,))
    assert [n.name for n in graph.nodes] == [
        "inner",
        "relu",
        "add",
        "inner_2",
        "relu_2",
        "add_2",
        "head",
    ]
    _agree(_Residual(), (4,))


@pytest.mark.parametrize(
    ("function", "parameter", "shape"),
    [
        (lambda x, p: x + p, (4,), (4,)),
        (lambda x, p: p - x, (1,), (4,)),
        (lambda x, p: x - p, (3, 1, 1), (3, 2, 2)),
        (lambda x, p: x * p, (1, 3, 1, 2), (3, 2, 2)),
        (lambda x, p: x / p, (2,), (3, 2)),
        (lambda x, p: 3.0 * x + 1.5, (1,), (2, 2)),
        (lambda x, p: x * abs(p - 1.0), (4,), (4,)),
        (lambda x, p: -x - x.relu(), (1,), (4,)),
        (lambda x, p: abs(x).clip(0.25, 1.0), (1,), (4,)),
        (lambda x, p: x.clip(high=0.5), (1,), (4,)),
        (lambda x, p: ag.maximum(x, p), (3, 1), (3, 2)),
        (lambda x, p: ag.minimum(p, x * 2.0), (1,), (3, 2)),
        (lambda x, p: ag.maximum(x, -x), (1,), (5,)),
        (lambda x, p: x @ p, (4, 3), (4,)),
        (lambda x, p: x.reshape(-1, 2, 3).transpose(0, 2, 1).flatten(), (1,), (6,)),
        (lambda x, p: x.mean(axis=(2, 3), keepdims=True), (1,), (3, 2, 2)),
        (lambda x, p: x.sum(axis=-1), (1,), (3, 2)),
    ],
)
def test_operations(
    function: Callable[..., Tensor], parameter: tuple[int, ...], shape: tuple[int, ...]
) -> None:
    _agree(_Function(function, *parameter), shape)


def test_channel_constants_stay_small() -> None:
    graph = capture(_Function(lambda x, p: x * p, 3, 1, 1), (3, 4, 4))
    op = graph.nodes[0].op
    assert isinstance(op, Affine)
    assert op.scale.shape == (3,)


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (lambda x, p: x.exp(), UnsupportedError),
        (lambda x, p: ag.log_softmax(x), UnsupportedError),
        (lambda x, p: x * x, UnsupportedError),
        (lambda x, p: p / x, UnsupportedError),
        (lambda x, p: x + Tensor(np.ones((2, 4), np.float32)), UnsupportedError),
        (lambda x, p: x + x.sum(axis=1, keepdims=True), UnsupportedError),
        (lambda x, p: x.reshape(-1, 1, 4) + p.reshape(4, 1), UnsupportedError),
        (lambda x, p: ag.linear(x.reshape(-1, 2, 2), p.reshape(2, 2)), UnsupportedError),
        (lambda x, p: x.sum(), InputError),
        (lambda x, p: x - x.mean(axis=0, keepdims=True), InputError),
        (lambda x, p: x.transpose(), InputError),
        (lambda x, p: x.reshape(-1), InputError),
        (lambda x, p: p + 1.0, InputError),
        (lambda x, p: x + Tensor(x.data), InputError),
        (lambda x, p: x + Tensor(np.ones(4)), InputError),
    ],
)
def test_what_a_graph_cannot_say_is_refused(
    function: Callable[..., Tensor], error: type[InputError]
) -> None:
    with pytest.raises(error, match="capture"):
        capture(_Function(function, 4), (4,))


def test_a_path_that_depends_on_the_input_is_refused() -> None:
    def fork(x: Tensor, p: Tensor) -> Tensor:
        return x * p if len(x.data) == 2 else x + p

    with pytest.raises(InputError, match="another input"):
        capture(_Function(fork, 4), (4,))


def test_float64_parameters_and_no_grad_are_refused() -> None:
    model = nn.Sequential(nn.Linear(2, 2, seed=0))
    with ag.no_grad(), pytest.raises(InputError, match="no_grad"):
        capture(model, (2,))
    model[0].weight.data = model[0].weight.data.astype(np.float64)
    with pytest.raises(InputError, match="float64"):
        capture(model, (2,))

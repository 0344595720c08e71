"""Every operation against central differences in float64, and against PyTorch where it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from runtime import autograd as ag
from runtime.errors import InputError
from runtime.tensor import Tensor

Case = tuple[Callable[..., Tensor], list[tuple[int, ...]]]

CASES: dict[str, Case] = {
    "add": (lambda x, y: x + y, [(3, 4), (3, 4)]),
    "add_broadcast": (lambda x, y: x + y, [(2, 3, 4), (3, 1)]),
    "add_scalar": (lambda x: 1.5 + x, [(3,)]),
    "sub_broadcast": (lambda x, y: x - y, [(4,), (3, 4)]),
    "rsub": (lambda x: 2.0 - x, [(3,)]),
    "mul_broadcast": (lambda x, y: x * y, [(3, 1), (2, 1, 4)]),
    "mul_self": (lambda x: x * x, [(3, 4)]),
    "div": (lambda x, y: x / (y * y + 1.0), [(3, 4), (4,)]),
    "rdiv": (lambda x: 2.0 / (x * x + 1.0), [(3,)]),
    "neg": (lambda x: -x, [(3,)]),
    "abs": (abs, [(5, 5)]),
    "relu": (ag.relu, [(5, 5)]),
    "leaky_relu": (lambda x: ag.leaky_relu(x, 0.1), [(5, 5)]),
    "clip": (lambda x: x.clip(-0.5, 0.7), [(5, 5)]),
    "clip_low": (lambda x: x.clip(low=0.1), [(5, 5)]),
    "maximum": (ag.maximum, [(5, 5), (5,)]),
    "minimum": (ag.minimum, [(5, 5), (5, 1)]),
    "exp": (lambda x: x.exp(), [(3, 4)]),
    "log": (lambda x: (x * x + 0.5).log(), [(3, 4)]),
    "reshape": (lambda x: x.reshape(2, -1) * x.reshape(2, 6), [(3, 4)]),
    "flatten": (lambda x: x.flatten(), [(2, 3, 4)]),
    "transpose": (lambda x: x.transpose(2, 0, 1), [(2, 3, 4)]),
    "transpose_reverse": (lambda x: x.transpose(), [(2, 3, 4)]),
    "sum": (lambda x: x.sum(), [(3, 4)]),
    "sum_axis": (lambda x: x.sum(axis=(0, -1)), [(2, 3, 4)]),
    "sum_keep": (lambda x: x.sum(axis=1, keepdims=True), [(2, 3, 4)]),
    "mean": (lambda x: x.mean(), [(3, 4)]),
    "mean_axis": (lambda x: x.mean(axis=1), [(2, 3, 4)]),
    "matmul": (lambda x, y: x @ y, [(3, 4), (4, 2)]),
    "matmul_batch": (lambda x, y: x @ y, [(2, 3, 4), (2, 4, 5)]),
    "matmul_shared": (lambda x, y: x @ y, [(2, 3, 4), (4, 5)]),
    "linear": (ag.linear, [(3, 4), (5, 4), (5,)]),
    "linear_no_bias": (ag.linear, [(2, 3, 4), (5, 4)]),
    "conv2d": (ag.conv2d, [(2, 3, 5, 6), (4, 3, 3, 2), (4,)]),
    "conv2d_all": (
        lambda x, w, b: ag.conv2d(
            x, w, b, stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2
        ),
        [(2, 4, 6, 7), (6, 2, 3, 2), (6,)],
    ),
    "conv2d_no_bias": (lambda x, w: ag.conv2d(x, w, groups=3), [(2, 3, 4, 4), (3, 1, 2, 2)]),
    "max_pool2d": (lambda x: ag.max_pool2d(x, 2), [(2, 3, 6, 5)]),
    "max_pool2d_all": (
        lambda x: ag.max_pool2d(x, (3, 2), stride=(1, 2), padding=1, dilation=(1, 2)),
        [(2, 2, 6, 7)],
    ),
    "avg_pool2d": (lambda x: ag.avg_pool2d(x, 2), [(2, 3, 6, 5)]),
    "avg_pool2d_overlap": (
        lambda x: ag.avg_pool2d(x, 3, stride=2, padding=1),
        [(2, 2, 6, 7)],
    ),
    "avg_pool2d_inside": (
        lambda x: ag.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False),
        [(2, 2, 6, 7)],
    ),
    "log_softmax": (ag.log_softmax, [(3, 5)]),
    "cross_entropy": (lambda x: ag.cross_entropy(x, np.array([0, 4, 2])), [(3, 5)]),
    "shared_subexpression": (lambda x: (x + x) * x + x.exp(), [(3,)]),
}


def _inputs(shapes: list[tuple[int, ...]], seed: int = 0) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [random.standard_normal(shape) for shape in shapes]


@pytest.mark.parametrize("name", CASES)
def test_gradient_matches_central_differences(name: str) -> None:
    function, shapes = CASES[name]
    arrays = _inputs(shapes)
    tensors = [Tensor(a, requires_grad=True) for a in arrays]
    out = function(*tensors)
    assert out.dtype == np.float64
    weights = np.random.default_rng(1).standard_normal(out.shape)
    out.backward(weights)

    def value(k: int, at: tuple[int, ...], delta: float) -> float:
        moved = [a.copy() for a in arrays]
        moved[k][at] += delta
        return float((function(*(Tensor(a) for a in moved)).data * weights).sum())

    step = 1e-6
    for k, tensor in enumerate(tensors):
        assert tensor.grad is not None
        assert tensor.grad.shape == tensor.shape
        for at in np.ndindex(*tensor.shape):
            slope = (value(k, at, step) - value(k, at, -step)) / (2 * step)
            assert tensor.grad[at] == pytest.approx(slope, rel=1e-6, abs=1e-7), (k, at)


def _torch_cases(torch: Any) -> dict[str, tuple[Callable[..., Any], Callable[..., Tensor], Any]]:
    f = torch.nn.functional
    conv: dict[str, Any] = {"stride": 2, "padding": (1, 2), "dilation": (2, 1), "groups": 2}
    pool: dict[str, Any] = {"stride": 2, "padding": 1}
    labels = np.array([1, 0, 3])
    image = [(2, 4, 7, 8)]
    return {
        "linear": (f.linear, ag.linear, [(3, 4), (5, 4), (5,)]),
        "relu": (f.relu, ag.relu, [(4, 4)]),
        "leaky_relu": (f.leaky_relu, ag.leaky_relu, [(4, 4)]),
        "clip": (lambda x: x.clamp(-0.3, 0.4), lambda x: x.clip(-0.3, 0.4), [(4, 4)]),
        "maximum": (torch.maximum, ag.maximum, [(4, 4), (4, 4)]),
        "conv2d": (
            lambda *a: f.conv2d(*a, **conv),
            lambda *a: ag.conv2d(*a, **conv),
            [*image, (6, 2, 3, 3), (6,)],
        ),
        "max_pool2d": (
            lambda x: f.max_pool2d(x, 3, dilation=2, **pool),
            lambda x: ag.max_pool2d(x, 3, dilation=2, **pool),
            image,
        ),
        "avg_pool2d": (
            lambda x: f.avg_pool2d(x, 3, count_include_pad=False, **pool),
            lambda x: ag.avg_pool2d(x, 3, count_include_pad=False, **pool),
            image,
        ),
        "log_softmax": (lambda x: f.log_softmax(x, -1), ag.log_softmax, [(3, 4)]),
        "cross_entropy": (
            lambda x: f.cross_entropy(x, torch.from_numpy(labels)),
            lambda x: ag.cross_entropy(x, labels),
            [(3, 4)],
        ),
        "ties": (
            lambda x: torch.maximum(x, x.detach()) + x.sub(x).abs() + f.relu(x - x),
            lambda x: ag.maximum(x, x.detach()) + abs(x - x) + ag.relu(x - x),
            [(4,)],
        ),
    }


@pytest.mark.parametrize(
    "name",
    [
        "linear",
        "relu",
        "leaky_relu",
        "clip",
        "maximum",
        "conv2d",
        "max_pool2d",
        "avg_pool2d",
        "log_softmax",
        "cross_entropy",
        "ties",
    ],
)
def test_values_and_gradients_match_torch(name: str) -> None:
    torch = pytest.importorskip("torch")
    theirs, ours, shapes = _torch_cases(torch)[name]
    arrays = [a.astype(np.float32) for a in _inputs(shapes, seed=3)]
    mine = [Tensor(a, requires_grad=True) for a in arrays]
    other = [torch.tensor(a, requires_grad=True) for a in arrays]
    out, wanted = ours(*mine), theirs(*other)
    assert out.dtype == np.float32
    np.testing.assert_allclose(out.data, wanted.detach().numpy(), rtol=1e-5, atol=1e-6)
    weights = np.random.default_rng(1).standard_normal(out.shape).astype(np.float32)
    out.backward(weights)
    wanted.backward(torch.from_numpy(weights))
    for a, b in zip(mine, other, strict=True):
        np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: x + Tensor(np.ones(3)),
        lambda x: x @ Tensor(np.ones((2, 2))),
        lambda x: x.reshape(3, 3),
        lambda x: x.reshape(-1, -1),
        lambda x: x.flatten(2),
        lambda x: x.transpose(0, 0),
        lambda x: x.sum(axis=2),
        lambda x: x.mean(axis=(0, 0)),
        lambda x: x.clip(),
        lambda x: x.clip(1.0, 0.0),
        lambda x: ag.linear(x, Tensor(np.ones((2, 3)))),
        lambda x: ag.linear(x, Tensor(np.ones((2, 4))), Tensor(np.ones(3))),
        lambda x: ag.conv2d(x, Tensor(np.ones((1, 1, 2, 2)))),
        lambda x: ag.conv2d(x.reshape(1, 2, 2, 2), Tensor(np.ones((1, 3, 2, 2)))),
        lambda x: ag.conv2d(x.reshape(1, 2, 2, 2), Tensor(np.ones((1, 2, 3, 3)))),
        lambda x: ag.conv2d(x.reshape(1, 2, 2, 2), Tensor(np.ones((1, 2, 1, 1))), stride=0),
        lambda x: ag.max_pool2d(x, 2),
        lambda x: ag.max_pool2d(x.reshape(1, 2, 2, 2), 2, padding=2),
        lambda x: ag.cross_entropy(x, np.array([0, 4])),
        lambda x: ag.cross_entropy(x, np.array([0, -1])),
        lambda x: ag.cross_entropy(x, np.array([0.0, 1.0])),
        lambda x: ag.cross_entropy(x, np.array([0])),
        lambda x: x.backward(),
        lambda x: x.item(),
        lambda x: (x * Tensor(np.ones(4), requires_grad=True)).backward(),
        lambda x: (x * Tensor(np.ones(4), requires_grad=True)).backward(np.ones(4)),
        lambda x: Tensor(np.ones(2), dtype=np.int64),
    ],
)
def test_misuse_is_refused_in_one_sentence(call: Callable[[Tensor], object]) -> None:
    with pytest.raises(InputError) as caught:
        call(Tensor(np.ones((2, 4))))
    assert "\n" not in str(caught.value)


def test_gradients_add_up_over_calls_and_never_alias() -> None:
    x = Tensor(np.ones(3), requires_grad=True)
    y = Tensor(np.ones(3), requires_grad=True)
    (x + y).backward(np.ones(3))
    (x + y).backward(np.ones(3))
    np.testing.assert_array_equal(x.grad, 2.0)
    assert x.grad is not y.grad


def test_no_grad_records_nothing() -> None:
    x = Tensor(np.ones(3), requires_grad=True)
    with ag.no_grad():
        assert not (x * 2.0).requires_grad
    assert (x * 2.0).requires_grad


def test_deep_chains_do_not_exhaust_the_stack() -> None:
    x = Tensor(np.ones(1), requires_grad=True)
    y = x
    for _ in range(5000):
        y = y + 1.0
    y.backward()
    assert x.grad == 1.0


def test_python_numbers_become_float32_and_arrays_stay() -> None:
    assert Tensor([1, 2]).dtype == np.float32
    array = np.ones(3)
    assert Tensor(array).data is array
    assert (np.ones(3, np.float32) - Tensor(np.ones(3, np.float32))).dtype == np.float32

"""PyTorch modules: every supported operator against PyTorch's own output."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bridge.importers import cross_check_module, from_torch
from runtime.errors import InputError, UnsupportedError
from runtime.graph import Graph

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional

pytestmark = pytest.mark.filterwarnings("ignore")


class Function(nn.Module):
    """A module of one function, with a few parameters at hand."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.function = function
        self.vector = nn.Parameter(torch.randn(6))
        self.matrix = nn.Parameter(torch.randn(6, 4))
        self.kernel = nn.Parameter(torch.randn(4, 2, 3, 3))

    def forward(self, x: Any) -> Any:
        return self.function(self, x)


ROW, IMAGE, LINE, PLAIN = (1, 6), (1, 2, 7, 6), (1, 2, 9), (6,)

FUNCTIONS: dict[str, tuple[Callable[[Any, Any], Any], tuple[int, ...]]] = {
    "relu": (lambda m, x: torch.relu(x), ROW),
    "relu in place": (lambda m, x: F.relu(x * 1.5, inplace=True), ROW),
    "relu6": (lambda m, x: F.relu6(4 * x), ROW),
    "leaky_relu": (lambda m, x: F.leaky_relu(x, 0.3), ROW),
    "clamp": (lambda m, x: torch.clamp(x, -0.1, 0.7), ROW),
    "clamp low": (lambda m, x: torch.clamp(x, min=-0.1), ROW),
    "clamp_max": (lambda m, x: torch.clamp_max(x, 0.3), ROW),
    "clamp_min": (lambda m, x: torch.clamp_min(x, 0.3), ROW),
    "hardtanh": (lambda m, x: F.hardtanh(x, -0.5, 0.25), ROW),
    "abs neg": (lambda m, x: -torch.abs(x), ROW),
    "add scalar": (lambda m, x: x + 0.1, ROW),
    "add alpha": (lambda m, x: torch.add(x, m.vector, alpha=0.5), ROW),
    "add alpha computed": (lambda m, x: torch.add(x, torch.relu(x), alpha=2), ROW),
    "sub alpha computed": (lambda m, x: torch.sub(x, torch.relu(x), alpha=2), ROW),
    "sub constant left": (lambda m, x: m.vector - x, ROW),
    "rsub": (lambda m, x: 1 - x, ROW),
    "mul": (lambda m, x: m.vector * x, ROW),
    "mul scalar": (lambda m, x: 0.3 * x, ROW),
    "div": (lambda m, x: x / m.vector, ROW),
    "div scalar": (lambda m, x: x / 0.3, ROW),
    "residual": (lambda m, x: x + torch.relu(x) - F.relu(-x), IMAGE),
    "maximum": (lambda m, x: torch.maximum(x, -x), ROW),
    "minimum constant": (lambda m, x: torch.minimum(m.vector, x), ROW),
    "max": (lambda m, x: torch.max(x, m.vector), ROW),
    "min": (lambda m, x: torch.min(x, -x), ROW),
    "matmul": (lambda m, x: x @ m.matrix, ROW),
    "matmul vector": (lambda m, x: x @ m.vector, ROW),
    "matmul left": (lambda m, x: m.matrix.T @ x[0], ROW),
    "matmul rows": (lambda m, x: x @ m.matrix, (1, 3, 6)),
    "addmm": (lambda m, x: torch.addmm(m.vector[:4], x, m.matrix), ROW),
    "linear no bias": (lambda m, x: F.linear(x, m.matrix.T), ROW),
    "linear rows": (lambda m, x: F.linear(x, m.matrix.T, m.vector[:4]), (1, 3, 6)),
    "linear plain": (lambda m, x: F.linear(x, m.matrix.T, m.vector[:4]), PLAIN),
    "conv": (lambda m, x: F.conv2d(x, m.kernel, m.vector[:4], (2, 1), (1, 2)), IMAGE),
    "conv same": (lambda m, x: F.conv2d(x, m.kernel, padding="same", dilation=2), IMAGE),
    "conv valid": (lambda m, x: F.conv2d(x, m.kernel, padding="valid"), IMAGE),
    "conv groups": (lambda m, x: F.conv2d(x, m.kernel[:, :1], groups=2), IMAGE),
    "conv one sample": (lambda m, x: F.conv2d(x, m.kernel), (2, 7, 6)),
    "conv1d": (lambda m, x: F.conv1d(x, m.kernel[:, :, 0], padding=1, stride=2), LINE),
    "max_pool": (lambda m, x: F.max_pool2d(x, 3, 2, 1), IMAGE),
    "max_pool ceil": (lambda m, x: F.max_pool2d(x, (3, 2), ceil_mode=True), IMAGE),
    "max_pool dilation": (lambda m, x: F.max_pool2d(x, 2, 1, 0, 2), IMAGE),
    "max_pool1d": (lambda m, x: F.max_pool1d(x, 3, 2), LINE),
    "avg_pool": (lambda m, x: F.avg_pool2d(x, 2), IMAGE),
    "avg_pool pad": (lambda m, x: F.avg_pool2d(x, 3, 2, 1), IMAGE),
    "avg_pool exclude": (
        lambda m, x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False),
        IMAGE,
    ),
    "avg_pool ceil": (lambda m, x: F.avg_pool2d(x, (3, 4), ceil_mode=True), IMAGE),
    "avg_pool1d": (lambda m, x: F.avg_pool1d(x, 2), LINE),
    "adaptive one": (lambda m, x: F.adaptive_avg_pool2d(x, 1), IMAGE),
    "adaptive": (lambda m, x: F.adaptive_avg_pool2d(x, (7, 3)), IMAGE),
    "flatten": (lambda m, x: torch.flatten(x, 1), IMAGE),
    "view": (lambda m, x: x.view(1, -1, 3), IMAGE),
    "reshape": (lambda m, x: x.reshape(x.shape[0], 2, -1), IMAGE),
    "squeeze": (lambda m, x: x.squeeze().unsqueeze(-1), ROW),
    "permute": (lambda m, x: x.permute(0, 2, 3, 1), IMAGE),
    "transpose": (lambda m, x: x.transpose(-1, 1), IMAGE),
    "t": (lambda m, x: x.reshape(2, 3).t(), ROW),
    "cat": (lambda m, x: torch.cat([x, -x, m.vector[None]], -1), ROW),
    "slice": (lambda m, x: x[:, 1:, ::2, -3:], IMAGE),
    "select": (lambda m, x: x[:, -1, 2], IMAGE),
    "chunk": (lambda m, x: x.chunk(2, 1)[1] - x.chunk(2, 1)[0], ROW),
    "split": (lambda m, x: torch.split(x, [1, 5], 1)[1], ROW),
    "pad": (lambda m, x: F.pad(x, (1, 2, 0, 1), value=0.5), IMAGE),
    "pad negative": (lambda m, x: F.pad(x, (-1, 2)), IMAGE),
    "mean": (lambda m, x: x.mean((2, 3)), IMAGE),
    "mean keep": (lambda m, x: x - x.mean(-1, keepdim=True), IMAGE),
    "mean all": (lambda m, x: x.mean(), IMAGE),
    "sum": (lambda m, x: x.sum(1), IMAGE),
    "sum all": (lambda m, x: x.sum(), ROW),
    "dropout": (lambda m, x: F.dropout(x, 0.5, training=False), ROW),
    "normalize": (
        lambda m, x: (x - torch.tensor([0.5, 0.1]).view(1, 2, 1, 1)) / 0.3,
        IMAGE,
    ),
}


def check(module: Any, shape: tuple[int, ...]) -> Graph:
    torch.manual_seed(0)
    x = torch.randn(shape)
    graph = from_torch(module, x)
    with torch.no_grad():
        wanted = module.eval()(x).numpy().reshape(-1)
    got = graph.evaluate(x.numpy().reshape(graph.inputs[0].shape)).reshape(-1)
    np.testing.assert_allclose(got, wanted, atol=2e-5, rtol=1e-5)
    assert graph.source.kind == "torch"
    return graph


class Several(Function):
    """Functions of one input shape side by side: one slow export for all of them."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(lambda module, x: x)
        self.names = names

    def parts(self, x: Any) -> list[Any]:
        return [FUNCTIONS[name][0](self, x).reshape(-1) for name in self.names]

    def forward(self, x: Any) -> Any:
        return torch.cat(self.parts(x))


def _groups() -> list[tuple[str, ...]]:
    groups = []
    for shape in dict.fromkeys(shape for _, shape in FUNCTIONS.values()):
        names = [name for name, (_, other) in FUNCTIONS.items() if other == shape]
        groups += [tuple(names[start : start + 8]) for start in range(0, len(names), 8)]
    return groups


@pytest.mark.parametrize("names", _groups(), ids=" | ".join)
def test_functions(names: tuple[str, ...]) -> None:
    torch.manual_seed(0)
    x = torch.randn(FUNCTIONS[names[0]][1])
    module = Several(names)
    graph = from_torch(module, x)
    got = graph.evaluate(x.numpy().reshape(graph.inputs[0].shape)).reshape(-1)
    with torch.no_grad():
        parts = module.parts(x)
    assert got.size == sum(part.numel() for part in parts)
    for name, part in zip(names, parts, strict=True):
        head, got = got[: part.numel()], got[part.numel() :]
        np.testing.assert_allclose(head, part.numpy(), atol=2e-5, rtol=1e-5, err_msg=name)


class Block(nn.Module):
    """A residual block with batch norm."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.first = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.second = nn.Conv2d(4, 4, 3, padding=1)
        self.short = nn.Conv2d(3, 4, 1)
        self.drop = nn.Dropout(0.5)
        self.head = nn.Linear(4, 10)
        self.norm.running_mean += torch.randn(4)
        self.norm.running_var += torch.rand(4)

    def forward(self, x: Any) -> Any:
        y = self.second(torch.relu(self.norm(self.first(x)))) + self.short(x)
        return self.head(self.drop(torch.relu(y).mean((2, 3))))


def test_residual_network() -> None:
    module = Block().train()
    x = torch.zeros(1, 3, 8, 8)
    graph = from_torch(module, x, name="My ResNet")
    assert all(part.training for part in module.modules()), "the mode is put back"
    assert graph.name == "my_resnet"
    assert "batch_norm_folded" in graph.source.notes
    kinds = [node.op.kind for node in check(Block(), (1, 3, 8, 8)).nodes]
    wanted = "Conv2d Affine Relu Conv2d Conv2d Add Relu ReduceMean Linear"
    assert " ".join(kinds) == wanted


def test_cross_check() -> None:
    module, example = Block().train(), torch.zeros(1, 3, 8, 8)
    graph = from_torch(module, example)
    result = cross_check_module(graph, module, example, runs=4)
    assert (result.runs, module.training) == (4, True)
    assert result.max_rel < 1e-5
    with torch.no_grad():
        module.head.bias[3] += 1
    with pytest.raises(InputError, match="the importer and PyTorch disagree by"):
        cross_check_module(graph, module, example)


def test_weights_keep_their_bits() -> None:
    module = nn.Sequential(nn.Linear(3, 2), nn.ReLU())
    graph = from_torch(module, torch.zeros(1, 3))
    op: Any = graph.nodes[0].op
    assert op.weight.tobytes() == module[0].weight.detach().numpy().tobytes()
    assert op.bias.tobytes() == module[0].bias.detach().numpy().tobytes()


def test_two_inputs() -> None:
    class Two(nn.Module):
        def forward(self, a: Any, b: Any) -> Any:
            return a - b

    graph = from_torch(Two(), (torch.zeros(1, 3), torch.zeros(1, 3)))
    assert graph.evaluate(([1, 2, 3], [3, 2, 1])).tolist() == [-2, 0, 2]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda m, x: torch.sigmoid(x), "aten.sigmoid.default is not supported"),
        (lambda m, x: torch.softmax(x, 1), "aten.softmax.int is not supported"),
        (lambda m, x: F.gelu(x), "aten.gelu.default is not supported"),
        (lambda m, x: x * x, "product of two computed"),
        (lambda m, x: 1 / x, "is not supported"),
        (lambda m, x: x @ x.T, "product of two computed"),
        (lambda m, x: x.to(torch.float64), "is not supported"),
        (lambda m, x: (x, x), "2 outputs"),
        (lambda m, x: F.pad(x, (1, 1), mode="circular"), "is not supported"),
        (lambda m, x: F.dropout(x, 0.5, training=True), "is not supported|training mode"),
        (lambda m, x: torch.cumsum(x, 1), "aten.cumsum.default is not supported"),
        (lambda m, x: torch.add(x, torch.tensor([1.0], dtype=torch.float64)[0]), "float64"),
        (lambda m, x: x + float("inf"), "not finite"),
        (lambda m, x: x / 0.0, "divides by zero"),
        (lambda m, x: x[:, :0], "empty tensor"),
        (lambda m, x: torch.zeros(3), "does not depend"),
        (
            lambda m, x: F.avg_pool2d(x.view(1, 2, 3), 2, divisor_override=3),
            "argument divisor_override is not supported",
        ),
        (lambda m, x: x.sum(1, dtype=torch.float64), "argument dtype is not supported"),
        (lambda m, x: x if x.sum() > 0 else -x, "torch.export cannot capture"),
    ],
)
def test_refused(function: Callable[..., Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        from_torch(Function(function), torch.zeros(1, 6))
    assert "\n" not in str(caught.value)


def test_bad_arguments() -> None:
    with pytest.raises(InputError, match=r"needs a torch\.nn\.Module"):
        from_torch(lambda x: x, torch.zeros(1, 3))
    with pytest.raises(InputError, match="float32 tensors"):
        from_torch(nn.ReLU(), torch.zeros(1, 3, dtype=torch.float64))
    with pytest.raises(InputError, match="float32 tensors"):
        from_torch(nn.ReLU(), np.zeros((1, 3), np.float32))
    with pytest.raises(UnsupportedError, match="a batch of 2"):
        from_torch(nn.Conv2d(1, 1, 1), torch.zeros(2, 1, 3, 3))
    broken = nn.Linear(2, 2)
    with torch.no_grad():
        broken.weight[0, 0] = float("nan")
    with pytest.raises(InputError, match="NaN"):
        from_torch(broken, torch.zeros(1, 2))

"""auto_LiRPA's bounds of our graphs, for comparison; nothing of Lemmanet depends on it."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from runtime.graph import Add, Conv2d, Flatten, Graph, Linear, Relu

__all__ = ["METHODS", "peer", "version"]

METHODS = {"auto_LiRPA CROWN": "backward", "auto_LiRPA α-CROWN": "CROWN-Optimized"}
"""Names of rows with the methods of `compute_bounds`; the second takes 20 steps, as ours does."""


def peer(
    graph: Graph,
    lo: np.ndarray,
    hi: np.ndarray,
    method: str,
    checkout: Path | None,
    device: str,
) -> Callable[[], np.ndarray]:
    """What computes upper bounds of the outputs and of their negatives, on one torch thread.

    `checkout` is a folder that `auto_LiRPA` is imported from. Raises ImportError where it is not to
    be had.
    """
    if checkout is not None and str(checkout) not in sys.path:
        sys.path.insert(0, str(checkout))
    try:
        import torch
        from auto_LiRPA import BoundedModule, BoundedTensor
        from auto_LiRPA.perturbations import PerturbationLpNorm
    except Exception as error:  # old wheels fail in many ways
        raise ImportError(f"{type(error).__name__}: {error}") from error
    torch.set_num_threads(1)
    ends = [torch.tensor(end[None], dtype=torch.float32, device=device) for end in (lo, hi)]
    options = {"optimize_bound_args": {"iteration": 20}}
    module = BoundedModule(
        _module(torch, graph).to(device), torch.empty_like(ends[0]), options, device=device
    )
    ball = PerturbationLpNorm(norm=math.inf, x_L=ends[0], x_U=ends[1])
    x = BoundedTensor((ends[0] + ends[1]) / 2, ball)

    def work() -> np.ndarray:
        lower, upper = module.compute_bounds(x=(x,), method=method)
        return np.concatenate([end.detach().cpu().numpy()[0] for end in (upper, -lower)])

    return work


def version() -> str | None:
    """The version that was imported, None where none was."""
    module = sys.modules.get("auto_LiRPA")
    return None if module is None else str(getattr(module, "__version__", "unknown"))


def _module(torch: Any, graph: Graph) -> Any:
    """The same network as a module that runs node by node."""

    class Network(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.layers = torch.nn.ModuleDict()
            for node in graph.nodes:
                layer = _layer(torch, node.op)
                if layer is not None:
                    self.layers[node.name] = layer

        def forward(self, x: Any) -> Any:
            values = {graph.inputs[0].name: x}
            for node in graph.nodes:
                given = [values[name] for name in node.inputs]
                if isinstance(node.op, Add):
                    values[node.name] = given[0] + given[1]
                else:
                    values[node.name] = self.layers[node.name](given[0])
            return values[graph.output]

    return Network()


def _layer(torch: Any, op: object) -> Any:
    match op:
        case Linear():
            layer = torch.nn.Linear(op.weight.shape[1], op.weight.shape[0])
        case Conv2d():
            outputs, inputs = op.weight.shape[:2]
            layer = torch.nn.Conv2d(inputs, outputs, op.kernel, op.stride, op.padding[:2])
        case Relu():
            return torch.nn.ReLU()
        case Flatten():
            return torch.nn.Flatten()
        case Add():
            return None
        case _:
            raise ImportError(f"no module is made of the operator {type(op).__name__}")
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(op.weight))
        layer.bias.copy_(torch.tensor(op.bias))
    return layer

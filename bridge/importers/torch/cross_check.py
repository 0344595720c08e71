"""Running the captured graph against the module itself on random inputs."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from bridge.importers.agreement import CrossCheck, agreement
from bridge.importers.torch.program import evaluation_mode
from runtime.graph import FloatArray, Graph

__all__ = ["cross_check_module"]


def cross_check_module(
    graph: Graph, module: Any, example: Any, runs: int = 20, seed: int = 0
) -> CrossCheck:
    """Compare `graph.evaluate` with the module in inference mode, on CPU.

    `example` is what `from_torch` got, for the shapes. See `bridge.importers.agreement` for the
    inputs and the tolerance; raises InputError when the two disagree.
    """
    import torch

    inputs = example if isinstance(example, tuple) else (example,)

    def run(values: list[FloatArray]) -> NDArray[Any]:
        with torch.no_grad(), evaluation_mode(module):
            output: NDArray[Any] = module(*map(torch.from_numpy, values)).cpu().numpy()
        return output

    shapes = [tuple(value.shape) for value in inputs]
    return agreement(graph, run, shapes, name="PyTorch", runs=runs, seed=seed)

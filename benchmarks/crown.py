"""Linear bounds: seconds and widths by network and method, beside auto_LiRPA where it installs.

    OPENBLAS_NUM_THREADS=1 python -m benchmarks.crown [--runs 5] [--device cpu|cuda]

One box of radius 0.01 around a random image, rows ±e_k of all ten outputs. Seconds are wall-clock,
the least of the runs; with one BLAS thread and one torch thread both sides use one core. Widths
are means over the outputs.

auto_LiRPA's wheel on PyPI (0.3) needs torch below 1.13; where it cannot be imported, its row says
why. Writes `benchmarks/results/crown.json`.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.record import write
from certificates.crown import Descent, Program, crown
from runtime.devices import device
from runtime.graph import Conv2d, Flatten, Graph, GraphBuilder, Linear, Op, Provenance, Relu

RADIUS = 0.01
WAYS: tuple[tuple[str, str, Descent | None], ...] = (
    ("interval", "interval", None),
    ("crown", "crown", None),
    ("crown, optimized rows", "crown", Descent(20)),
    ("all slopes optimized", "alpha", Descent(20)),
)


def weights(generator: np.random.Generator, *shape: int) -> np.ndarray:
    """Weights of standard deviation √(2/inputs), as for training."""
    values = generator.standard_normal(shape) * math.sqrt(2 / math.prod(shape[1:]))
    return values.astype(np.float32)


def mlp(*sizes: int) -> Graph:
    """A random dense ReLU network."""
    generator = np.random.default_rng(0)
    builder = GraphBuilder("mlp")
    last = builder.input((sizes[0],))
    for number, (inputs, outputs) in enumerate(pairwise(sizes)):
        bias = (generator.standard_normal(outputs) / 10).astype(np.float32)
        last = builder.add(Linear(weights(generator, outputs, inputs), bias), last)
        if number < len(sizes) - 2:
            last = builder.add(Relu(), last)
    return builder.build(last, Provenance("runtime"))


def convnet() -> Graph:
    """Two convolutions with stride 2 and two dense layers on 28x28, as small MNIST networks are."""
    generator = np.random.default_rng(0)

    def conv(outputs: int, inputs: int) -> Op:
        bias = (generator.standard_normal(outputs) / 10).astype(np.float32)
        kernels = weights(generator, outputs, inputs, 4, 4)
        return Conv2d(kernels, bias, stride=(2, 2), padding=(1, 1, 1, 1))

    builder = GraphBuilder("convnet")
    image = builder.input((1, 28, 28))
    first = builder.add(Relu(), builder.add(conv(16, 1), image))
    second = builder.add(Relu(), builder.add(conv(32, 16), first))
    flat = builder.add(Flatten(), second)
    size = builder.shape_of(flat)[0]
    zeros = np.zeros(100, np.float32)
    hidden = builder.add(Relu(), builder.add(Linear(weights(generator, 100, size), zeros), flat))
    last = builder.add(Linear(weights(generator, 10, 100), zeros[:10]), hidden)
    return builder.build(last, Provenance("runtime"))


NETWORKS: dict[str, Callable[[], Graph]] = {
    "784-50-10": lambda: mlp(784, 50, 10),
    "784-256-256-10": lambda: mlp(784, 256, 256, 10),
    "784-512-512-10": lambda: mlp(784, 512, 512, 10),
    "convnet": convnet,
}


def measured(work: Callable[[], np.ndarray], runs: int) -> tuple[float, float]:
    """The least seconds of the runs, after one to warm up, and the mean width."""
    upper = work()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    size = len(upper) // 2
    return min(seconds), float((upper[:size] + upper[size:]).mean())


def peer(graph: Graph, center: np.ndarray, runs: int) -> dict[str, Any]:
    """auto_LiRPA's backward bounds of the same network, or why there are none."""
    try:
        import torch
        from auto_LiRPA import BoundedModule, BoundedTensor
        from auto_LiRPA.perturbations import PerturbationLpNorm
    except Exception as error:  # old wheels fail in many ways
        return {"missing": f"{type(error).__name__}: {error}"}
    torch.set_num_threads(1)
    module = BoundedModule(_module(torch, graph), torch.empty((1, *center.shape)))
    ball = PerturbationLpNorm(norm=math.inf, eps=RADIUS)
    x = BoundedTensor(torch.tensor(center[None], dtype=torch.float32), ball)

    def work() -> np.ndarray:
        lower, upper = module.compute_bounds(x=(x,), method="backward")
        return np.concatenate([upper.detach().numpy()[0], -lower.detach().numpy()[0]])

    seconds, width = measured(work, runs)
    return {"seconds": seconds, "width": width}


def _module(torch: Any, graph: Graph) -> Any:
    """The same layers in PyTorch."""
    layers = []
    for node in graph.nodes:
        op = node.op
        if isinstance(op, Linear):
            layer = torch.nn.Linear(op.weight.shape[1], op.weight.shape[0])
        elif isinstance(op, Conv2d):
            outputs, inputs = op.weight.shape[:2]
            layer = torch.nn.Conv2d(inputs, outputs, op.kernel, op.stride, op.padding[:2])
        else:
            layers.append(torch.nn.Flatten() if isinstance(op, Flatten) else torch.nn.ReLU())
            continue
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(op.weight))
            layer.bias.copy_(torch.tensor(op.bias))
        layers.append(layer)
    return torch.nn.Sequential(*layers)


def main() -> None:
    """Run, print, record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    xp = device(options.device).module
    results: dict[str, Any] = {}
    for name, build in NETWORKS.items():
        graph = build()
        center = np.random.default_rng(1).random(graph.inputs[0].shape)
        rows: dict[str, Any] = {"parameters": graph.parameters_count}
        for dtype in (np.float64, np.float32):
            program = Program(graph, xp, dtype)
            for title, method, descent in WAYS:

                def work(
                    program: Program = program,
                    method: Any = method,
                    descent: Descent | None = descent,
                    center: np.ndarray = center,
                ) -> np.ndarray:
                    lo, hi = center - RADIUS, center + RADIUS
                    return crown(program, lo, hi, method=method, descent=descent).upper[0]

                seconds, width = measured(work, options.runs)
                rows[f"{title}, {np.dtype(dtype).name}"] = {"seconds": seconds, "width": width}
        rows["auto_LiRPA"] = peer(graph, center, options.runs)
        results[name] = rows
        print(name, rows, flush=True)
    write("crown" if options.device == "cpu" else "crown_cuda", {"networks": results})


if __name__ == "__main__":
    main()

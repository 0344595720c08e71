"""Processor seconds for interval bounds, certificates and their exact check on random networks.

Run: python -m benchmarks.interval_certificates [--runs 7]

Writes `benchmarks/results/interval_certificates.json`.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.record import write
from certificates import Certificate, Robust, check, load_certificate, produce, save_certificate
from certificates.interval import bounds
from runtime.graph import (
    AvgPool2d,
    Conv2d,
    Flatten,
    Graph,
    GraphBuilder,
    Linear,
    MaxPool2d,
    Op,
    Provenance,
    Relu,
)

EPS = "1/100000"


def weights(generator: np.random.Generator, *shape: int) -> np.ndarray:
    """Weights of standard deviation 1/√inputs."""
    values = generator.standard_normal(shape) / np.sqrt(math.prod(shape[1:]))
    return values.astype(np.float32)


def mlp(*sizes: int) -> Graph:
    """A random ReLU network."""
    generator = np.random.default_rng(0)
    builder = GraphBuilder("mlp")
    last = builder.input((sizes[0],))
    for number, (inputs, outputs) in enumerate(pairwise(sizes)):
        layer = Linear(weights(generator, outputs, inputs), np.zeros(outputs, np.float32))
        last = builder.add(layer, last)
        if number < len(sizes) - 2:
            last = builder.add(Relu(), last)
    return builder.build(last, Provenance("runtime"))


def convnet(pool: Op, *channels: int) -> Graph:
    """3x3 convolutions on a 28x28 image, a pool that halves it after each, one linear layer."""
    generator = np.random.default_rng(0)
    builder = GraphBuilder("convnet")
    last, inputs = builder.input((1, 28, 28)), 1
    for outputs in channels:
        kernel = weights(generator, outputs, inputs, 3, 3)
        layer = Conv2d(kernel, np.zeros(outputs, np.float32), (1, 1), (1, 1, 1, 1))
        last = builder.add(pool, builder.add(Relu(), builder.add(layer, last)))
        inputs = outputs
    last = builder.add(Flatten(), last)
    size = builder.shape_of(last)[0]
    layer = Linear(weights(generator, 10, size), np.zeros(10, np.float32))
    return builder.build(builder.add(layer, last), Provenance("runtime"))


def networks() -> Iterator[tuple[str, Graph]]:
    """Networks by name."""
    yield "784-50-10", mlp(784, 50, 10)
    yield "784-256-256-10", mlp(784, 256, 256, 10)
    yield "5-50x6-5", mlp(5, *[50] * 6, 5)
    yield "convnet 16, max pool", convnet(MaxPool2d((2, 2), (2, 2)), 16)
    yield "convnet 8-16, average pool", convnet(AvgPool2d((2, 2), (2, 2)), 8, 16)
    yield "convnet 16-32, max pool", convnet(MaxPool2d((2, 2), (2, 2)), 16, 32)


def best(function: Callable[[], Any], runs: int) -> tuple[float, Any]:
    """The shortest of some runs, in processor seconds, and the result."""
    seconds = []
    for _ in range(runs):
        start = time.process_time()
        result = function()
        seconds.append(time.process_time() - start)
    return min(seconds), result


def measure(graph: Graph, runs: int) -> dict[str, float]:
    """Seconds of each step, and the size of the certificate's file in kB."""
    x = np.random.default_rng(1).random(graph.inputs[0].shape).astype(np.float32)
    prop = Robust(x, EPS, label=int(graph.evaluate(x).argmax())).bind(graph)
    t_bounds, _ = best(lambda: bounds(graph, x - 1e-5, x + 1e-5), runs)
    t_produce, made = best(lambda: produce(graph, prop, 0), runs)
    if not isinstance(made, Certificate):
        raise SystemExit(f"no certificate: {made.reason}")
    t_check, result = best(lambda: check(made, graph, prop), runs)
    if not result.ok:
        raise SystemExit(result.message)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "certificate.json"
        save_certificate(made, path)
        t_load, _ = best(lambda: load_certificate(path), runs)
        kilobytes = path.stat().st_size / 1000
    return {
        "bounds_s": round(t_bounds, 4),
        "produce_s": round(t_produce, 4),
        "check_s": round(t_check, 4),
        "check_over_produce": round(t_check / t_produce, 2),
        "load_s": round(t_load, 4),
        "kilobytes": round(kilobytes),
    }


def main() -> None:
    """Print one line a network, and record them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=7)
    runs: int = parser.parse_args().runs
    rows = {}
    for name, graph in networks():
        rows[name] = measure(graph, runs)
        print(name, rows[name], flush=True)
    write("interval_certificates", {"eps": EPS, "networks": rows})


if __name__ == "__main__":
    main()

"""Seconds for interval bounds, certificates and their exact check on random ReLU networks.

Run: python -m benchmarks.interval_certificates [--runs 5]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from certificates import Certificate, Robust, check, load_certificate, produce, save_certificate
from certificates.interval import bounds
from runtime.graph import Graph, GraphBuilder, Linear, Provenance, Relu

SIZES = ((784, 50, 10), (784, 256, 256, 10))


def network(sizes: tuple[int, ...]) -> Graph:
    """A random ReLU network with weights of standard deviation 1/√inputs."""
    generator = np.random.default_rng(0)
    builder = GraphBuilder("mlp")
    last = builder.input((sizes[0],))
    for number, (inputs, outputs) in enumerate(pairwise(sizes)):
        weight = generator.standard_normal((outputs, inputs)) / np.sqrt(inputs)
        layer = Linear(weight.astype(np.float32), np.zeros(outputs, np.float32))
        last = builder.add(layer, last)
        if number < len(sizes) - 2:
            last = builder.add(Relu(), last)
    return builder.build(last, Provenance("runtime"))


def best(function: Callable[[], Any], runs: int) -> tuple[float, Any]:
    """The shortest of some runs, in seconds, and the result."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        result = function()
        seconds.append(time.perf_counter() - start)
    return min(seconds), result


def main() -> None:
    """Print one line a network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs: int = parser.parse_args().runs
    for sizes in SIZES:
        graph = network(sizes)
        x = np.random.default_rng(1).random(sizes[0]).astype(np.float32)
        label = int(graph.evaluate(x).argmax())
        prop = Robust(x, "1/100000", label=label).bind(graph)
        low, high = x - 1e-5, x + 1e-5
        t_bounds, _ = best(lambda: bounds(graph, low, high), runs)  # noqa: B023
        t_produce, made = best(lambda: produce(graph, prop, 0), runs)  # noqa: B023
        if not isinstance(made, Certificate):
            raise SystemExit(f"no certificate: {made.reason}")
        t_check, result = best(lambda: check(made, graph, prop), runs)  # noqa: B023
        if not result.ok:
            raise SystemExit(result.message)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "certificate.json"
            save_certificate(made, path)
            t_load, _ = best(lambda: load_certificate(path), runs)  # noqa: B023
            kilobytes = path.stat().st_size / 1000
        print(
            f"{'-'.join(map(str, sizes))}: float64 bounds {t_bounds:.4f} s, produce "
            f"{t_produce:.3f} s, check {t_check:.3f} s, load {t_load:.4f} s, {kilobytes:.0f} kB"
        )


if __name__ == "__main__":
    main()

"""Linear bounds: seconds and widths by network and method, beside auto_LiRPA where it is there.

    OPENBLAS_NUM_THREADS=1 python -m benchmarks.crown [--runs 5] [--device cpu|cuda]
        [--auto-lirpa CHECKOUT] [--resnet resnet_2b.onnx]

One box around a random image, rows ±e_k of all ten outputs. Seconds are wall-clock, the least of
the runs; with one BLAS thread and one torch thread both sides use one core. Widths are means over
the outputs. The row `exact` has the certificate of these bounds: seconds to make it in integers on
top of the floats, seconds of the exact checker, and the width that it shows.

auto_LiRPA's wheel on PyPI (0.3) needs torch below 1.13. Newer ones are on GitHub
(Verified-Intelligence/auto_LiRPA): check it out, install its requirements beside Lemmanet's, and
name the checkout. Where it cannot be imported, its row says why. Writes
`benchmarks/results/crown.json`.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.auto_lirpa import METHODS, peer, version
from benchmarks.record import write
from bridge.importers import load_model
from certificates import AffineCertificate, OutputBox, check, produce_affine
from certificates.crown import Descent, Program, crown
from runtime.devices import device
from runtime.graph import Conv2d, Flatten, Graph, GraphBuilder, Linear, Op, Provenance, Relu

RADIUS = 0.01
RESNET_RADIUS = 0.001
DEEP = 4
"""From so many layers of ReLU on, optimizing the slopes of all of them takes minutes a run."""
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


def exact(graph: Graph, lo: np.ndarray, hi: np.ndarray) -> dict[str, Any]:
    """The certificate of the outputs' bounds: its seconds, those of its check, and its width."""
    size = math.prod(graph.output_shape)
    far = [1 << 20] * size
    prop = OutputBox(lo, hi, [-n for n in far], far)
    start = time.perf_counter()
    certificate = produce_affine(graph, prop, 0)
    produced = time.perf_counter()
    if not isinstance(certificate, AffineCertificate):
        return {"missing": certificate.reason}
    result = check(certificate, graph, prop)
    checked = time.perf_counter()
    if not result.ok:
        raise RuntimeError(result.message)
    # A margin is how far a bound is from the claimed one; two of them make a width.
    width = float(2 * sum(far) - sum(margin.exact for margin in result.margins))
    return {
        "produce_seconds": produced - start,
        "check_seconds": checked - produced,
        "width": width / size,
    }


def compared(
    graph: Graph, lo: np.ndarray, hi: np.ndarray, options: argparse.Namespace
) -> dict[str, Any]:
    """All rows for one network on one box; on deep ones without slopes of inner layers."""
    deep = sum(isinstance(node.op, Relu) for node in graph.nodes) > DEEP
    xp = device(options.device).module
    rows: dict[str, Any] = {"parameters": graph.parameters_count}
    for dtype in (np.float64, np.float32):
        program = Program(graph, xp, dtype)
        for title, method, descent in WAYS[:-1] if deep else WAYS:

            def work(
                program: Program = program,
                method: Any = method,
                descent: Descent | None = descent,
            ) -> np.ndarray:
                return crown(program, lo, hi, method=method, descent=descent).upper[0]

            seconds, width = measured(work, options.runs)
            rows[f"{title}, {np.dtype(dtype).name}"] = {"seconds": seconds, "width": width}
    for title, method in list(METHODS.items())[: 1 if deep else None]:
        try:
            theirs = peer(graph, lo, hi, method, options.auto_lirpa, options.device)
        except ImportError as error:
            rows[title] = {"missing": str(error)}
            continue
        seconds, width = measured(theirs, options.runs)
        rows[title] = {"seconds": seconds, "width": width}
    rows["exact"] = exact(graph, lo, hi)
    return rows


def main() -> None:
    """Run, print, record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--auto-lirpa", type=Path, help="a checkout of auto_LiRPA")
    parser.add_argument("--resnet", type=Path, help="resnet_2b.onnx of VNN-COMP 2021")
    options = parser.parse_args()
    networks = {name: (build, RADIUS) for name, build in NETWORKS.items()}
    if options.resnet is not None:
        networks["resnet_2b"] = (lambda: load_model(options.resnet), RESNET_RADIUS)
    results: dict[str, Any] = {}
    for name, (build, radius) in networks.items():
        graph = build()
        center = np.random.default_rng(1).random(graph.inputs[0].shape).astype(np.float32)
        # Ends that float32 holds, so that all bound the same box.
        lo, hi = center - np.float32(radius), center + np.float32(radius)
        results[name] = {"radius": radius, **compared(graph, lo, hi, options)}
        print(name, results[name], flush=True)
    write(
        "crown" if options.device == "cpu" else "crown_cuda",
        {"auto_LiRPA": version(), "runs": options.runs, "networks": results},
    )


if __name__ == "__main__":
    main()

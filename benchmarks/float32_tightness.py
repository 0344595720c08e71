"""Float32 budgets beside the largest deviations that any run showed, layer by layer.

    python -m benchmarks.float32_tightness [--points 9] [--epochs 20]

Three networks: the digits demonstration network, a convolutional one on the same data, and a
random 784-50-10 network. Each runs with every library that is installed, in many orders of sums,
and with sums that are pushed to move every output up and down as far as they can. The ratio of a
layer is the smallest quotient, over its entries, of what the budget allows and what was ever
measured there. Writes `benchmarks/results/float32_tightness.json`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from benchmarks.interval_certificates import mlp
from benchmarks.record import write
from bridge.conformance import conform
from bridge.conformance.measuring import known_backends
from bridge.conformance.runs import Backend, Run
from certificates import Robust
from certificates.properties import Box
from certificates.search.gradient import tensor_gradients
from runtime import nn
from runtime.capture import capture
from runtime.data import load_digits
from runtime.digits import train_digits
from runtime.graph import FloatArray, Graph, evaluate
from runtime.graph.orders import Order, evaluate_in_order
from runtime.optim import Adam
from runtime.training import fit

RADIUS = Fraction(1, 50)
GOAL = 50


def networks(epochs: int) -> Iterator[tuple[str, Graph, FloatArray]]:
    """Networks by name, each with one input to stay close to."""
    model, data = train_digits(epochs=epochs)
    yield "digits 64-32-10", capture(model, (64,)), data.test.inputs[0]
    images = load_digits(shape=(1, 8, 8))
    random = np.random.default_rng(0)
    convolutional = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1, seed=random),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(128, 10, seed=random),
    )
    fit(convolutional, images.train, epochs, Adam(convolutional.parameters(), lr=3e-3))
    yield "digits, convolution", capture(convolutional, (1, 8, 8)), images.test.inputs[0]
    yield "784-50-10, random", mlp(784, 50, 10), random.random(784).astype(np.float32)


def _every_output(graph: Graph, points: FloatArray) -> Iterator[Run]:
    """Sums pushed so that one output after the other moves, up and down."""
    values = evaluate.run(graph, points, keep_all=True)
    flat = values[graph.output].reshape(len(points), -1)
    for output in range(flat.shape[1]):
        for sign in (1, -1):
            wanted = np.zeros_like(flat)
            wanted[:, output] = sign
            directions = tensor_gradients(graph, values, wanted)
            found = evaluate_in_order(graph, points, Order("pushed"), directions)
            name = f"y_{output} pushed {'up' if sign > 0 else 'down'}"
            yield Run(name, slice(0, len(points)), found)


def measure(graph: Graph, center: FloatArray, points: int) -> dict[str, object]:
    """The figures of one network."""
    box: Box = Robust(center, RADIUS, label=0).bind(graph).cases[0].box
    start = time.process_time()
    backends = [*known_backends(), Backend("pushed outputs", np.__version__, _every_output)]
    result = conform(graph, [box], samples=points, backends=backends)
    if not result.within:
        raise SystemExit("a run left its budget")
    layers = {
        node.node: {
            "operator": node.operator,
            "budget": node.worst.budget,
            "measured": node.worst.measured,
            "budget_over_measured": round(node.worst.budget / node.worst.measured, 1),
            "ratio": round(1 / node.worst.share, 1),
        }
        for node in result.nodes
        if node.worst.measured > 0
    }
    ratios = [1 / node.worst.share for node in result.nodes if node.worst.share > 0]
    return {
        "points": result.points,
        "runs": {backend.name: backend.runs for backend in result.backends},
        "missing": dict(result.missing),
        "layers": layers,
        "largest_ratio": round(max(ratios), 1),
        "layers_under_goal": sum(ratio < GOAL for ratio in ratios),
        "processor_seconds": round(time.process_time() - start, 1),
    }


def main() -> None:
    """Print one line a layer, and record them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--points", type=int, default=9)
    parser.add_argument("--epochs", type=int, default=20)
    options = parser.parse_args()
    rows: dict[str, object] = {}
    for name, graph, center in networks(options.epochs):
        rows[name] = measure(graph, center, options.points)
        print(name, rows[name], flush=True)
    write("float32_tightness", {"radius": str(RADIUS), "goal": GOAL, "networks": rows})


if __name__ == "__main__":
    main()

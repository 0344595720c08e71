"""Lean's seconds and memory by the size of a network: 40,000 to 670,000 parameters.

    python -m benchmarks.growth [--provider official|registry] [--seed N]

One claim of robustness for a random dense ReLU network of each size, with new weights each time, so
that nothing of the project is in the build's cache; the library is built before. For `interval`,
the radius is the largest of a grid that interval bounds prove; for `linear` it is the next one, so
that linear bounds are needed. Fitted is figure = factor * parameters^exponent, by least squares on
logarithms. Writes `benchmarks/results/growth.json` and the plot `benchmarks/results/growth.svg`.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmarks.lean import with_library
from benchmarks.networks import fresh_mlp
from benchmarks.record import RESULTS, write
from bridge.pipeline import verify
from bridge.report.model import FileResult
from certificates import Certificate, Property, Robust, produce
from runtime.graph import Graph, Linear

SIZES = ((784, 50, 10), (784, 256, 256, 10), (784, 512, 512, 10))
RADII = [Fraction(2**exponent, 10**6) for exponent in range(15)]
METHODS = ("interval", "linear")


def parameters(graph: Graph) -> int:
    """The number of weights and biases."""
    layers = [node.op for node in graph.nodes if isinstance(node.op, Linear)]
    return sum(layer.weight.size + layer.bias.size for layer in layers)


def claim_of(graph: Graph, seed: int, method: str) -> tuple[Fraction, Property]:
    """A claim about a random image that takes this kind of bounds."""
    image = np.random.default_rng(seed).random(graph.inputs[0].shape, dtype=np.float32)
    label = int(graph.evaluate(image).argmax())
    claims = [Robust(image, radius, label=label, name="random image") for radius in RADII]
    proves = [isinstance(produce(graph, claim.bind(graph), 0), Certificate) for claim in claims]
    first = proves.index(False)
    number = first - 1 if method == "interval" else first
    return RADII[number], claims[number]


def proved(sizes: tuple[int, ...], method: str, seed: int, provider: str | None) -> dict[str, Any]:
    """One network, from the graph to the verdict."""
    graph = fresh_mlp(sizes, seed)
    radius, claim = claim_of(graph, seed, method)
    with tempfile.TemporaryDirectory() as temporary:
        start = time.perf_counter()
        report = verify(graph, claim, Path(temporary) / "proof", provider=provider)
        wall = time.perf_counter() - start
        result, runs = report.claims[0], report.claims[0].float32
        size = sum(path.stat().st_size for path in Path(temporary).rglob("*.lean"))
    return {
        "network": "-".join(map(str, sizes)),
        "parameters": parameters(graph),
        "radius": str(radius),
        "verdict": result.verdict.value,
        "seconds_wall": round(wall, 2),
        "seconds_lean": _seconds(result.files),
        "float32_verdict": runs.verdict.value if runs else None,
        "seconds_lean_float32": _seconds(runs.files) if runs else None,
        "peak_memory_bytes": max((file.peak_memory_bytes or 0 for file in result.files), default=0),
        "bytes_of_lean": size,
    }


def _seconds(files: Sequence[FileResult]) -> float:
    return round(sum(file.seconds or 0 for file in files), 2)


def fit(rows: list[dict[str, Any]], figure: str) -> dict[str, float]:
    """a and b of figure = a * parameters^b."""
    x, y = (np.log([row[key] for row in rows]) for key in ("parameters", figure))
    b, a = np.polyfit(x, y, 1)
    return {"factor": float(np.exp(a)), "exponent": round(float(b), 3)}


def plot(results: dict[str, list[dict[str, Any]]], path: Path) -> None:
    """Seconds and memory over parameters, a line for each kind of bounds."""
    figure = Figure(figsize=(8, 3.4), layout="constrained")
    axes = figure.subplots(1, 2)
    for method, rows in results.items():
        x = [row["parameters"] for row in rows]
        axes[0].loglog(x, [row["seconds_lean"] for row in rows], "o-", label=method)
        axes[1].loglog(x, [row["peak_memory_bytes"] / 1e9 for row in rows], "o-", label=method)
    for axis, label in zip(axes, ("Lean, processor seconds", "peak memory, GB"), strict=True):
        axis.set_xlabel("parameters")
        axis.set_ylabel(label)
        axis.grid(visible=True, which="both", alpha=0.3)
        axis.legend()
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Run, print, record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--provider", choices=("official", "registry"))
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    options = parser.parse_args()
    lean = with_library(options.provider)
    results = {
        method: [
            proved(sizes, method, options.seed + number, options.provider)
            for number, sizes in enumerate(SIZES)
        ]
        for method in METHODS
    }
    plot(results, RESULTS / "growth.svg")
    write(
        "growth",
        {
            "provider": lean.name,
            "seed": options.seed,
            "networks": results,
            "fitted": {
                method: {key: fit(rows, key) for key in ("seconds_lean", "peak_memory_bytes")}
                for method, rows in results.items()
            },
        },
    )


if __name__ == "__main__":
    main()

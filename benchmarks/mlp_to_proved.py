"""From ONNX to `proved`: a 784-50-10 network with random float32 weights, its library built before.

    python -m benchmarks.mlp_to_proved [--provider official|registry]

Targets: under 60 s of wall-clock time for the theorem about exact arithmetic alone and under 120 s
with the one about float32 runs, 3 GB for a Lean process in the registry Lean, and under 0.5 s of
kernel time for the first layer: what Lean's profiler says of type checking. Beside it
stands the difference between two files that are the same but for the theorem about that layer.
Writes `benchmarks/results/mlp_to_proved.json`.
"""

from __future__ import annotations

import argparse
import re
import resource
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

import numpy as np

from benchmarks.lean import with_library
from benchmarks.networks import fresh_mlp
from benchmarks.record import write
from bridge import toolchain
from bridge.export import Semantics, load_manifest
from bridge.exporters import save_onnx
from bridge.pipeline import Options, verify
from bridge.report.model import Claim
from certificates import Certificate, Property, Robust, produce
from runtime.graph import Graph

SIZES = (784, 50, 10)
EPS = "0.001"
REPEATS = 5


def near_an_image(graph: Graph) -> Property:
    """Robustness near the first random image for which interval bounds suffice, so that the first
    layer has a theorem of its own."""
    for number in count(1):
        image = np.random.default_rng(number).random(SIZES[0], dtype=np.float32)
        label = int(graph.evaluate(image).argmax())
        claim = Robust(image, EPS, label=label, name="random image")
        if isinstance(produce(graph, claim.bind(graph), 0), Certificate):
            return claim
    raise AssertionError


_CHECKING = re.compile(r"type checking took ([0-9.]+)(ms|s)")


def runs_of(lean: toolchain.Toolchain, folder: Path, text: str) -> list[tuple[float, str]]:
    """Processor time and output of Lean on a file with this text, in the project's environment.

    Processor time, since a difference of wall-clock times drowns in what else the machine does.
    """
    path = folder / "Timing.lean"
    path.write_text(text)
    runs = []
    for _ in range(REPEATS):
        start = _children_seconds()
        done = subprocess.run(
            [*lean.lake(), "env", "lean", "--json", path.name],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=600,
            text=True,
        )
        runs.append((_children_seconds() - start, done.stdout))
    path.unlink()
    return runs


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def first_layer_seconds(lean: toolchain.Toolchain, folder: Path) -> tuple[float, float]:
    """The theorem about the first layer: what the kernel takes for it, and what it adds to a file
    with the same boxes, elaboration and all.

    The first is Lean's own measurement of type checking, the least of several runs.
    """
    root = load_manifest(folder).root
    if not toolchain.build(folder, None, toolchain=lean).ok:
        raise SystemExit("the exported project was not built where it lies")
    certificates = folder / root / "Certificate"
    boxes = next(certificates.rglob("Boxes.lean"))
    step = next(path for path in certificates.rglob("*.lean") if path.stem == "Fc1")
    module = ".".join(boxes.relative_to(folder).with_suffix("").parts)
    text = step.read_text()
    head, theorem = re.split(r"(?=^/-- Node `fc1`)", text, maxsplit=1, flags=re.M)
    end = theorem[theorem.index("\nend ") :]
    assert module in head
    options = "set_option profiler true\nset_option profiler.threshold 0\n"
    profiled = runs_of(lean, folder, head + options + theorem)
    kernel = min(sum(map(_seconds, _CHECKING.findall(output))) for _, output in profiled)
    if kernel == 0:
        raise SystemExit("Lean did not say how long type checking took")
    with_theorem = min(seconds for seconds, _ in runs_of(lean, folder, text))
    without = min(seconds for seconds, _ in runs_of(lean, folder, head + end))
    return kernel, with_theorem - without


def _seconds(found: tuple[str, str]) -> float:
    value, unit = found
    return float(value) / (1000 if unit == "ms" else 1)


def proved(
    seed: int, folder: Path, semantics: Semantics, provider: str | None
) -> tuple[Claim, float]:
    """The claim about the network of this seed, and the seconds from its ONNX file to the verdict.

    A new network each time, since the build would find an old one's files in its cache.
    """
    graph = fresh_mlp(SIZES, seed)
    claim = near_an_image(graph)
    folder.mkdir(exist_ok=True)
    save_onnx(graph, folder / "mlp.onnx")
    start = time.perf_counter()
    report = verify(
        folder / "mlp.onnx",
        claim,
        folder / "proof",
        Options(semantics),
        provider=provider,
    )
    return report.claims[0], time.perf_counter() - start


def float32_row(claim: Claim, wall: float) -> dict[str, object]:
    """What the theorem about float32 runs cost, beside the exact one."""
    runs = claim.float32
    if runs is None:
        raise SystemExit("nothing was said of float32 runs")
    return {
        "verdict": runs.verdict.value,
        "exact_verdict": claim.verdict.value,
        "seconds_onnx_to_both_verdicts": round(wall, 2),
        "target_seconds": 120,
        "peak_memory_bytes": max((file.peak_memory_bytes or 0 for file in runs.files), default=0),
        "largest_share_of_a_margin": runs.worst_share(),
        "files": [
            {"path": file.path, "seconds": file.seconds, "memory": file.peak_memory_bytes}
            for file in runs.files
        ],
    }


def main() -> None:
    """Run, print, record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--provider", choices=("official", "registry"))
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    options = parser.parse_args()
    lean = with_library(options.provider)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        claim, wall = proved(options.seed, folder, "real", options.provider)
        both, wall_of_both = proved(options.seed + 1, folder / "both", "both", options.provider)
        peaks = [file.peak_memory_bytes or 0 for file in claim.files]
        kernel, added = first_layer_seconds(lean, folder / "proof")
        result = {
            "verdict": claim.verdict.value,
            "provider": lean.name,
            "seed": options.seed,
            "seconds_onnx_to_verdict": round(wall, 2),
            "target_seconds": 60,
            "peak_memory_bytes": max(peaks, default=0),
            "target_memory_bytes": 3 * 10**9,
            "seconds_first_layer_in_the_kernel": round(kernel, 3),
            "target_seconds_first_layer": 0.5,
            "float32": float32_row(both, wall_of_both),
            "processor_seconds_that_the_first_layer_adds": round(added, 3),
            "files": [
                {"path": file.path, "seconds": file.seconds, "memory": file.peak_memory_bytes}
                for file in claim.files
            ],
        }
    write("mlp_to_proved", result)


if __name__ == "__main__":
    main()

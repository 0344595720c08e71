"""TorchLean's margin report for 360 digits: derived again, and all that holds proved in Lean.

    python -m benchmarks.digits_margins FIXTURES [--provider official|registry] [--jobs 2]

FIXTURES is a folder with `digits_linear_margin_cert.json`, `digits_linear_weights.json` and
`digits_test.json`. Times of Lean are seconds of wall-clock time summed over modules; modules that
were compiled before count with the time that they took then. Writes
`benchmarks/results/digits_margins.json`.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from benchmarks.record import write
from bridge.export import lower
from bridge.pipeline import load
from bridge.pipeline.foreign import foreign_decisions
from bridge.pipeline.verify import prove
from certificates.foreign import examine, read_artifact, read_examples

SLACK = Fraction(1, 10**9)


def main() -> None:
    """Run, print, record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("fixtures", type=Path)
    parser.add_argument("--provider")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    weights = options.fixtures / "digits_linear_weights.json"
    loaded = load(weights)
    loaded = replace(loaded, graph=lower(loaded.graph))
    start = time.perf_counter()
    examination = examine(
        read_artifact(options.fixtures / "digits_linear_margin_cert.json"),
        loaded.graph,
        examples=read_examples(options.fixtures / "digits_test.json"),
        model_sha256=hashlib.sha256(weights.read_bytes()).hexdigest(),
        slack=SLACK,
    )
    examined = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="lemmanet-benchmark-") as folder:
        report = prove(
            foreign_decisions(loaded, examination),
            Path(folder) / "proof",
            provider=options.provider,
            jobs=options.jobs,
        )
    finished = time.perf_counter()
    files = {file.path: file for claim in report.claims for file in claim.files}
    write(
        "digits_margins",
        {
            "accepted": examination.accepted,
            "counts": dict(examination.counts),
            "verdicts": dict(Counter(claim.verdict.value for claim in report.claims)),
            "examine_seconds": examined - start,
            "prove_seconds": finished - examined,
            "lean_files": len(files),
            "lean_statuses": dict(Counter(file.status.value for file in files.values())),
            "lean_seconds": sum(file.seconds or 0 for file in files.values()),
            "peak_memory_bytes": max(file.peak_memory_bytes or 0 for file in files.values()),
            "versions": dict(report.versions),
        },
    )


if __name__ == "__main__":
    main()

"""Seconds until the search finds a counterexample, for the violated instances of the competition.

    python -m benchmarks.counterexample_search FOLDER [--only mnistfc] [--seconds 30] [--seed 0]

FOLDER is that of `benchmarks.vnncomp2021`. An instance counts as violated where `expected.csv` has
no tool that proved it and one or more that violated it; `tools` says how many did. Every point
found is an exact violation. Set OPENBLAS_NUM_THREADS=1 for the figures of one core. Writes
`benchmarks/results/counterexample_search.json`.
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

from benchmarks.record import write
from bridge.importers import load_model
from bridge.importers.vnnlib import from_vnnlib
from certificates import find_counterexample


def main() -> None:
    """Search, print one line an instance, record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="instances whose network's path starts so")
    parser.add_argument("--seconds", type=float, default=30.0, help="at most, for each case")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with (options.folder / "expected.csv").open() as file:
        violated = [row for row in csv.DictReader(file) if row["consensus"] == "sat"]
    rows: list[dict[str, object]] = []
    for row in violated:
        if not row["onnx"].startswith(options.only):
            continue
        graph = load_model(options.folder / row["onnx"])
        prop = from_vnnlib(options.folder / row["vnnlib"], graph)
        start = time.perf_counter()
        found = any(
            find_counterexample(graph, prop, case, seconds=options.seconds, seed=options.seed)
            for case in range(len(prop.cases))
        )
        seconds = round(time.perf_counter() - start, 2)
        name = f"{Path(row['onnx']).stem} {Path(row['vnnlib']).stem}"
        rows.append(
            {"instance": name, "tools": int(row["tools_sat"]), "found": found, "seconds": seconds}
        )
        print(rows[-1], flush=True)
    total = {"found": sum(bool(row["found"]) for row in rows), "of": len(rows)}
    write("counterexample_search", {"seed": options.seed, **total, "instances": rows})


if __name__ == "__main__":
    main()

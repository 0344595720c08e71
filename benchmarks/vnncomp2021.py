"""Instances of the verification competition of 2021, from file to Lean's verdict.

    python -m benchmarks.vnncomp2021 FOLDER [--only mnistfc] [--out DIR] [--provider registry]

FOLDER holds the networks, the properties and `expected.csv` with what the competition's tools
said. ACAS Xu: properties 3 and 4 on several networks, violated property 2; mnistfc 256x2: a small
radius that interval bounds prove, and a violated property; verivital's convnets. Each instance must
end `proved`, `refuted`, `checked` or `undecided`, and never against a unanimous entry of
`expected.csv`; the script exits with 1 otherwise. Each instance's row is kept in DIR as soon as it
is there, and a run that was interrupted goes on where it stopped; another DIR starts anew. Writes
all rows so far to `benchmarks/results/vnncomp2021.json`.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.record import write
from bridge.importers import load_model
from bridge.importers.vnnlib import from_vnnlib
from bridge.pipeline import Options, verify
from bridge.report.verdicts import Verdict
from certificates import Property, Robust

SEARCH_SECONDS = 20.0
AGAINST = {"unsat": {Verdict.REFUTED}, "sat": {Verdict.PROVED, Verdict.CHECKED}}
"""By consensus, the verdicts that contradict it; `checked` is said of properties that hold."""


@dataclass(frozen=True)
class Instance:
    """A network, a property, and the competition's consensus where there is one."""

    network: str
    property: str
    consensus: str | None
    small_radius: str | None = None

    @property
    def id(self) -> str:
        """A name for folders."""
        stem = f"{Path(self.network).stem}-{Path(self.property).stem}"
        return f"{stem}-radius-{self.small_radius}" if self.small_radius else stem


def instances(folder: Path) -> Iterator[Instance]:
    """The chosen instances."""
    with (folder / "expected.csv").open() as file:
        rows = {(row["onnx"], row["vnnlib"]): row["consensus"] for row in csv.DictReader(file)}

    def competition(network: str, prop: str) -> Instance:
        return Instance(network, prop, rows[network, prop])

    for number in ("1_1", "2_5", "4_9"):
        for prop in (3, 4):
            yield competition(
                f"acasxu/ACASXU_run2a_{number}_batch_2000.onnx", f"acasxu/prop_{prop}.vnnlib"
            )
    for number in ("1_2", "2_2", "5_3"):
        yield competition(f"acasxu/ACASXU_run2a_{number}_batch_2000.onnx", "acasxu/prop_2.vnnlib")
    mnist = "mnistfc/mnist-net_256x2.onnx"
    yield Instance(mnist, "mnistfc/prop_0_0.03.vnnlib", None, small_radius="0.001")
    violated = next(
        prop
        for (network, prop), consensus in sorted(rows.items())
        if network == mnist and consensus == "sat"
    )
    yield competition(mnist, violated)
    for network, prop in (
        ("verivital/Convnet_maxpool.onnx", "maxpool_specs/prop_0_0.004.vnnlib"),
        ("verivital/Convnet_avgpool.onnx", "avgpool_specs/prop_0_0.02.vnnlib"),
    ):
        yield competition(network, f"verivital/specs/{prop}")


def the_property(folder: Path, instance: Instance) -> Property:
    """The competition's property, or a small ball around its center with the same label."""
    graph = load_model(folder / instance.network)
    prop = from_vnnlib(folder / instance.property, graph)
    if instance.small_radius is None:
        return prop
    box = prop.cases[0].box
    center = [(lo + hi) / 2 for lo, hi in zip(box.lo, box.hi, strict=True)]
    shape = graph.inputs[0].shape
    values = [float(v) for v in center]
    label = int(graph.evaluate(np.asarray(values, np.float32).reshape(shape)).argmax())
    return Robust(center, instance.small_radius, label=label, name=instance.id)


def decided(options: argparse.Namespace, instance: Instance) -> dict[str, object]:
    """The row of one instance, after Lean's verdict."""
    start = time.perf_counter()
    report = verify(
        options.folder / instance.network,
        the_property(options.folder, instance),
        options.out / instance.id,
        Options("real", search_seconds=SEARCH_SECONDS),
        provider=options.provider,
    )
    claim = report.claims[0]
    return {
        "instance": instance.id,
        "expected": instance.consensus,
        "verdict": claim.verdict.value,
        "seconds": round(time.perf_counter() - start, 1),
        "lean_seconds": round(sum(f.seconds or 0 for f in claim.files), 1),
        "peak_memory_bytes": max((f.peak_memory_bytes or 0 for f in claim.files), default=0),
        "message": claim.message[:200],
    }


def right(row: dict[str, Any]) -> bool:
    """A verdict, and not one against the competition's consensus."""
    verdict = Verdict(row["verdict"])
    known = verdict not in (Verdict.CLAIMED, Verdict.REJECTED, Verdict.ERROR)
    return known and verdict not in AGAINST.get(row["expected"] or "", ())


def main() -> None:
    """Run what has no row yet, print, record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="instances whose network's path starts so")
    parser.add_argument("--out", type=Path, default=Path("out/vnncomp2021"))
    parser.add_argument("--provider", choices=["official", "registry"])
    options = parser.parse_args()
    kept = options.out / "rows"
    kept.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    for instance in instances(options.folder):
        file = kept / f"{instance.id}.json"
        if not file.is_file() and instance.network.startswith(options.only):
            text = json.dumps(decided(options, instance))
            print(text, flush=True)
            # Whole or not at all: an interruption leaves no half of a row.
            temporary = file.with_suffix(".tmp")
            temporary.write_text(text)
            temporary.replace(file)
        if file.is_file():
            rows.append(json.loads(file.read_text()))
    wrong = [row["instance"] for row in rows if not right(row)]
    write("vnncomp2021", {"instances": rows, "wrong": wrong})
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()

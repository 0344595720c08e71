"""The long comparison: ``python -m tests.float.sweep --count 200000`` from the project's folder.

Prints a line for each operation: how many results were compared and how many differ. Writes
`benchmarks/results/float_conformance.json`, unless only some operations were chosen. The exit
status is 1 when a result differs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.record import write
from bridge import toolchain
from tests.float import exact_trials
from tests.float.evaluator import Difference, Trial, evaluate
from tests.float.operands import BFLOAT16, BINARY32, BINARY64
from tests.float.trials import arithmetic, conversions, directed, half_precision, ordering

# Lean recurses over the cases of a part.
_PART = 10_000
_RUN = 120_000


def _trials(count: int, seed: int) -> list[Trial]:
    """Everything that is compared: `count` cases of each basic operation, fewer of the rest."""
    few = count // 20
    return [
        *arithmetic(BINARY32, seed, count, spread=2),
        *arithmetic(BINARY64, seed + 10, few, spread=0),
        *directed(BINARY32, seed + 20, few // 4),
        *ordering(BINARY32, spread=1),
        *ordering(BINARY64, spread=0),
        *conversions(seed + 30, few),
        *exact_trials.arithmetic(BINARY32, seed + 40, few // 5),
        *exact_trials.arithmetic(BFLOAT16, seed + 50, few // 5),
        *exact_trials.decimals(BINARY32, seed + 60, few // 4),
        *exact_trials.decimals(BFLOAT16, seed + 70, few // 5),
        *exact_trials.texts(BINARY32, seed + 80, few // 5),
        *exact_trials.texts(BINARY64, seed + 90, few // 5),
        *exact_trials.integers(BINARY32, seed + 100, few // 5),
        *exact_trials.integers(BFLOAT16, seed + 110, few // 5),
        *exact_trials.processor_flags(seed + 120, few),
        *half_precision(step=1),
    ]


def _parts(trials: list[Trial]) -> Iterator[Trial]:
    for trial in trials:
        for start in range(0, len(trial.expected), _PART):
            a, b, c, expected = (
                column[start : start + _PART] for column in (*trial.operands, trial.expected)
            )
            yield replace(trial, operands=(a, b, c), expected=expected)


def _runs(trials: list[Trial]) -> Iterator[list[Trial]]:
    """Parts for one start of Lean each."""
    run: list[Trial] = []
    for part in _parts(trials):
        if sum(len(other.expected) for other in run) + len(part.expected) > _RUN:
            yield run
            run = []
        run.append(part)
    if run:
        yield run


def main() -> int:
    """Compare every operation and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200_000, help="sampled cases of an operation")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="operations whose name contains this")
    options = parser.parse_args()
    trials = [trial for trial in _trials(options.count, options.seed) if options.only in trial.name]
    lean, started, found = toolchain.select(), time.perf_counter(), list[Difference]()
    total, compared = sum(len(trial.expected) for trial in trials), Counter[str]()
    try:
        for run in _runs(trials):
            with tempfile.TemporaryDirectory() as folder:
                found += evaluate(lean, Path(folder), run)
            for part in run:
                compared[part.name] += len(part.expected)
            print(f"{compared.total()} of {total}: {len(found)} differ", flush=True)
    except KeyboardInterrupt:
        print("interrupted: the result is about what was compared until now")
    seconds = time.perf_counter() - started
    different = Counter(difference.name for difference in found)
    for name, cases in compared.items():
        print(f"{name}: {cases} compared, {different[name]} differ")
    for difference in found[:20]:
        print(f"  {difference}")
    if not options.only:
        write(
            "float_conformance",
            {
                "lean": lean.version,
                "seed": options.seed,
                "seconds": round(seconds),
                "compared": compared.total(),
                "planned": total,
                "different": len(found),
                "operations": {
                    name: {"compared": cases, "different": different[name]}
                    for name, cases in compared.items()
                },
            },
        )
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())

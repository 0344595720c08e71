"""The long comparison: ``python -m tests.float.sweep --count 200000`` from the project's folder.

Prints a line for each operation: how many results were compared, how many differ, and the seconds
that Lean took. The exit status is 1 when a result differs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bridge import toolchain
from bridge.toolchain import Toolchain
from tests.float.evaluator import Difference, Trial, evaluate
from tests.float.operands import BINARY32, BINARY64
from tests.float.trials import arithmetic, conversions, directed, half_precision, ordering

_BATCH = 25_000


def _parts(trial: Trial) -> Iterator[Trial]:
    for start in range(0, len(trial.expected), _BATCH):
        a, b, c, expected = (
            column[start : start + _BATCH] for column in (*trial.operands, trial.expected)
        )
        yield replace(trial, operands=(a, b, c), expected=expected)


def _compare(lean: Toolchain, trial: Trial) -> list[Difference]:
    started, found = time.perf_counter(), []
    with tempfile.TemporaryDirectory() as folder:
        for part in _parts(trial):
            found += evaluate(lean, Path(folder), [part])
    seconds = time.perf_counter() - started
    print(f"{trial.name}: {len(trial.expected)} compared, {len(found)} differ, {seconds:.0f} s")
    for difference in found[:5]:
        print(f"  {difference}")
    sys.stdout.flush()
    return found


def main() -> int:
    """Compare every operation and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200_000, help="sampled cases of an operation")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="operations whose name contains this")
    options = parser.parse_args()
    count, seed = options.count, options.seed
    trials = [
        *arithmetic(BINARY32, seed, count, spread=2),
        *arithmetic(BINARY64, seed + 10, count // 10, spread=1),
        *directed(BINARY32, seed + 20, count // 10),
        *ordering(BINARY32, spread=2),
        *ordering(BINARY64, spread=0),
        *conversions(seed + 30, count // 10),
        *half_precision(step=1),
    ]
    lean, failed = toolchain.select(), False
    for trial in trials:
        if options.only in trial.name:
            failed |= bool(_compare(lean, trial))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

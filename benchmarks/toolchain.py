"""What the Lean toolchain costs: the library from nothing and from the cache, small files.

    python -m benchmarks.toolchain [--provider official|registry]

Targets for the registry Lean: the cold library under 5 minutes, a warm small file under 3 s.
Writes `benchmarks/results/toolchain.json`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.record import write
from bridge import toolchain
from bridge.export import library_folder
from bridge.toolchain.locations import toolchains_root

REPEATS = 5
CHAIN = 5
SMALL = """module
public section
@[expose] def two (n : Nat) := n + n
theorem four : two 2 = 4 := by decide +kernel
"""


def library(lean: toolchain.Toolchain, folder: Path) -> dict[str, object]:
    """Build the library with the cache that is set, and sum up."""
    result = toolchain.build(folder, None, toolchain=lean)
    if not result.ok:
        bad = [item.module for item in result.modules if not item.ok]
        raise SystemExit(f"the Lean library was not built: {result.message} {bad[:3]}")
    slowest = max(result.modules, key=lambda item: item.seconds)
    return {
        "seconds": round(result.seconds, 2),
        "modules": len(result.modules),
        "built": sum(item.status == "built" for item in result.modules),
        "slowest_module": slowest.module,
        "slowest_seconds": round(slowest.seconds, 2),
        "peak_memory_mb": max(item.peak_memory_bytes for item in result.modules) >> 20,
    }


def small_file(lean: toolchain.Toolchain, folder: Path, text: str) -> dict[str, object]:
    """Wall-clock and processor seconds of Lean on a file, least and median of several runs.

    The process that reads the lakefiles meanwhile, of about 0.1 s, is not among those waited for.
    """
    path = folder / "Small.lean"
    path.write_text(text)
    walls, cpus = list[float](), list[float]()
    for _ in range(REPEATS):
        before, start = os.times(), time.perf_counter()
        command = [*lean.lake(), "env", "lean", "--json", path.name]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=600)
        walls.append(time.perf_counter() - start)
        after = os.times()
        cpus.append(
            after.children_user
            + after.children_system
            - before.children_user
            - before.children_system
        )
    return {
        "wall_seconds_least": round(min(walls), 2),
        "wall_seconds_median": round(sorted(walls)[REPEATS // 2], 2),
        "cpu_seconds_least": round(min(cpus), 2),
    }


def chain(lean: toolchain.Toolchain, folder: Path) -> dict[str, object]:
    """Build a package of small modules of which each imports the one before."""
    folder.mkdir()
    lakefile = "import Lake\nopen Lake DSL\npackage chain\n@[default_target]\nlean_lib Chain\n"
    (folder / "lakefile.lean").write_text(lakefile)
    names = [f"Chain.Step{index}" for index in range(1, CHAIN)] + ["Chain"]
    for before, name in zip([None, *names], names, strict=False):
        text = SMALL.replace("two", f"{name}.two")
        if before is not None:
            text = text.replace("public", f"public import {before}\npublic", 1)
        path = folder.joinpath(*name.split(".")).with_suffix(".lean")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.replace("four", f"{name}.four"))
    result = toolchain.build(folder, None, toolchain=lean)
    if not result.ok or len(result.modules) != CHAIN:
        raise SystemExit(f"the chain was not built: {result.message}")
    return {"modules": CHAIN, "seconds": round(result.seconds, 2)}


def main() -> None:
    """Run, print, record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--provider", choices=("official", "registry"))
    options = parser.parse_args()
    lean = toolchain.select(options.provider)
    installed = toolchains_root()
    with tempfile.TemporaryDirectory() as temporary:
        copy, cache = Path(temporary, "library"), Path(temporary, "cache")
        copy.mkdir()
        cache.mkdir()
        shutil.copytree(library_folder() / "lean", copy / "lean")
        for name in ("lakefile.lean", "lean-toolchain"):
            shutil.copy(library_folder() / name, copy)
        if installed.is_dir():
            (cache / "toolchains").symlink_to(installed)
        os.environ["LEMMANET_CACHE"] = str(cache)
        small = small_file(lean, copy, SMALL)
        links = chain(lean, Path(temporary, "chain"))
        cold = library(lean, copy)
        warm = library(lean, copy)
        importing = small_file(
            lean, copy, SMALL.replace("public", "public import Lemmanet\npublic", 1)
        )
    write(
        "toolchain",
        {
            "provider": lean.name,
            "lean": lean.version,
            "library_cold": cold,
            "library_unchanged": warm,
            "small_file": small,
            "chain_of_small_files": links,
            "small_file_that_imports_the_library": importing,
        },
    )


if __name__ == "__main__":
    main()

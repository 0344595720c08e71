"""Compiles one module with the registry Lean, under limits, into a folder of its own."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bridge.lake.graph import Module
from bridge.lake.starter import Starter
from bridge.toolchain.evidence import mentions_sorry
from bridge.toolchain.locations import modules_root
from bridge.toolchain.model import Diagnostic, Limits, ModuleStatus
from bridge.toolchain.process import Outcome, watch

__all__ = ["Compilation", "compile_module", "parse_message"]

_STEM = "module"
_STDERR_TAIL = 2000
_EXHAUSTED = re.compile(r"OOM|bad_alloc|out of memory|enlarge memory", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Compilation:
    """What Lean made of a module. ``status`` is "built" only with evidence: see compile_module."""

    status: ModuleStatus
    diagnostics: tuple[Diagnostic, ...]
    uses_sorry: bool
    outcome: Outcome


def parse_message(line: str) -> Diagnostic | None:
    """A line of ``lean --json`` as a diagnostic, or None if it is something else."""
    if not line.startswith("{"):
        return None
    try:
        data: Any = json.loads(line)
        severity = data["severity"]
        if severity not in ("error", "warning", "information"):
            return None
        return Diagnostic(
            severity,
            int(data["pos"]["line"]),
            int(data["pos"]["column"]),
            str(data["data"]),
            str(data.get("kind", "")),
        )
    except (ValueError, KeyError, TypeError):
        return None


def compile_module(
    lean: Starter,
    module: Module,
    imports: Mapping[str, list[str]],
    options: Mapping[str, str],
    *,
    output: Path,
    limits: Limits,
    on_diagnostic: Callable[[Diagnostic], None],
    cancel: threading.Event | None = None,
) -> Compilation:
    """Run Lean on ``module``; its files are written to ``output`` (an existing, empty folder).

    ``imports`` maps each imported module, transitively, to its artifacts.

    The status is "built" only if Lean exited with status 0, reported no error, and wrote a
    compiled module: an exit status of 0 alone is no evidence that the file was processed.
    """
    setup = {
        "name": module.name,
        "isModule": module.header.is_module,
        "importArts": imports,
        "dynlibs": [],
        "plugins": [],
        "options": {name: _option_value(value) for name, value in options.items()},
    }
    (output / "setup.json").write_text(json.dumps(setup), encoding="utf-8")
    arguments = ["--json", f"--setup={output / 'setup.json'}"]
    arguments += ["-o", str(output / f"{_STEM}.olean"), "-i", str(output / f"{_STEM}.ilean")]
    arguments.append(str(module.source.relative))
    folders = {"LEMMANET_MOUNTS": str(modules_root()), "LEMMANET_WRITABLE": str(output)}
    diagnostics, noise = list[Diagnostic](), list[str]()

    def on_line(_stream: Literal["stdout", "stderr"], line: str) -> None:
        message = parse_message(line)
        if message is not None:
            diagnostics.append(message)
            on_diagnostic(message)
        elif line.strip():
            noise.append(line[:_STDERR_TAIL])

    process = lean.run(arguments, folders, module.source.root)
    outcome = watch(process, limits=limits, on_line=on_line, cancel=cancel)
    exhausted = any(_EXHAUSTED.search(line) for line in noise)
    status, explanation = _judge(outcome, diagnostics, output, limits, exhausted)
    if explanation:
        tail = "\n".join(noise)[-_STDERR_TAIL:]
        extra = Diagnostic("error", 1, 0, f"{explanation}\n{tail}".strip())
        diagnostics.append(extra)
        on_diagnostic(extra)
    (output / "setup.json").unlink(missing_ok=True)
    silent_sorry = status == "built" and mentions_sorry(output / f"{_STEM}.olean")
    uses_sorry = silent_sorry or any(item.kind == "hasSorry" for item in diagnostics)
    return Compilation(status, tuple(diagnostics), uses_sorry, outcome)


def _option_value(value: str) -> bool | int:
    return value == "true" if value in ("true", "false") else int(value)


def _judge(
    outcome: Outcome,
    diagnostics: list[Diagnostic],
    output: Path,
    limits: Limits,
    exhausted: bool,
) -> tuple[ModuleStatus, str]:
    """The status of a run, and a sentence where Lean itself gave none."""
    failed = any(item.severity == "error" for item in diagnostics)
    olean = output / f"{_STEM}.olean"
    match outcome.ending:
        case "timeout":
            return "timeout", f"Lean did not finish within {limits.timeout_s:g} s."
        case "memory":
            return "memory", f"Lean needed more than the {limits.memory_mb} MB it may use."
        case "output":
            return "crashed", "Lean printed more than any build prints; it was stopped."
        case "cancelled":
            return "skipped", "The build was stopped before Lean finished this file."
        case "killed":
            return "crashed", f"Lean was killed by signal {-outcome.exit_code}."
    if failed:
        return "failed", ""
    if outcome.exit_code and exhausted:
        return "memory", "Lean used up the memory of its WebAssembly heap (2 GB)."
    if outcome.exit_code:
        return "crashed", f"Lean ended with status {outcome.exit_code} and no error message."
    if not olean.is_file() or not olean.stat().st_size:
        return "crashed", "Lean ended with status 0 but left no compiled module."
    return "built", ""

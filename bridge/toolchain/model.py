"""What a Lean build says: events while it runs, results when it is over."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

__all__ = [
    "BuildEvent",
    "BuildResult",
    "Diagnostic",
    "Limits",
    "ModuleResult",
    "ModuleStatus",
    "Severity",
    "Toolchain",
]

Severity = Literal["error", "warning", "information"]
EventKind = Literal["start", "progress", "diagnostic", "done", "cached"]
ModuleStatus = Literal["built", "cached", "failed", "timeout", "memory", "crashed", "skipped"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one Lean process may use: wall-clock seconds and mebibytes of resident memory."""

    timeout_s: float = 600.0
    memory_mb: int = 4096


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A message of Lean about a file; ``line`` counts from 1, ``column`` from 0 (code points)."""

    severity: Severity
    line: int
    column: int
    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class BuildEvent:
    """Something that happened during a build; fields that do not apply keep their default."""

    kind: EventKind
    module: str
    path: str = ""
    fraction: float = 0.0
    severity: Severity | None = None
    line: int = 0
    column: int = 0
    text: str = ""
    seconds: float = 0.0
    peak_memory_bytes: int = 0
    status: ModuleStatus | None = None


@dataclass(frozen=True, slots=True)
class ModuleResult:
    """How one module ended. Only ``built`` and ``cached`` are successes."""

    module: str
    path: str
    status: ModuleStatus
    seconds: float = 0.0
    peak_memory_bytes: int = 0
    diagnostics: tuple[Diagnostic, ...] = ()
    olean: Path | None = None

    @property
    def ok(self) -> bool:
        """Whether Lean processed the whole file without an error and without ``sorry``."""
        return self.status in ("built", "cached")


@dataclass(frozen=True, slots=True)
class BuildResult:
    """The outcome of a build; ``ok`` only if every module that was asked for is."""

    ok: bool
    modules: tuple[ModuleResult, ...]
    seconds: float = 0.0
    message: str = ""
    notes: tuple[str, ...] = field(default=())


class Toolchain(Protocol):
    """A Lean that this machine can run.

    ``name`` is "official" or "registry"; ``reason`` says in a sentence why it was selected;
    ``note`` warns about this version, empty when there is nothing to say.
    """

    @property
    def name(self) -> Literal["official", "registry"]: ...
    @property
    def version(self) -> str: ...
    @property
    def commit(self) -> str: ...
    @property
    def official(self) -> bool: ...
    @property
    def reason(self) -> str: ...
    @property
    def note(self) -> str: ...
    def lake(self) -> list[str]:
        """The argument vector that starts ``lake``."""
        ...

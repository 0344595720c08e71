"""How a benchmark is run: limits, proofs, parallelism."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Options"]


@dataclass(frozen=True, slots=True)
class Options:
    """What a run may use.

    Attributes:
        timeout: seconds for deciding one instance; None takes the table's.
        memory: mebibytes of resident memory for one worker.
        jobs: instances at once.
        prove: whether each decided instance is exported and checked by Lean.
        provider: the Lean to use, "official" or "registry"; None takes the best that is there.
        lean_timeout: seconds for one Lean file.
        lean_memory: mebibytes for one Lean file.
        retry: whether instances that stayed undecided under the same limits are run again.
    """

    timeout: float | None = None
    memory: int = 4096
    jobs: int = 2
    prove: bool = False
    provider: str | None = None
    lean_timeout: float = 600.0
    lean_memory: int = 4096
    retry: bool = False

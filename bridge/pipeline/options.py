"""What is asked of deciding properties: how much to try, and what the theorems speak about."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.export import Semantics

__all__ = ["MOST_REGIONS", "Options"]

MOST_REGIONS = 64
"""Parts of the inputs of which each can take Lean half a minute."""


@dataclass(frozen=True, slots=True)
class Options:
    """How properties are decided.

    Attributes:
        semantics: "real" for theorems about exact arithmetic alone; "both" for theorems about
            binary32 runs beside them, wherever these can be made; "float32" leaves a property open
            that has none.
        branch_seconds: how long the inputs of each property are split where bounds on all of them
            do not suffice; not at all where it is zero.
        search_seconds: how long counterexamples are looked for, for each property.
        most_regions: with more parts of the inputs than that, Lean is not asked.
    """

    semantics: Semantics = "both"
    branch_seconds: float = 60.0
    search_seconds: float = 10.0
    most_regions: int = MOST_REGIONS

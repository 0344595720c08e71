"""The ladder: which strategies are tried, the cheap ones first, and how long each may take."""

from __future__ import annotations

from bridge.vnncomp.attempts import Rung
from bridge.vnncomp.branching import branch_and_bound
from bridge.vnncomp.strategies import affine, interval, search

__all__ = ["LADDER"]

_QUICK_SEARCH_SECONDS = 0.5
_LONG_SEARCH_SECONDS = 20.0
_FIRST_BRANCH = 0.2
"""What is easy takes branch and bound a second or two, less than a long search for nothing."""

LADDER: tuple[Rung, ...] = (
    Rung("search", search(seed=0), lambda left: min(_QUICK_SEARCH_SECONDS, 0.1 * left)),
    Rung("interval", interval, lambda left: left),
    Rung("crown", affine("crown"), lambda left: left),
    Rung("alpha", affine("alpha"), lambda left: left),
    Rung("branch", branch_and_bound, lambda left: _FIRST_BRANCH * left),
    Rung("search", search(seed=1), lambda left: min(_LONG_SEARCH_SECONDS, 0.2 * left)),
    Rung("branch", branch_and_bound, lambda left: left),
)

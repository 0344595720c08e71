"""Which claims share their modules.

Every Lean file costs seconds for its imports alone. Of many claims, those that are light share
files, up to a limit of what the kernel computes for all of them. Each other one has its own, so
that one that runs out of time leaves the others alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.export.claims import Claim
from bridge.export.proofs import claim_cost
from runtime.graph import Graph

__all__ = ["group_claims"]

_FEW = 8
"""Up to so many claims each has its own files, which are nicer to read."""
_MOST = 32
_COST = 12_000
"""About half a minute of the kernel, and 2 GiB: it keeps what it computed until the file ends."""


def group_claims(graph: Graph, claims: Sequence[Claim]) -> list[list[Claim]]:
    """The claims in groups that share modules, in the order of their first members."""
    if len(claims) <= _FEW:
        return [[claim] for claim in claims]
    groups: list[list[Claim]] = []
    shared: list[Claim] | None = None
    total = 0
    for claim in claims:
        cost = claim_cost(graph, claim)
        if cost is None or cost > _COST:
            groups.append([claim])
            continue
        if shared is None or len(shared) == _MOST or total + cost > _COST:
            shared, total = [], 0
            groups.append(shared)
        shared.append(claim)
        total += cost
    return groups

"""The one table of names of a project: modules of all kinds, and the variables of the program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridge.export.claims import Claim
from bridge.export.groups import group_claims
from bridge.export.names import module_names, variable_names
from runtime.graph import Graph

__all__ = ["Names", "project_names"]


@dataclass(frozen=True)
class Names:
    """What things are called; no two names clash where both can be seen, nor two files on disk.

    Attributes:
        root: the root module, which is the namespace of everything.
        variables: the variable of each input and node in the program.
        weights: the module with the constants of each node.
        theorems: the module with the theorem of each claim, by its id.
        certificates: the main module of each case, by its name; of claims that share a module
            with others it is the one with their theorems.
        float32: the module with the theorem about binary32 runs of each claim that has one.
        groups: claims that share their modules, or stand alone.
    """

    root: str
    variables: Mapping[str, str]
    weights: Mapping[str, str]
    theorems: Mapping[str, str]
    certificates: Mapping[str, str]
    float32: Mapping[str, str]
    groups: Sequence[Sequence[Claim]]


def project_names(graph: Graph, claims: Sequence[Claim], root: str) -> Names:
    """The table for these claims about the graph; the same arguments give the same names."""
    nodes = [node.name for node in graph.nodes]

    def modules(folder: str, names: Sequence[str]) -> dict[str, str]:
        return {key: f"{root}.{folder}.{name}" for key, name in module_names(names).items()}

    groups = group_claims(graph, claims)
    alone = [claim for group in groups if len(group) == 1 for claim in group]
    # Keys with a space are no ids of claims and no names of cases.
    shared = {
        claim.id: f"group {number}"
        for number, group in enumerate(groups, 1)
        if len(group) > 1
        for claim in group
    }
    keys = [*(proof.name for claim in alone for proof in claim.proofs), *shared.values()]
    theorems = modules("Theorems", [claim.id for claim in alone])
    certificates = modules("Certificate", list(dict.fromkeys(keys)))
    budgets = {c.id: shared.get(c.id, c.id) for c in claims if c.float32 is not None}
    float32 = modules("Float32", list(dict.fromkeys(budgets.values())))
    return Names(
        root,
        variable_names([*(entry.name for entry in graph.inputs), *nodes]),
        modules("Weights", nodes),
        theorems | {claim: certificates[key] for claim, key in shared.items()},
        {
            proof.name: certificates[shared.get(claim.id, proof.name)]
            for claim in claims
            for proof in claim.proofs
        },
        {claim: float32[key] for claim, key in budgets.items()},
        groups,
    )

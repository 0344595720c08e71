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
        theorems: the module of each claim, by its id.
        certificates: the main module of each case, by its name.
        groups: claims that share their modules, or stand alone.
    """

    root: str
    variables: Mapping[str, str]
    weights: Mapping[str, str]
    theorems: Mapping[str, str]
    certificates: Mapping[str, str]
    groups: Sequence[Sequence[Claim]]


def project_names(graph: Graph, claims: Sequence[Claim], root: str) -> Names:
    """The table for these claims about the graph; the same arguments give the same names."""
    nodes = [node.name for node in graph.nodes]

    def modules(folder: str, names: Sequence[str]) -> dict[str, str]:
        return {key: f"{root}.{folder}.{name}" for key, name in module_names(names).items()}

    groups = group_claims(graph, claims)
    # Keys with a space are no ids of claims and no names of cases.
    keys = {
        claim.id: None if len(group) == 1 else f"group {number}"
        for number, group in enumerate(groups, 1)
        for claim in group
    }
    theorem = {claim.id: keys[claim.id] or claim.id for claim in claims}
    certificate = {p.name: keys[claim.id] or p.name for claim in claims for p in claim.proofs}
    theorem_modules = modules("Theorems", list(dict.fromkeys(theorem.values())))
    certificate_modules = modules("Certificate", list(dict.fromkeys(certificate.values())))
    return Names(
        root,
        variable_names([*(entry.name for entry in graph.inputs), *nodes]),
        modules("Weights", nodes),
        {name: theorem_modules[key] for name, key in theorem.items()},
        {name: certificate_modules[key] for name, key in certificate.items()},
        groups,
    )

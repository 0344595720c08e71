"""The Lean sources of an exported project, as text: a pure function of graph, claims and name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridge.export.case import Case
from bridge.export.claims import Claim
from bridge.export.environment import doc_text, render_template
from bridge.export.float32 import float32_sources
from bridge.export.names import source_path
from bridge.export.network import network_files
from bridge.export.operators import Term, term
from bridge.export.proofs import case_modules, shared_module
from bridge.export.statements import Statement, statement
from bridge.export.table import Names, project_names
from runtime.graph import Graph

__all__ = ["Sources", "audit_text", "render"]


@dataclass(frozen=True)
class Sources:
    """Texts by relative path, and what the manifest says of each claim, by its id.

    `statements` are the propositions with their theorems, `modules` the claim's own modules: that
    of the theorem first, then those of its certificates. `float32` and `float32_modules` are the
    same for the theorems about binary32 runs, of the claims that have them.
    """

    files: dict[str, str]
    statements: dict[str, Statement]
    modules: dict[str, tuple[str, ...]]
    float32: dict[str, Statement]
    float32_modules: dict[str, tuple[str, ...]]


def render(graph: Graph, claims: Sequence[Claim], root: str) -> Sources:
    """All Lean modules below `root`, for a lowered graph and claims that are bound to it."""
    names = project_names(graph, claims, root)
    terms = {node.name: term(graph, node) for node in graph.nodes}
    texts = {claim.id: statement(claim, graph) for claim in claims}
    title = doc_text(graph.name)
    files = network_files(graph, terms, names, claims)
    files[source_path(f"{root}.Property")] = render_template(
        "property.lean.j2", root=root, name=title, claims=texts.values()
    )
    modules: dict[str, tuple[str, ...]] = {}
    for group in names.groups:
        written = _group_modules(graph, terms, names, group, texts)
        modules |= {claim.id: tuple(written) for claim in group}
        files |= {source_path(module): text for module, text in written.items()}
    float32 = float32_sources(graph, terms, names)
    files |= {source_path(module): text for module, text in float32.texts.items()}
    files[source_path(f"{root}.Theorems")] = render_template(
        "theorems.lean.j2",
        name=title,
        imports=dict.fromkeys([*names.theorems.values(), *names.float32.values()]),
    )
    files[source_path(root)] = render_template("root.lean.j2", root=root)
    every = [*texts.values(), *float32.statements.values()]
    theorems = [t for text in every for t in text.theorems]
    files["Audit.lean"] = audit_text([root], [f"{root}.{t.name}" for t in theorems])
    files["Challenge.lean"] = render_template(
        "challenge.lean.j2",
        root=root,
        propositions="Float32" if float32.statements else "Property",
        theorems=[text.theorems[0] for text in every],
    )
    return Sources(files, texts, modules, float32.statements, float32.modules)


def audit_text(modules: Sequence[str], theorems: Sequence[str]) -> str:
    """A Lean file, no module, that prints the axioms of theorems of these modules."""
    return render_template("audit.lean.j2", imports=modules, theorems=theorems)


def _group_modules(
    graph: Graph,
    terms: Mapping[str, Term],
    names: Names,
    group: Sequence[Claim],
    texts: Mapping[str, Statement],
) -> dict[str, str]:
    """The module of the theorems, which comes first, and those of the certificates."""
    cases = [
        Case(names.root, names.certificates[proof.name], graph, terms, claim, proof)
        for claim in group
        for proof in claim.proofs
    ]
    if len(group) > 1:
        return {cases[0].module: shared_module(cases, [texts[claim.id] for claim in group])}
    claim = group[0]
    written = {
        names.theorems[claim.id]: render_template(
            "theorem.lean.j2",
            root=names.root,
            name=doc_text(graph.name),
            claim=claim.id,
            imports=[case.module for case in cases],
            theorems=texts[claim.id].theorems,
        )
    }
    for case in cases:
        written |= case_modules(case)
    return written

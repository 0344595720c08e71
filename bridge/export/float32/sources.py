"""The modules of all theorems about binary32 runs: propositions, budgets, theorems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridge.export.case import Case
from bridge.export.claims import Claim
from bridge.export.environment import doc_text, render_template
from bridge.export.float32.chapter import BudgetWriter
from bridge.export.interval import LIGHT, node_cost
from bridge.export.names import module_names
from bridge.export.operators import Term
from bridge.export.sections import Chapter, Section, module_text
from bridge.export.statements import Statement, float32_statement
from bridge.export.table import Names
from runtime.graph import Graph

__all__ = ["Float32Sources", "float32_sources"]

_LIBRARY = "Lemmanet.Runs"


@dataclass(frozen=True)
class Float32Sources:
    """Texts by module; the propositions and the modules of each claim that has a theorem about
    binary32 runs, that of the theorem first."""

    texts: Mapping[str, str]
    statements: dict[str, Statement]
    modules: dict[str, tuple[str, ...]]


def float32_sources(graph: Graph, terms: Mapping[str, Term], names: Names) -> Float32Sources:
    """What is written for the claims that have a budget; nothing where none has."""
    texts: dict[str, str] = {}
    statements: dict[str, Statement] = {}
    modules: dict[str, tuple[str, ...]] = {}
    for group in names.groups:
        members = [claim for claim in group if claim.float32 is not None]
        if not members:
            continue
        own = {claim.id: float32_statement(claim) for claim in members}
        written = _modules(graph, terms, names, members, list(own.values()))
        texts |= written
        statements |= own
        modules |= {claim.id: tuple(written) for claim in members}
    if statements:
        texts[f"{names.root}.Float32"] = render_template(
            "float32.lean.j2",
            root=names.root,
            name=doc_text(graph.name),
            claims=statements.values(),
        )
    return Float32Sources(texts, statements, modules)


def _modules(
    graph: Graph,
    terms: Mapping[str, Term],
    names: Names,
    members: Sequence[Claim],
    statements: Sequence[Statement],
) -> dict[str, str]:
    """The modules of claims that share them, the one with their theorems first."""
    writers = [BudgetWriter(graph, terms, c, _cases(graph, terms, names, c)) for c in members]
    module = names.float32[members[0].id]
    certificates = dict.fromkeys(case.module for w in writers for case in w.cases)
    imports = [_LIBRARY, f"{names.root}.Float32", *certificates]
    heavy = [node for node in graph.nodes if node_cost(graph, node) > LIGHT]
    if len(writers) > 1 or not heavy:
        chapters = [Chapter(w.place, w.doc, [w.literals(), _conclusion(w)]) for w in writers]
        return {module: module_text(names.root, imports, chapters, statements)}
    (writer,) = writers
    shared = f"{module}.Errors"
    literals = Chapter(writer.place, writer.doc, [writer.literals()], "literals")
    parts = {shared: module_text(names.root, imports, [literals])}
    components = module_names(["errors", *(node.name for node in graph.nodes)])
    for node in heavy:
        section = Section(theorems=writer.steps(node))
        chapter = Chapter(writer.place, writer.doc, [section], f"node {node.name}")
        parts[f"{module}.{components[node.name]}"] = module_text(names.root, [shared], [chapter])
    done = {node.name for node in heavy}
    chapter = Chapter(writer.place, writer.doc, [_conclusion(writer, done)])
    main = module_text(names.root, list(parts), [chapter], statements)
    return {module: main} | parts


def _conclusion(writer: BudgetWriter, done: frozenset[str] | set[str] = frozenset()) -> Section:
    """The theorems of all nodes that are not `done` elsewhere, and what follows."""
    steps = [
        theorem
        for node in writer.graph.nodes
        if node.name not in done
        for theorem in writer.steps(node)
    ]
    return Section(theorems=[*steps, *writer.conclusions()])


def _cases(graph: Graph, terms: Mapping[str, Term], names: Names, claim: Claim) -> list[Case]:
    return [
        Case(names.root, names.certificates[proof.name], graph, terms, claim, proof)
        for proof in claim.proofs
    ]

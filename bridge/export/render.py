"""The Lean sources of an exported project, as text: a pure function of graph, claims and name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.export.case import Case
from bridge.export.claims import Claim
from bridge.export.environment import doc_text, render_template
from bridge.export.names import binder, module_names, source_path
from bridge.export.operators import Parameter, Term, op_type, shape_text, term
from bridge.export.packing import PackedConst, pack_const
from bridge.export.proofs import case_modules
from bridge.export.statements import Statement, statement
from bridge.export.widths import linear_stride
from runtime.graph import Affine, Graph, Linear, Node, describe

__all__ = ["Sources", "audit_text", "render"]

_VERBS = {0: "given", 1: "step", 2: "join"}


@dataclass(frozen=True)
class Sources:
    """Texts by relative path, and what the manifest says of each claim, by its id.

    `statements` are the propositions with their theorems, `modules` the claim's own modules: that
    of the theorem first, then those of its certificates.
    """

    files: dict[str, str]
    statements: dict[str, Statement]
    modules: dict[str, tuple[str, ...]]


def render(graph: Graph, claims: Sequence[Claim], root: str) -> Sources:
    """All Lean modules below `root`, for a lowered graph and claims that are bound to it."""
    terms = {node.name: term(graph, node) for node in graph.nodes}
    components = module_names(node.name for node in graph.nodes)
    weights = {
        node.name: f"{root}.Weights.{components[node.name]}"
        for node in graph.nodes
        if terms[node.name].parameters
    }
    files = {f"{root}.lean": render_template("root.lean.j2", root=root)}
    for node in graph.nodes:
        if terms[node.name].parameters:
            files[source_path(weights[node.name])] = _weights(root, node, terms[node.name], claims)
    files[f"{root}/Model.lean"] = _model(root, graph, terms, sorted(weights.values()))
    texts = {claim.id: statement(claim, graph) for claim in claims}
    files[f"{root}/Property.lean"] = render_template(
        "property.lean.j2", root=root, name=doc_text(graph.name), claims=texts.values()
    )
    cases = module_names(proof.name for claim in claims for proof in claim.proofs)
    theorems = module_names(claim.id for claim in claims)
    modules: dict[str, tuple[str, ...]] = {}
    for claim in claims:
        certificates: dict[str, str] = {}
        mains = [f"{root}.Certificate.{cases[proof.name]}" for proof in claim.proofs]
        for proof, main in zip(claim.proofs, mains, strict=True):
            certificates |= case_modules(Case(root, main, graph, terms, claim, proof))
        theorem = f"{root}.Theorems.{theorems[claim.id]}"
        modules[claim.id] = (theorem, *certificates)
        files |= {source_path(module): text for module, text in certificates.items()}
        files[source_path(theorem)] = render_template(
            "theorem.lean.j2",
            root=root,
            name=doc_text(graph.name),
            claim=claim.id,
            imports=mains,
            theorems=texts[claim.id].theorems,
        )
    files[f"{root}/Theorems.lean"] = render_template(
        "theorems.lean.j2", name=doc_text(graph.name), imports=[modules[c.id][0] for c in claims]
    )
    names = [f"{root}.{t.name}" for text in texts.values() for t in text.theorems]
    files["Audit.lean"] = audit_text([root], names)
    proved = [text.theorems[0] for text in texts.values()]
    files["Challenge.lean"] = render_template("challenge.lean.j2", root=root, theorems=proved)
    return Sources(files, texts, modules)


def audit_text(modules: Sequence[str], theorems: Sequence[str]) -> str:
    """A Lean file, no module, that prints the axioms of theorems of these modules."""
    return render_template("audit.lean.j2", imports=modules, theorems=theorems)


def _weights(root: str, node: Node, lean: Term, claims: Sequence[Claim]) -> str:
    parameters = [
        {
            "name": parameter.name,
            "doc": _weight_doc(node, parameter),
            "value": _pack(node, lean, parameter, claims),
        }
        for parameter in lean.parameters
    ]
    return render_template(
        "weights.lean.j2",
        root=root,
        node=node.name,
        operator=doc_text(describe(node.op)),
        divided=isinstance(node.op, Affine) and node.op.divisor is not None,
        parameters=parameters,
    )


def _weight_doc(node: Node, parameter: Parameter) -> str:
    layout = (
        " (inputs × outputs)" if isinstance(node.op, Linear) and parameter.role == "weight" else ""
    )
    return f"`{parameter.role}` of node `{node.name}`{layout}."


def _pack(node: Node, lean: Term, parameter: Parameter, claims: Sequence[Claim]) -> PackedConst:
    if not isinstance(node.op, Linear) or parameter.role != "weight":
        return pack_const(parameter.numerators, parameter.den, parameter.shape)
    # A row of outputs a literal, with room for the sums that the kernel forms of whole rows.
    every = [certificate for claim in claims for certificate in claim.certificates]
    return pack_const(
        parameter.numerators,
        parameter.den,
        parameter.shape,
        stride=linear_stride(node, lean, every),
        line=parameter.shape[1],
        keep_empty=True,
    )


def _model(root: str, graph: Graph, terms: dict[str, Term], weights: list[str]) -> str:
    source = graph.source
    origin = f"From the {source.kind} model"
    if source.path:
        origin += f" `{doc_text(source.path)}`"
    if source.sha256:
        origin += f" (SHA-256 `{source.sha256}`)"
    steps = [
        {
            "verb": _VERBS[len(node.inputs)],
            "expression": terms[node.name].expression,
            "type": op_type(graph, node),
            "arguments": [binder(name) for name in node.inputs],
            "name": binder(node.name),
        }
        for node in graph.nodes
    ]
    return render_template(
        "model.lean.j2",
        root=root,
        name=doc_text(graph.name),
        weights=weights,
        provenance=f"{origin}, without batch dimension.",
        parameters=f"{graph.parameters_count:,}",
        sha256=graph.sha256(),
        input=binder(graph.inputs[0].name),
        input_shape=shape_text(graph.inputs[0].shape),
        output_shape=shape_text(graph.output_shape),
        steps=steps,
        output=binder(graph.output),
    )

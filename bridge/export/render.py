"""The Lean sources of an exported project, as text: a pure function of graph, claims and name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.export import certificates, statements
from bridge.export.claims import Claim
from bridge.export.environment import doc_text, render_template
from bridge.export.names import binder, camel, module_names
from bridge.export.operators import Parameter, Term, op_type, shape_text, term
from bridge.export.packing import PackedConst, pack_const
from bridge.export.widths import linear_stride
from runtime.graph import Affine, Graph, Linear, Node, describe

__all__ = ["Sources", "render"]

_VERBS = {0: "given", 1: "step", 2: "join"}


@dataclass(frozen=True)
class Sources:
    """Texts by relative path, and for each claim the modules that its theorem needs."""

    files: dict[str, str]
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
            files[_path(weights[node.name])] = _weights(root, node, terms[node.name], claims)
    files[f"{root}/Model.lean"] = _model(root, graph, terms, sorted(weights.values()))
    texts = [statements.statement(claim, graph) for claim in claims]
    files[f"{root}/Property.lean"] = render_template(
        "property.lean.j2", root=root, name=doc_text(graph.name), claims=texts
    )
    modules: dict[str, tuple[str, ...]] = {}
    for claim in claims:
        written = certificates.certificate_files(root, graph, terms, claim)
        files |= {_path(module): text for module, text in written.items()}
        modules[claim.id] = (f"{root}.Theorems", *written)
    files[f"{root}/Theorems.lean"] = render_template(
        "theorems.lean.j2",
        root=root,
        name=doc_text(graph.name),
        imports=[f"{root}.Certificate.{camel(proof.name)}" for c in claims for proof in c.proofs],
        theorems=[t for text in texts for t in text.theorems],
    )
    proved = [text.theorems[0] for text in texts]
    files["Audit.lean"] = render_template(
        "audit.lean.j2",
        root=root,
        theorems=[f"{root}.{t.name}" for text in texts for t in text.theorems],
    )
    files["Challenge.lean"] = render_template("challenge.lean.j2", root=root, theorems=proved)
    return Sources(files, modules)


def _path(module: str) -> str:
    return module.replace(".", "/") + ".lean"


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

"""The network as Lean modules: the program in `Model.lean`, and the constants of each node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.export.claims import Claim
from bridge.export.environment import doc_text, render_template
from bridge.export.names import source_path
from bridge.export.operators import Parameter, Term, op_type, shape_text
from bridge.export.packing import PackedConst, pack_const
from bridge.export.table import Names
from bridge.export.widths import linear_stride
from runtime.graph import Affine, Graph, Linear, Node, describe

__all__ = ["network_files"]

_VERBS = {0: "given", 1: "step", 2: "join"}


def network_files(
    graph: Graph, terms: Mapping[str, Term], names: Names, claims: Sequence[Claim]
) -> dict[str, str]:
    """The texts by path. The claims only say how far apart the digits of weights must stand."""
    constants = [node for node in graph.nodes if terms[node.name].parameters]
    files = {
        source_path(names.weights[node.name]): _weights(
            graph, names.root, node, terms[node.name], claims
        )
        for node in constants
    }
    modules = sorted(names.weights[node.name] for node in constants)
    files[source_path(f"{names.root}.Model")] = _model(graph, terms, names, modules)
    return files


def _weights(graph: Graph, root: str, node: Node, lean: Term, claims: Sequence[Claim]) -> str:
    parameters = [
        {
            "name": parameter.name,
            "doc": _weight_doc(node, parameter),
            "value": _pack(graph, node, lean, parameter, claims),
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


def _pack(
    graph: Graph, node: Node, lean: Term, parameter: Parameter, claims: Sequence[Claim]
) -> PackedConst:
    if not isinstance(node.op, Linear) or parameter.role != "weight":
        return pack_const(parameter.numerators, parameter.den, parameter.shape)
    # A row of outputs a literal, with room for the sums that the kernel forms of whole rows.
    every = [certificate for claim in claims for certificate in claim.certificates]
    budgets = [claim.float32 for claim in claims if claim.float32 is not None]
    return pack_const(
        parameter.numerators,
        parameter.den,
        parameter.shape,
        stride=linear_stride(graph, node, lean, every, budgets),
        line=parameter.shape[1],
        keep_empty=True,
    )


def _model(graph: Graph, terms: Mapping[str, Term], names: Names, weights: Sequence[str]) -> str:
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
            "arguments": [names.variables[name] for name in node.inputs],
            "name": names.variables[node.name],
        }
        for node in graph.nodes
    ]
    return render_template(
        "model.lean.j2",
        root=names.root,
        name=doc_text(graph.name),
        weights=weights,
        provenance=f"{origin}, without batch dimension.",
        parameters=f"{graph.parameters_count:,}",
        sha256=graph.sha256(),
        input=names.variables[graph.inputs[0].name],
        input_shape=shape_text(graph.inputs[0].shape),
        output_shape=shape_text(graph.output_shape),
        steps=steps,
        output=names.variables[graph.output],
    )

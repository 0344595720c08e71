"""Interval certificates as Lean modules: literal boxes, a theorem for each node, the chain."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from bridge.export.case import DECIDE, Case
from bridge.export.names import module_names
from bridge.export.operators import op_type
from bridge.export.packing import pack_box
from bridge.export.sections import Chapter, Section, module_text
from bridge.export.statements import NamedValue, Theorem
from bridge.export.widths import box_pairs, conv_bits
from certificates import Certificate
from runtime.graph import Conv2d, Graph, Linear, Node

__all__ = [
    "LIGHT",
    "interval_chapter",
    "interval_cost",
    "interval_modules",
    "node_cost",
]

LIGHT = 30_000
"""Products that the kernel forms in a few seconds: nodes up to this cost share a module."""


def interval_modules(case: Case) -> dict[str, str]:
    """Texts by module name: one module, and more where nodes are heavy, the main one last."""
    bounded = _bounded(case.graph, _intervals(case))
    heavy = [node for node in bounded if node_cost(case.graph, node) > LIGHT]
    if not heavy:
        return {case.module: module_text(case.root, case.imports, [interval_chapter(case)])}
    light = [node for node in bounded if node_cost(case.graph, node) <= LIGHT]
    doc = _doc(case)
    shared = f"{case.module}.Boxes"
    literals = Section(constants=case.constants(), boxes=_boxes(case), definitions=case.formulas())
    files = {shared: case.text(doc, case.imports, literals, part="boxes")}
    components = module_names(["boxes", *(node.name for node in case.graph.nodes)])
    for node in heavy:
        files[f"{case.module}.{components[node.name]}"] = case.text(
            doc, [shared], Section(theorems=[_step(case, node)]), part=f"node {node.name}"
        )
    files[case.module] = case.text(doc, list(files), Section(theorems=_theorems(case, light)))
    return files


def interval_chapter(case: Case) -> Chapter:
    """The whole certificate as one chapter of a module."""
    section = Section(
        constants=case.constants(),
        boxes=_boxes(case),
        definitions=case.formulas(),
        theorems=_theorems(case, _bounded(case.graph, _intervals(case))),
    )
    return Chapter(case.place, _doc(case), [section])


def interval_cost(graph: Graph, certificate: Certificate) -> int:
    """About how many products the kernel forms to check the certificate."""
    bounded = sum(node_cost(graph, node) for node in _bounded(graph, certificate))
    last = graph.node(graph.output)
    goal = 0 if certificate.box_of(last.name) else node_cost(graph, last)
    return bounded + goal + 8 * prod(graph.inputs[0].shape)


def _bounded(graph: Graph, certificate: Certificate) -> list[Node]:
    return [node for node in graph.nodes if certificate.box_of(node.name)]


def _theorems(case: Case, nodes: Sequence[Node]) -> list[Theorem]:
    return [*case.entry(), *(_step(case, node) for node in nodes), *_goal(case)]


def _intervals(case: Case) -> Certificate:
    if not isinstance(case.certificate, Certificate):
        raise TypeError("an interval certificate is needed")
    return case.certificate


def _doc(case: Case) -> str:
    direction = "holds" if case.claim.direction == "holds" else "is violated"
    return (
        f"Interval bounds that show that `{case.claim.id}` {direction}; "
        "the kernel evaluates each check on the literals."
    )


def _boxes(case: Case) -> Sequence[NamedValue]:
    return [
        NamedValue(
            f"{box.node}_box",
            f"Bounds of `{box.node}`.",
            pack_box(box.lo, box.hi, box.den, case.graph.shape_of(box.node)),
        )
        for box in _intervals(case).boxes
    ]


def _step(case: Case, node: Node) -> Theorem:
    """That the node maps the boxes of its inputs into its own box."""
    lean = case.terms[node.name]
    boxes = "".join(f"{name}_box, " for name in node.inputs)
    hint = ""
    if isinstance(node.op, Conv2d):
        hint = f" (bits := {conv_bits(node, lean, box_pairs(case.graph, node, case.certificate))})"
    return Theorem(
        f"{node.name}_step",
        f"Node `{node.name}` maps its inputs' bounds into `{node.name}_box`.",
        f"Op.Maps ({lean.expression} : {op_type(case.graph, node)})\n    "
        f"({boxes}()) {node.name}_box",
        f"{lean.lemma}{hint} ({DECIDE})",
    )


def _goal(case: Case) -> list[Theorem]:
    """That the output's condition follows, and the chain of all steps."""
    chain = [
        f"Prog.Sat.bind {node.name}_box {node.name}_step <|"
        for node in _bounded(case.graph, _intervals(case))
    ]
    output = case.graph.output
    if _intervals(case).box_of(output) is None:
        node = case.graph.node(output)
        weight, bias = case.terms[output].parameters
        goal = f"linearGoal {weight.name} {bias.name} {node.inputs[0]}_box {case.formula} = true"
        chain.append("Prog.Sat.last (linearGoal_holds goal)")
    else:
        goal = f"boxGoal {output}_box {case.formula} = true"
        chain.append("Prog.Sat.ret fun _ _ _ _ h => boxGoal_holds goal h")
    return [
        Theorem("goal", "The condition follows from the bounds.", goal, DECIDE),
        Theorem(
            "sat",
            "The network, on the first box, satisfies the condition.",
            f"Prog.Sat model ({case.input_box}, ())\n    "
            f"fun _ _ _ y => Formula.Holds y {case.formula}",
            "\n  ".join(chain),
        ),
    ]


def node_cost(graph: Graph, node: Node) -> int:
    """Products that the check of the node forms, roughly."""
    size = prod(node.shape)
    if isinstance(node.op, Linear):
        return size * prod(graph.shape_of(node.inputs[0]))
    if isinstance(node.op, Conv2d):
        return size * prod(node.op.weight.shape[1:])
    return 8 * size

"""The exact checker of interval certificates.

It trusts nothing that the certificate says: hashes, order of the nodes, sizes, every bound and the
goal are checked in integers. It shares no arithmetic with the producer.
"""

from __future__ import annotations

import math

from certificates.checker.bounds import Bounds, NoRuleError
from certificates.checker.goal import GoalError, check_goal
from certificates.checker.rules import apply
from certificates.format import FORMAT, Certificate, NodeBox
from certificates.properties import Case, Property
from certificates.results import CheckResult, margin_of
from runtime.graph import Graph

__all__ = ["check"]


class _RejectedError(Exception):
    """The certificate is wrong; the message says where."""


def check(certificate: Certificate, graph: Graph, prop: Property) -> CheckResult:
    """Whether the certificate proves its claim about its case of `prop` for `graph`.

    A "yes" holds over the rationals (and the reals), for exactly these parameters. The margins are
    those of the atoms that the goal names. Raises InputError where the property does not fit the
    graph at all; everything wrong with the certificate is a result, not an exception.
    """
    prop = prop.bind(graph)
    try:
        case = _case(certificate, graph, prop)
        boxes = _boxes(certificate, graph)
        _check_input(certificate, boxes[graph.inputs[0].name], case)
        for node in graph.nodes[: len(boxes) - 1]:
            rule = apply(node.op, [boxes[name] for name in node.inputs], node.shape)
            _check_contains(boxes[node.name], rule, node.name, node.op.kind)
        formula = case.safe if certificate.claim == "holds" else case.safe.negate()
        shown = check_goal(graph, formula, certificate.goal, boxes)
    except (_RejectedError, GoalError) as error:
        return CheckResult(False, f"{error}.")
    except NoRuleError as error:
        return CheckResult(False, f"There is no interval rule for the operator {error}.")
    margins = tuple(margin_of(prop, atom, exact) for atom, exact in shown)
    what = "holds" if certificate.claim == "holds" else "is violated"
    return CheckResult(True, f"Case {certificate.case} {what}.", margins)


def _case(certificate: Certificate, graph: Graph, prop: Property) -> Case:
    if certificate.format != FORMAT:
        raise _RejectedError(f"The format is {certificate.format!r}, not {FORMAT}")
    if certificate.model_sha256 != graph.sha256():
        raise _RejectedError("The certificate is about another model: model_sha256 differs")
    if certificate.property_sha256 != prop.sha256():
        raise _RejectedError("The certificate is about another property: property_sha256 differs")
    if certificate.claim not in ("holds", "violated"):
        raise _RejectedError(f"The claim {certificate.claim!r} is neither holds nor violated")
    if not 0 <= certificate.case < len(prop.cases):
        raise _RejectedError(f"Case {certificate.case} is not one of {len(prop.cases)} cases")
    return prop.cases[certificate.case]


def _boxes(certificate: Certificate, graph: Graph) -> dict[str, Bounds]:
    """The boxes by name, when they are those of the input and of the first nodes in order."""
    names = [graph.inputs[0].name, *(node.name for node in graph.nodes)]
    if not 1 <= len(certificate.boxes) <= len(names):
        raise _RejectedError(
            f"There are {len(certificate.boxes)} boxes for an input and {len(names) - 1} nodes"
        )
    boxes = {}
    for box, name in zip(certificate.boxes, names, strict=False):
        if box.node != name:
            raise _RejectedError(f"The box of {box.node} stands where that of {name} belongs")
        boxes[name] = _bounds(box, graph.shape_of(name))
    return boxes


def _bounds(box: NodeBox, shape: tuple[int, ...]) -> Bounds:
    size = math.prod(shape)
    if box.den < 1:
        raise _RejectedError(f"{box.node}: the denominator {box.den} is not positive")
    if len(box.lo) != size or len(box.hi) != size:
        raise _RejectedError(
            f"{box.node}: {len(box.lo)} lower and {len(box.hi)} upper bounds for {size} elements"
        )
    for k, (lo, hi) in enumerate(zip(box.lo, box.hi, strict=True)):
        if lo > hi:
            raise _RejectedError(f"{box.node}, index {k}: the lower bound exceeds the upper bound")
    return Bounds(list(box.lo), list(box.hi), box.den, shape)


def _check_input(certificate: Certificate, box: Bounds, case: Case) -> None:
    name = certificate.boxes[0].node
    ends = zip(box.lo, box.hi, case.box.lo, case.box.hi, strict=True)
    for k, (lo, hi, case_lo, case_hi) in enumerate(ends):
        # lo/den against p/q is lo·q against p·den, with both denominators positive.
        lo_p, lo_q = case_lo.numerator, case_lo.denominator
        hi_p, hi_q = case_hi.numerator, case_hi.denominator
        if certificate.claim == "holds":
            if lo * lo_q > lo_p * box.den or hi * hi_q < hi_p * box.den:
                raise _RejectedError(
                    f"{name}, index {k}: the input's box does not contain the property's box"
                )
        elif lo != hi:
            raise _RejectedError(f"{name}, index {k}: a violation is about one point, not a box")
        elif lo * lo_q < lo_p * box.den or hi * hi_q > hi_p * box.den:
            raise _RejectedError(f"{name}, index {k}: the point lies outside the property's box")


def _check_contains(claimed: Bounds, rule: Bounds, name: str, kind: str) -> None:
    """claimed.lo/claimed.den ≤ rule.lo/rule.den, and the reverse for hi, at every index."""
    ours, theirs = claimed.den, rule.den
    for k, (lo, exact) in enumerate(zip(claimed.lo, rule.lo, strict=True)):
        if lo * theirs > exact * ours:
            raise _RejectedError(
                f"{name}, index {k}: the lower bound is above what the rule of {kind} gives"
            )
    for k, (hi, exact) in enumerate(zip(claimed.hi, rule.hi, strict=True)):
        if hi * theirs < exact * ours:
            raise _RejectedError(
                f"{name}, index {k}: the upper bound is below what the rule of {kind} gives"
            )

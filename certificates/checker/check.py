"""The exact checker of interval certificates, and the one that tells the formats apart.

It trusts nothing that the certificate says: hashes, order of the nodes, sizes, every bound and the
goal are checked in integers. It shares no arithmetic with the producer.
"""

from __future__ import annotations

from certificates.affine.format import AffineCertificate
from certificates.checker.affine import check_affine
from certificates.checker.balls import check_in_ball
from certificates.checker.bounds import Bounds, NoRuleError
from certificates.checker.boxes import RejectedError, check_contains, read_box, stated_case
from certificates.checker.goal import GoalError, check_goal
from certificates.checker.rules import apply
from certificates.format import FORMAT, Certificate
from certificates.properties import Case, Property
from certificates.results import CheckResult, margin_of
from runtime.graph import Graph

__all__ = ["check"]


def check(
    certificate: Certificate | AffineCertificate, graph: Graph, prop: Property
) -> CheckResult:
    """Whether the certificate proves its claim about its case of `prop` for `graph`.

    A "yes" holds over the rationals (and the reals), for exactly these parameters. The margins are
    those of the atoms that the goal names. Raises InputError where the property does not fit the
    graph at all; everything wrong with the certificate is a result, not an exception.
    """
    prop = prop.bind(graph)
    if isinstance(certificate, AffineCertificate):
        return check_affine(certificate, graph, prop)
    try:
        case = stated_case(certificate, graph, prop, FORMAT, ("holds", "violated"))
        boxes = _boxes(certificate, graph)
        _check_input(certificate, boxes[graph.inputs[0].name], case)
        for node in graph.nodes[: len(boxes) - 1]:
            rule = apply(node.op, [boxes[name] for name in node.inputs], node.shape)
            check_contains(boxes[node.name], rule, node.name, node.op.kind)
        formula = case.safe if certificate.claim == "holds" else case.safe.negate()
        shown = check_goal(graph, formula, certificate.goal, boxes)
    except (RejectedError, GoalError) as error:
        return CheckResult(False, f"{error}.")
    except NoRuleError as error:
        return CheckResult(False, f"There is no interval rule for the operator {error}.")
    margins = tuple(margin_of(prop, atom, exact) for atom, exact in shown)
    what = "holds" if certificate.claim == "holds" else "is violated"
    return CheckResult(True, f"Case {certificate.case} {what}.", margins)


def _boxes(certificate: Certificate, graph: Graph) -> dict[str, Bounds]:
    """The boxes by name, when they are those of the input and of the first nodes in order."""
    names = [graph.inputs[0].name, *(node.name for node in graph.nodes)]
    if not 1 <= len(certificate.boxes) <= len(names):
        raise RejectedError(
            f"There are {len(certificate.boxes)} boxes for an input and {len(names) - 1} nodes"
        )
    boxes = {}
    for box, name in zip(certificate.boxes, names, strict=False):
        if box.node != name:
            raise RejectedError(f"The box of {box.node} stands where that of {name} belongs")
        boxes[name] = read_box(box, graph.shape_of(name))
    return boxes


def _check_input(certificate: Certificate, box: Bounds, case: Case) -> None:
    name = certificate.boxes[0].node
    ends = zip(box.lo, box.hi, case.box.lo, case.box.hi, strict=True)
    for k, (lo, hi, case_lo, case_hi) in enumerate(ends):
        # lo/den against p/q is lo·q against p·den, with both denominators positive.
        lo_p, lo_q = case_lo.numerator, case_lo.denominator
        hi_p, hi_q = case_hi.numerator, case_hi.denominator
        if certificate.claim == "holds":
            if lo * lo_q > lo_p * box.den or hi * hi_q < hi_p * box.den:
                raise RejectedError(
                    f"{name}, index {k}: the input's box does not contain the property's box"
                )
        elif lo != hi:
            raise RejectedError(f"{name}, index {k}: a violation is about one point, not a box")
        elif lo * lo_q < lo_p * box.den or hi * hi_q > hi_p * box.den:
            raise RejectedError(f"{name}, index {k}: the point lies outside the property's box")
    if certificate.claim == "violated" and case.ball is not None:
        check_in_ball(box, case.ball, name)

"""The exact checker of affine certificates, `lemmanet.certificate/2`.

It trusts nothing that the certificate says and shares no arithmetic with its producer. What is
checked, in this order: the head; for every region that its input's box contains its part of the
case's box; each box by the interval rule or by the rows of a batch; each row by an exact walk
backwards through the graph; and the formula at every leaf of the region's tree.

Why the whole follows: the regions are the leaves of a tree of splits x_e ≤ t or x_e ≥ t, so that
every input of the case's box lies in one of them, and the same holds of the leaves of a region.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import chain, islice

from certificates.affine.format import FORMAT, AffineCertificate, regions
from certificates.checker.affine.linear import LinearSteps
from certificates.checker.affine.region import RegionCheck
from certificates.checker.affine.together import answered
from certificates.checker.affine.walk import Walk
from certificates.checker.affine.wide import TooLargeError
from certificates.checker.balls import ExactBall
from certificates.checker.bounds import NoRuleError
from certificates.checker.boxes import RejectedError, stated_case
from certificates.properties import LinearAtom, Property
from certificates.results import CheckResult, margin_of
from runtime.errors import InputError
from runtime.graph import Graph

__all__ = ["check_affine"]

_REGIONS = 32
"""How many regions are checked side by side."""


def check_affine(certificate: AffineCertificate, graph: Graph, prop: Property) -> CheckResult:
    """As `check`; `prop` is bound to the graph. The margins are the least over all leaves."""
    least: dict[LinearAtom, Fraction] = {}
    try:
        case = stated_case(certificate, graph, prop, FORMAT, ("holds",))
        ball = None if case.ball is None else ExactBall(case.ball)
        walk = Walk(graph, LinearSteps(), ball)
        numbered = enumerate(regions(certificate.root))
        while group := list(islice(numbered, _REGIONS)):
            checks = [
                RegionCheck(graph, region, f"Region {number}").check(case, path)
                for number, (path, region) in group
            ]
            for atom, margin in chain.from_iterable(answered(walk, checks)):
                least[atom] = min(margin, least.get(atom, margin))
    except (RejectedError, InputError) as error:
        return CheckResult(False, f"{str(error).removesuffix('.')}.")
    except NoRuleError as error:
        return CheckResult(False, f"There is no rule for the operator {error}.")
    except TooLargeError:
        return CheckResult(False, "The numbers of the walk back grow too large to be checked.")
    margins = tuple(margin_of(prop, atom, exact) for atom, exact in least.items())
    return CheckResult(True, f"Case {certificate.case} holds.", margins)

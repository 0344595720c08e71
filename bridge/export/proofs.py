"""How a case is proved: the one place that knows which kinds of certificates there are.

Whatever the kind, the main module of a case states these theorems in `ROOT.Certificate.CASE`, and
the claim's theorem (`bridge.export.statements`) rests on nothing else:

- for a claim that holds: `input`, that the inputs of the claim lie in the box of the certificate,
  and `sat : Prog.Sat model (…) …`, that the network satisfies the condition on that box;
- for a violated one: `point`, `near`, that it is an input of the claim, `input`, that it lies in
  the box, and `sat` for the negated condition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bridge.export.affine import affine_modules
from bridge.export.case import Case
from bridge.export.claims import Claim
from bridge.export.interval import interval_chapter, interval_cost, interval_modules
from bridge.export.sections import module_text
from bridge.export.statements import Statement
from certificates import Certificate
from certificates.affine.format import AffineCertificate
from runtime.graph import Graph

__all__ = ["case_modules", "claim_cost", "shared_module"]

_KINDS: Mapping[type, Callable[[Case], dict[str, str]]] = {
    Certificate: interval_modules,
    AffineCertificate: affine_modules,
}
"""What writes the modules of a case, by the type of its certificate."""


def case_modules(case: Case) -> dict[str, str]:
    """The Lean texts of one case by module name, the main module among them."""
    return _KINDS[type(case.certificate)](case)


def claim_cost(graph: Graph, claim: Claim) -> int | None:
    """About how many products the kernel forms for the claim; None where that is not known.

    Claims with a known cost can stand in a `shared_module`.
    """
    total = 0
    for certificate in claim.certificates:
        if not isinstance(certificate, Certificate):
            return None
        total += interval_cost(graph, certificate)
    return total


def shared_module(cases: Sequence[Case], claims: Sequence[Statement]) -> str:
    """The Lean text of one module with several cases, all with certificates of known cost, and the
    theorems of their claims."""
    root = cases[0].root
    imports = list(dict.fromkeys(name for case in cases for name in case.imports))
    return module_text(root, imports, [interval_chapter(case) for case in cases], claims)

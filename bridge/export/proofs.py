"""How a case is proved: the one place that knows which kinds of certificates there are.

Whatever the kind, the main module of a case states these theorems in `ROOT.Certificate.CASE`, and
the claim's theorem (`bridge.export.statements`) rests on nothing else:

- for a claim that holds: `input`, that the inputs of the claim lie in the box of the certificate,
  and `sat : Prog.Sat model (…) …`, that the network satisfies the condition on that box;
- for a violated one: `point`, `near`, that it is an input of the claim, `input`, that it lies in
  the box, and `sat` for the negated condition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bridge.export.affine import affine_modules
from bridge.export.case import Case
from bridge.export.interval import interval_modules
from certificates import Certificate
from certificates.affine.format import AffineCertificate

__all__ = ["case_modules"]

_KINDS: Mapping[type, Callable[[Case], dict[str, str]]] = {
    Certificate: interval_modules,
    AffineCertificate: affine_modules,
}
"""What writes the modules of a case, by the type of its certificate."""


def case_modules(case: Case) -> dict[str, str]:
    """The Lean texts of one case by module name, the main module among them."""
    return _KINDS[type(case.certificate)](case)

"""Deciding one instance: the ladder proposes certificates, the exact checker disposes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bridge.vnncomp.attempts import Attempt, Evidence, Rung, Task
from bridge.vnncomp.ladder import LADDER
from certificates import Certificate, Property, check
from runtime.errors import UnsupportedError
from runtime.graph import Graph

__all__ = ["Decider"]

_MOST_REJECTIONS = 20


@dataclass
class Decider:
    """One instance on its way up the ladder; what is known can be read at any moment.

    Attributes:
        graph: a lowered graph.
        prop: a property bound to it.
        timeout: seconds for everything.
        certificates: by case, each accepted by the exact checker. One that says "violated" decides
            the property alone, and is then the only one.
        rejections: what the exact checker said of the certificates that it refused.
        bounds: by case, the smallest margin that is certified, or the worst that is known.
        strategy: the name of the rung that gave the last accepted certificate.
        reasons: by rung, why it did not decide.
    """

    graph: Graph
    prop: Property
    timeout: float
    ladder: Sequence[Rung] = LADDER
    tell: Callable[[str], None] = lambda _: None
    certificates: dict[int, Evidence] = field(default_factory=dict)
    rejections: list[str] = field(default_factory=list)
    bounds: dict[int, float] = field(default_factory=dict)
    strategy: str | None = None
    reasons: dict[str, str] = field(default_factory=dict)
    check_seconds: float = 0.0
    _tried: list[Attempt] = field(default_factory=list)
    _now: Attempt = field(default_factory=Attempt)
    _started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Since the start, looking and checking together."""
        return time.monotonic() - self._started

    @property
    def nodes(self) -> int:
        """Of branch and bound, over all attempts, the one under way among them."""
        return sum(attempt.nodes for attempt in (*self._tried, self._now))

    @property
    def leaves(self) -> int:
        """As `nodes`."""
        return sum(attempt.leaves for attempt in (*self._tried, self._now))

    @property
    def reason(self) -> str:
        """Why the open cases are open: what each strategy said last."""
        return " ".join(self.reasons.values()) or "Nothing was tried."

    @property
    def violated(self) -> Certificate | None:
        """The accepted certificate of a violation."""
        for certificate in self.certificates.values():
            if isinstance(certificate, Certificate) and certificate.claim == "violated":
                return certificate
        return None

    @property
    def open_cases(self) -> list[int]:
        """The cases that nothing has decided."""
        if self.violated is not None:
            return []
        return [case for case in range(len(self.prop.cases)) if case not in self.certificates]

    @property
    def bound(self) -> float | None:
        """The smallest margin of the cases that matter, where all of them have a number."""
        violated = self.violated
        cases = range(len(self.prop.cases)) if violated is None else [violated.case]
        known = [self.bounds[case] for case in cases if case in self.bounds]
        open_without = any(case not in self.bounds for case in self.open_cases)
        return min(known) if known and not open_without else None

    def run(self) -> None:
        """Climb until every case is decided, one is violated, or the ladder ends."""
        for rung in self.ladder:
            if not self.open_cases:
                return
            until = self.seconds + rung.budget(max(0.0, self.timeout - self.seconds))
            for place, case in enumerate(cases := self.open_cases):
                share = max(0.0, until - self.seconds) / (len(cases) - place)
                self._try(rung, case, share)
                if self.violated is not None:
                    return

    def _try(self, rung: Rung, case: int, seconds: float) -> None:
        def report(attempt: Attempt) -> None:
            self._now = attempt
            self._note(rung, case, attempt)

        task = Task(self.graph, self.prop, case, seconds, self.tell, report)
        try:
            attempt = rung.run(task)
        except UnsupportedError as error:
            attempt = Attempt(reason=f"{rung.name} cannot be used: {error}.")
        self._now = Attempt()
        self._tried.append(attempt)
        if attempt.certificate is None:
            self._note(rung, case, attempt)
        else:
            self._check(rung, case, attempt.certificate)

    def _check(self, rung: Rung, case: int, certificate: Evidence) -> None:
        """Accept the certificate of this very case, or keep the checker's objection."""
        self.tell("checking the certificate exactly")
        start = time.monotonic()
        result = check(certificate, self.graph, self.prop)
        self.check_seconds += time.monotonic() - start
        ok, message = result.ok, result.message
        if certificate.case != case:
            ok, message = False, f"The certificate is about case {certificate.case}, not {case}."
        if not ok:
            self.reasons[rung.name] = f"The exact checker refused a certificate: {message}"
            if len(self.rejections) < _MOST_REJECTIONS:
                self.rejections.append(f"{rung.name}, case {case}: {message}")
            return
        if certificate.claim == "violated":
            self.certificates.clear()
        self.certificates[case] = certificate
        self.strategy = rung.name
        shown = [m.margin for m in result.margins if math.isfinite(m.margin)]
        if shown:
            self.bounds[case] = min(shown)
        else:
            self.bounds.pop(case, None)

    def _note(self, rung: Rung, case: int, attempt: Attempt) -> None:
        where = f"Case {case} of {len(self.prop.cases)}: " if len(self.prop.cases) > 1 else ""
        self.reasons[rung.name] = f"{where}{attempt.reason}"
        if attempt.bound is not None and math.isfinite(attempt.bound):
            self.bounds[case] = max(attempt.bound, self.bounds.get(case, -math.inf))

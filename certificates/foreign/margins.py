"""Margin reports: boxes of logits around many inputs, and which of these were called robust.

Two ways to see that a label stays on top on a box: its logit's lower bound exceeds the upper bounds
of the other logits; or, for each other label, the difference of the two rows of the last layer is
bounded below by more than zero. The second is tighter, because what two rows share cancels. Both
are computed exactly here, whatever the report says.
"""

from __future__ import annotations

from fractions import Fraction

from certificates.checker import check
from certificates.foreign.artifacts import (
    Examination,
    Examples,
    Finding,
    MarginExample,
    MarginReport,
    Rationals,
)
from certificates.format import Certificate
from certificates.producer import produce
from certificates.properties import OutputBox, Property, Robust
from certificates.results import AtomMargin
from runtime.errors import InputError
from runtime.graph import Graph

__all__ = ["examine_margins"]


def examine_margins(
    report: MarginReport,
    graph: Graph,
    examples: Examples,
    model_sha256: str | None,
    slack: Fraction,
) -> Examination:
    """A finding for each example: its box of logits is implied, and robustness where it is said.

    The counts are: `examples`; `nominal`, with the right answer; `boxes`, whose box of logits is
    implied; `claimed`, called robust by the report; `by_boxes` and `by_differences`, shown robust
    exactly in the two ways. Inputs are cut to [0, 1]. Raises InputError for a missing input.
    """
    counts = dict.fromkeys(
        ("examples", "nominal", "boxes", "claimed", "by_boxes", "by_differences"), 0
    )
    findings = []
    for example in report.examples:
        if example.number not in examples.inputs:
            raise InputError(f"The data set has no example {example.number}.")
        findings.append(_Example(report, graph, example, examples, slack).finding(counts))
    problems = _problems(report, examples, model_sha256, counts)
    return Examination(tuple(findings), counts, tuple(problems))


def _problems(
    report: MarginReport, examples: Examples, model_sha256: str | None, counts: dict[str, int]
) -> list[str]:
    found = []
    given = {"weights_sha256": model_sha256, "dataset_sha256": examples.sha256}
    for key, digest in given.items():
        if key in report.hashes and digest is not None and report.hashes[key] != digest:
            found.append(
                f"The report is about another file: its {key} is not that of the one given."
            )
    names = {"examples": "examples", "nominal_ok": "nominal", "certified_ok": "claimed"}
    for key, ours in names.items():
        if key in report.counts and report.counts[key] != counts[ours]:
            found.append(
                f"The report counts {report.counts[key]} as {key}; there are {counts[ours]}."
            )
    return found


class _Example:
    """One input with its box, cut to [0, 1]."""

    def __init__(
        self,
        report: MarginReport,
        graph: Graph,
        example: MarginExample,
        examples: Examples,
        slack: Fraction,
    ) -> None:
        self._graph, self._example = graph, example
        self._claimed = tuple(v - slack for v in example.lo), tuple(v + slack for v in example.hi)
        self._center = examples.inputs[example.number]
        self._label = examples.labels[example.number]
        self._name = f"example {example.number}"
        robust = Robust(self._center, report.eps, label=example.label, clip=(0, 1), name=self._name)
        self._robust: Property = robust.bind(graph)

    def finding(self, counts: dict[str, int]) -> Finding:
        """Counts the example, and says what became of it."""
        example = self._example
        implied, lo, hi = self._logits()
        certificate = produce(self._graph, self._robust, 0)
        robust = (
            isinstance(certificate, Certificate)
            and check(certificate, self._graph, self._robust).ok
        )
        others = [j for j in range(len(lo)) if j != example.label]
        by_boxes = all(lo[example.label] > hi[j] for j in others)
        counts["examples"] += 1
        counts["nominal"] += self._right()
        counts["boxes"] += implied is None
        counts["claimed"] += example.certified
        counts["by_boxes"] += by_boxes
        counts["by_differences"] += robust
        reason = implied
        if self._label != example.label:
            reason = f"its label is {example.label}, the data set has {self._label}"
        elif example.certified and not (robust or by_boxes):
            reason = "it is called robust, and exact margins do not show it"
        certificates = (certificate,) if robust and isinstance(certificate, Certificate) else ()
        shown = "shown robust" if robust else "its box of logits is implied"
        return Finding(
            self._name, reason is None, reason or f"{shown}.", self._robust, certificates
        )

    def _right(self) -> bool:
        """Whether the exact network gives the label at the input itself."""
        numerators, _ = self._graph.evaluate_exact(list(self._center))[self._graph.output]
        return numerators.index(max(numerators)) == self._example.label

    def _logits(self) -> tuple[str | None, Rationals, Rationals]:
        """Why the claimed box is not implied, or None; and the exact interval bounds."""
        box = self._robust.cases[0].box
        ends = list(zip(*self._claimed, strict=True))
        claimed = tuple(min(pair) for pair in ends), tuple(max(pair) for pair in ends)
        prop = OutputBox(box.lo, box.hi, *claimed, name=self._name).bind(self._graph)
        found = produce(self._graph, prop, 0, bits="exact")
        if isinstance(found, Certificate):
            result = check(found, self._graph, prop)
            margins = result.margins
            reason = None if result.ok else f"the exact checker refuses it: {result.message}"
        else:
            margins = found.margins
            first = next(margin for margin in margins if not margin.shown)
            reason = (
                f"{first.text} is not implied; the exact bound misses it by {-first.margin:.6g}"
            )
        if claimed != self._claimed:
            reason = "its box of logits is empty"
        lo, hi = _ends(margins, *claimed)
        return reason, lo, hi


def _ends(
    margins: tuple[AtomMargin, ...], claimed_lo: Rationals, claimed_hi: Rationals
) -> tuple[Rationals, Rationals]:
    """The exact bounds, from how far the claimed ones are from them: −y ≤ −lo, then y ≤ hi."""
    exact: list[Fraction] = [margin.exact for margin in margins]
    lo = tuple(low + gap for low, gap in zip(claimed_lo, exact[0::2], strict=True))
    hi = tuple(high - gap for high, gap in zip(claimed_hi, exact[1::2], strict=True))
    return lo, hi

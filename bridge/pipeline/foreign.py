"""What other tools claim, as far as exact certificates show it, on its way to Lean."""

from __future__ import annotations

from bridge.export import Claim
from bridge.pipeline.decide import Checked, Open, shown
from bridge.pipeline.ids import claim_ids
from bridge.pipeline.sources import LoadedModel
from bridge.pipeline.verify import Decisions
from certificates.foreign import Examination

__all__ = ["foreign_decisions"]


def foreign_decisions(model: LoadedModel, examination: Examination) -> Decisions:
    """A claim for each property that the findings have certificates for, in their order.

    `model` is the lowered one that was examined. A property with a case that has no certificate
    stays open.
    """
    findings = [finding for finding in examination.findings if finding.certificates]
    props = [finding.prop for finding in findings if finding.prop is not None]
    results: list[Claim | Checked | Open] = []
    for finding, prop, name in zip(findings, props, claim_ids(props), strict=True):
        bound = prop.bind(model.graph)
        if finding.certificates[0].claim == "violated":
            results.append(Claim(name, bound, "violated", finding.certificates))
        elif len(finding.certificates) == len(bound.cases):
            results.append(shown(model.graph, Claim(name, bound, "holds", finding.certificates)))
        else:
            reason = f"Certificates show one of its {len(bound.cases)} cases alone."
            results.append(Open(name, bound, reason, ()))
    return Decisions(model, tuple(results))

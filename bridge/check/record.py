"""From what was found out about a claim to its record in the report."""

from __future__ import annotations

from bridge.check.audit import Audit
from bridge.check.bundle import Bundle
from bridge.check.findings import Findings
from bridge.check.run import LeanRun
from bridge.check.statements import definition
from bridge.check.summary import counterexample, margins, node_bounds, property_summary
from bridge.check.verdict import Judgement, judge
from bridge.export import Claim
from bridge.export.manifest import ClaimEntry
from bridge.export.names import source_path
from bridge.report import model as report
from bridge.report.verdicts import AuditKind, FileStatus, Severity, Verdict
from bridge.toolchain.model import ModuleResult, Toolchain

__all__ = ["claim_record"]


def claim_record(
    bundle: Bundle, entry: ClaimEntry, claim: Claim, findings: Findings, run: LeanRun | None
) -> report.Claim:
    """The record of one claim: the verdict with everything that carries it.

    A claim against which something was found shows neither statement nor margins: they are what
    was found wrong.
    """
    problems = list(findings.of(claim.id))
    statement = None if problems else _statement(bundle, entry)
    if not problems and statement is None:
        problems.append(f"the theorem {entry.theorem} is not in {entry.file}")
    chain = run.chains[entry.id] if run else ()
    modules = [module for module in run.build.modules if module.module in chain] if run else []
    audit = run.audits.get(entry.id) if run else None
    judgement = judge(Verdict(claim.outcome), chain, problems, run.build if run else None, audit)
    point = claim.point() if judgement.verdict is Verdict.REFUTED else None
    return report.Claim(
        id=claim.id,
        title=claim.prop.name,
        property=property_summary(claim.prop.bind(bundle.graph)),
        verdict=judgement.verdict,
        message=judgement.message,
        statement=statement,
        theorem=entry.theorem if statement else None,
        file=entry.file if statement else None,
        toolchain=_toolchain(run.toolchain) if run else None,
        audit=audit.kind if audit else None,
        axioms=audit.axioms.get(entry.theorem) if audit and audit.axioms else None,
        seconds=sum(module.seconds for module in modules) if run else None,
        peak_memory_bytes=max((m.peak_memory_bytes for m in modules), default=None),
        sha256=report.Hashes(
            model=bundle.graph.sha256(),
            property=claim.prop.sha256(),
            sources=bundle.manifest.sources_sha256,
        ),
        assumptions=_assumptions(bundle, judgement, run, audit),
        margins=() if problems else margins(findings.margins[claim.id]),
        bounds=() if problems else node_bounds(claim.certificates),
        counterexample=counterexample(bundle.graph, point) if point else None,
        files=tuple(_file(module) for module in modules),
    )


def _assumptions(
    bundle: Bundle, judgement: Judgement, run: LeanRun | None, audit: Audit | None
) -> tuple[str, ...]:
    """What a theorem rests on; a claim without one rests on nothing."""
    if not judgement.verdict.is_theorem or run is None or audit is None:
        return ()
    names = list(bundle.manifest.assumptions)
    if not run.toolchain.official:
        names.append("unofficial-lean")
    if audit.kind is AuditKind.SOURCE_SCAN:
        names.append("source-scan-audit")
    return tuple(names)


def _statement(bundle: Bundle, entry: ClaimEntry) -> str | None:
    """The proposition and the theorem as they stand in the sources that Lean is given."""
    root = bundle.manifest.root
    proposition = definition(bundle.text(f"{root}/Property.lean") or "", "def", entry.id)
    name = entry.theorem.removeprefix(f"{root}.")
    theorem = definition(bundle.text(entry.file) or "", "theorem", name)
    if proposition is None or theorem is None:
        return None
    shown = proposition.replace("@[expose] ", "")
    return f"{shown}\n\n{theorem.rpartition('-/')[2].strip()}"


def _file(module: ModuleResult) -> report.FileResult:
    return report.FileResult(
        path=source_path(module.module),
        status=FileStatus(module.status),
        seconds=module.seconds,
        peak_memory_bytes=module.peak_memory_bytes,
        diagnostics=tuple(
            report.Diagnostic(
                severity=Severity(item.severity),
                line=item.line,
                column=item.column,
                text=item.text,
            )
            for item in module.diagnostics
        ),
    )


def _toolchain(chosen: Toolchain) -> report.ToolchainInfo:
    return report.ToolchainInfo(
        provider=chosen.name,
        version=chosen.version,
        commit=chosen.commit,
        official=chosen.official,
    )

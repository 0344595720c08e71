"""From what was found out about a claim to its record in the report."""

from __future__ import annotations

from bridge.check.audit import Audit
from bridge.check.bundle import Bundle
from bridge.check.findings import Findings
from bridge.check.run import LeanRun
from bridge.check.statements import definition
from bridge.check.summary import (
    counterexample,
    float32_rooms,
    margins,
    node_bounds,
    property_summary,
)
from bridge.check.verdict import Judgement, judge
from bridge.export import Claim
from bridge.export.manifest import ClaimEntry, Float32Entry, float32_key
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
    statement = None if problems else _statement(bundle, "Property", entry.id, entry)
    if not problems and statement is None:
        problems.append(f"the theorem {entry.theorem} is not in {entry.file}")
    chain = run.chains[entry.id] if run else ()
    modules = [module for module in run.build.modules if module.module in chain] if run else []
    audit = run.audits.get(entry.id) if run else None
    judgement = judge(Verdict(claim.outcome), chain, problems, run.build if run else None, audit)
    violation = None
    if judgement.verdict is Verdict.REFUTED:
        violated = claim.prop.bind(bundle.graph).cases[claim.certificates[0].case]
        violation = counterexample(bundle.graph, claim.point(), violated.safe)
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
        counterexample=violation,
        float32=_float32(bundle, entry, findings, run),
        files=tuple(_file(module) for module in modules),
    )


def _float32(
    bundle: Bundle, entry: ClaimEntry, findings: Findings, run: LeanRun | None
) -> report.Float32 | None:
    """What is known of binary32 runs; None where nothing was asked."""
    if entry.float32 is None:
        gap = entry.float32_gap.strip()
        return report.Float32(verdict=Verdict.UNDECIDED, message=gap) if gap else None
    key = float32_key(entry.id)
    problems = list(findings.of_float32(entry.id))
    statement = None if problems else _statement(bundle, "Float32", key, entry.float32)
    if not problems and statement is None:
        problems.append(f"the theorem {entry.float32.theorem} is not in {entry.float32.file}")
    chain = run.chains[key] if run else ()
    modules = [module for module in run.build.modules if module.module in chain] if run else []
    audit = run.audits.get(key) if run else None
    build = run.build if run else None
    judgement = judge(Verdict.PROVED, chain, problems, build, audit)
    axioms = audit.axioms if audit else None
    return report.Float32(
        verdict=judgement.verdict,
        message=judgement.message,
        statement=statement,
        theorem=entry.float32.theorem if statement else None,
        file=entry.float32.file if statement else None,
        audit=audit.kind if audit else None,
        axioms=axioms.get(entry.float32.theorem) if axioms else None,
        seconds=sum(module.seconds for module in modules) if run else None,
        peak_memory_bytes=max((m.peak_memory_bytes for m in modules), default=None),
        assumptions=_assumptions(bundle, judgement, run, audit, runs=True),
        rooms=() if problems else float32_rooms(findings.rooms[entry.id]),
        files=tuple(_file(module) for module in modules),
    )


_ABOUT_RUNS = (
    "float32-operations",
    "float32-no-tf32",
    "float32-no-transforms",
    "float32-program",
)
"""What a theorem about binary32 runs assumes in place of exact arithmetic."""


def _assumptions(
    bundle: Bundle,
    judgement: Judgement,
    run: LeanRun | None,
    audit: Audit | None,
    *,
    runs: bool = False,
) -> tuple[str, ...]:
    """What a theorem rests on; a claim without one rests on nothing."""
    if not judgement.verdict.is_theorem or run is None or audit is None:
        return ()
    names = list(bundle.manifest.assumptions)
    if runs:
        names = [name for name in names if name != "real-arithmetic"] + [*_ABOUT_RUNS]
    if not run.toolchain.official:
        names.append("unofficial-lean")
    if audit.kind is AuditKind.SOURCE_SCAN:
        names.append("source-scan-audit")
    return tuple(names)


def _statement(
    bundle: Bundle, module: str, name: str, entry: ClaimEntry | Float32Entry
) -> str | None:
    """The proposition and the theorem as they stand in the sources that Lean is given."""
    root = bundle.manifest.root
    proposition = definition(bundle.text(f"{root}/{module}.lean") or "", "def", name)
    short = entry.theorem.removeprefix(f"{root}.")
    theorem = definition(bundle.text(entry.file) or "", "theorem", short)
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

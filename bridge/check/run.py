"""Running Lean on a project: the build, and an audit for each claim whose modules were built."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bridge import toolchain as lean
from bridge.check.audit import Audit, print_axioms, scan_sources
from bridge.check.bundle import lean_modules
from bridge.check.chain import module_chain
from bridge.check.integrity import Regenerated
from bridge.check.stage import staged
from bridge.export.library import library_sha256
from bridge.report.verdicts import AuditKind
from bridge.toolchain.model import BuildEvent, BuildResult, Limits, Toolchain

__all__ = ["LeanOptions", "LeanRun", "run_lean"]

_LIBRARY_ROOT = "Lemmanet"
_FAILURES = frozenset({"failed", "timeout", "memory", "crashed"})


@dataclass(frozen=True, slots=True)
class LeanOptions:
    """Which Lean to use and what it may use; see `bridge.check.check_project`."""

    provider: str | None
    timeout: float
    memory: int
    jobs: int


@dataclass(frozen=True, slots=True)
class LeanRun:
    """What Lean said, and which part of it concerns which claim.

    Attributes:
        toolchain: the Lean that ran.
        build: what became of every module.
        chains: for each result (`ClaimEntry.results`), by its key, the modules of the project that
            its theorems stand on.
        audits: for each result whose chain was built, what the audit found.
    """

    toolchain: Toolchain
    build: BuildResult
    chains: Mapping[str, tuple[str, ...]]
    audits: Mapping[str, Audit]


def run_lean(
    again: Regenerated,
    options: LeanOptions,
    on_event: Callable[[BuildEvent], None] | None,
) -> LeanRun:
    """Build the regenerated project in a clean place and audit what was built.

    Raises InfrastructureError where no Lean can be used.
    """
    chosen = lean.select(options.provider)
    results = [result for entry in again.manifest.claims for result in entry.results]
    texts = lean_modules(again.files, again.manifest.root)
    chains = {result.key: module_chain(texts, result.module) for result in results}
    with staged(again.files) as project:
        build = _build(project, chains, chosen, options, on_event)
        built = {module.module for module in build.modules if module.ok}
        finished = {key: chain for key, chain in chains.items() if built.issuperset(chain)}
        audits = _scan(again, texts, build, finished)
        if chosen.official:
            asked = [result for result in results if _passed(audits.get(result.key))]
            audits |= print_axioms(
                project,
                list(dict.fromkeys(result.module for result in asked)),
                {result.key: result.theorems for result in asked},
                chosen,
                os.environ,
                limits=Limits(options.timeout, options.memory),
            )
    return LeanRun(chosen, build, chains, audits)


def _build(
    project: Path,
    chains: Mapping[str, tuple[str, ...]],
    chosen: Toolchain,
    options: LeanOptions,
    on_event: Callable[[BuildEvent], None] | None,
) -> BuildResult:
    """Build the project; one result that fails does not keep the others from being built."""

    def build(targets: list[str] | None) -> BuildResult:
        return lean.build(
            project,
            targets,
            toolchain=chosen,
            jobs=options.jobs,
            timeout_s=options.timeout,
            memory_mb=options.memory,
            on_event=on_event,
        )

    first = build(None)
    passed_over = _passed_over(first, chains)
    if not passed_over:
        return first
    # Lake is silent about a module that needs no work, and, when another one failed, about
    # modules that it never reached as well. Asked for the rest alone, it tells which.
    second = build(passed_over)
    settled = {module.module: module for module in second.modules if module.ok}
    modules = tuple(settled.get(module.module, module) for module in first.modules)
    seconds = first.seconds + second.seconds
    return replace(first, modules=modules, seconds=seconds)


def _passed_over(build: BuildResult, chains: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The theorems' modules that were not built though nothing that they stand on failed."""
    every = {module for chain in chains.values() for module in chain}
    statuses = {module.module: module.status for module in build.modules}
    failed = {name for name, status in statuses.items() if status in _FAILURES}
    if not failed & every:
        return []
    targets = [
        chain[-1]
        for chain in chains.values()
        if failed.isdisjoint(chain) and any(statuses.get(name) == "skipped" for name in chain)
    ]
    return list(dict.fromkeys(targets))


def _passed(audit: Audit | None) -> bool:
    return audit is not None and not audit.problems


def _scan(
    again: Regenerated,
    texts: Mapping[str, str],
    build: BuildResult,
    finished: Mapping[str, tuple[str, ...]],
) -> dict[str, Audit]:
    """The scan of sources for each result; it runs whatever Lean can list."""
    if library_sha256(again.library) != again.manifest.library.sha256:
        changed = ("the Lean library changed while it was being built",)
        return dict.fromkeys(finished, Audit(AuditKind.SOURCE_SCAN, changed, conclusive=False))
    library = {
        path.relative_to(again.library).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((again.library / "lean").rglob("*.lean"))
    }
    roots = (_LIBRARY_ROOT, again.manifest.root)
    scan = scan_sources(texts, library, build, roots)
    return {key: scan.audit(chain) for key, chain in finished.items()}

"""From evidence to verdicts: the one place that decides what a claim may be called.

`proved` and `refuted` need everything: sources that match their manifest, constants that match the
model, a build in which every needed module ended well, and an audit without a problem. Whatever
did not happen counts against the claim: an empty list of results is `undecided`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridge.check.audit import Audit
from bridge.report.verdicts import Verdict
from bridge.toolchain.model import BuildResult, ModuleResult

__all__ = ["Judgement", "judge"]

_OUT_OF = {"timeout": "time", "memory": "memory"}
_LIMIT = re.compile(
    r"\(deterministic\) timeout|maximum recursion depth|deep recursion|stack overflow"
)
"""What Lean says when it gave up; that is no judgement about the proof."""
_UNPRINTED = re.compile(r"\[Error pretty printing: [^\]]*\]")
"""What Lean writes in the place of a proposition that it cannot print, however it failed."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with the sentence that explains it; empty for theorems."""

    verdict: Verdict
    message: str = ""


def judge(
    outcome: Verdict,
    modules: Sequence[str],
    problems: Sequence[str],
    build: BuildResult | None,
    audit: Audit | None,
) -> Judgement:
    """What may be said of one claim.

    Args:
        outcome: the verdict that the claim's theorem gives, `proved` or `refuted`.
        modules: the modules of the project that the theorem stands on.
        problems: what integrity, binding and the Python checker object to.
        build: the result of the build, None where none took place.
        audit: the result of the claim's audit, None where none took place.
    """
    if not outcome.is_theorem:
        raise ValueError(f"{outcome.value} is not the verdict of a theorem")
    if problems:
        return Judgement(Verdict.REJECTED, _listed(problems))
    if build is None:
        return Judgement(Verdict.UNDECIDED, "Lean was not run.")
    failure = _build_failure(modules, {item.module: item for item in build.modules})
    if failure is not None:
        return failure
    if not build.ok and not any(not item.ok for item in build.modules):
        return Judgement(Verdict.UNDECIDED, f"The build did not succeed: {build.message}".strip())
    if audit is None:
        return Judgement(Verdict.UNDECIDED, "The audit of axioms did not take place.")
    if not audit.conclusive:
        return Judgement(Verdict.UNDECIDED, _listed(audit.problems))
    if audit.problems:
        return Judgement(Verdict.REJECTED, _listed(audit.problems))
    return Judgement(outcome)


def _build_failure(modules: Sequence[str], results: Mapping[str, ModuleResult]) -> Judgement | None:
    """Why the modules do not carry a theorem, the first cause first, or None when they do."""
    if not modules:
        return Judgement(Verdict.UNDECIDED, "The claim names no module that was built.")
    needed = [results[name] for name in modules if name in results]
    # Of several failures the one that decides most is told: an error of Lean before a time-out.
    for statuses, verdict in _CAUSES:
        for item in needed:
            if item.status in statuses:
                gave_up = verdict is Verdict.REJECTED and _gave_up(item)
                return Judgement(Verdict.UNDECIDED if gave_up else verdict, _cause(item))
    for name in modules:
        if name not in results:
            return Judgement(Verdict.UNDECIDED, f"Lean did not report on the module {name}.")
    for item in needed:
        if item.status == "skipped":
            return Judgement(*_skipped(item, results))
        if not item.ok:
            return Judgement(Verdict.UNDECIDED, f"{item.module} ended {item.status}.")
        if any(message.severity == "error" for message in item.diagnostics):
            return Judgement(Verdict.REJECTED, _cause(item))
    return None


_CAUSES: tuple[tuple[frozenset[str], Verdict], ...] = (
    (frozenset({"failed"}), Verdict.REJECTED),
    (frozenset({"timeout", "memory"}), Verdict.UNDECIDED),
    (frozenset({"crashed"}), Verdict.ERROR),
)


def _skipped(item: ModuleResult, results: Mapping[str, ModuleResult]) -> tuple[Verdict, str]:
    """A module that was not built because one that is not the claim's own ended badly.

    That says nothing about the claim. Where the library itself does not build, the tool is broken.
    """
    project = item.module.partition(".")[0]
    for statuses, _ in _CAUSES:
        for other in results.values():
            if other.status in statuses:
                inside = other.module.partition(".")[0] == project
                verdict = Verdict.UNDECIDED if inside else Verdict.ERROR
                return verdict, f"{item.module} was not built, because of {_cause(other)}"
    return Verdict.UNDECIDED, f"{item.module} was not built."


def _gave_up(item: ModuleResult) -> bool:
    """Whether every error of the module is a limit inside Lean that was reached."""
    errors = [message for message in item.diagnostics if message.severity == "error"]
    return bool(errors) and all(
        _LIMIT.search(_UNPRINTED.sub("", message.text)) for message in errors
    )


def _cause(item: ModuleResult) -> str:
    if resource := _OUT_OF.get(item.status):
        return f"{item.module} ran out of {resource} after {item.seconds:.1f} s."
    errors = [message for message in item.diagnostics if message.severity == "error"]
    if not errors:
        return f"{item.module} ended {item.status} without a message of Lean."
    first = errors[0]
    return f"{item.module}, line {first.line}: {first.text.strip()[:2000]}"


def _listed(problems: Sequence[str]) -> str:
    shown = "; ".join(problems[:3])
    return f"{shown}; and {len(problems) - 3} more." if len(problems) > 3 else f"{shown}."

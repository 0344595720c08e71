"""From a report to the exit code of the command line, and to the sentence that sums it up."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from bridge.report.model import Claim, Float32, Report, ToolchainInfo
from bridge.report.verdicts import ExitCode, Verdict

__all__ = [
    "checked_by",
    "exit_code",
    "float32_cell",
    "float32_headline",
    "headline",
    "toolchain_note",
]

# The kernel fixes known to the project landed in Lean up to this version.
_FIXED_KERNEL = (4, 34, 1)
_EXPECTABLE = frozenset({Verdict.PROVED, Verdict.REFUTED, Verdict.CHECKED})


def exit_code(
    report: Report,
    expected: Verdict | Mapping[str, Verdict] = Verdict.PROVED,
    *,
    float32: Collection[str] = (),
) -> int:
    """The exit code for `report`, where `expected` says what was asked for.

    `expected` is one verdict for all claims, or a verdict by claim id (claims that are not named
    were asked to be proved). `float32` names the claims that were asked to be proved of binary32
    runs too. Only `proved`, `refuted` and `checked` can be asked for; `checked`
    is also satisfied by `proved`, which says more.

    The strongest finding wins, in this order: a claim rejected, or settled against what was asked
    (1), a tool failure (3), anything that is not what was asked (4), success (0). Code 2 stands
    for input that never became a report, so it is not returned here.

    Raises `ValueError` for an expectation that cannot be asked for, or about an unknown claim.
    """
    wanted = _wanted(report, expected)
    found = {_single(claim, wanted[claim.id]) for claim in report.claims}
    found |= {_about_runs(claim, claim.id in float32) for claim in report.claims}
    for code in (ExitCode.REJECTED, ExitCode.INFRASTRUCTURE, ExitCode.UNDECIDED):
        if code in found:
            return int(code)
    return int(ExitCode.SUCCESS)


def _wanted(report: Report, expected: Verdict | Mapping[str, Verdict]) -> dict[str, Verdict]:
    ids = [claim.id for claim in report.claims]
    if isinstance(expected, Verdict):
        wanted = dict.fromkeys(ids, expected)
    else:
        if unknown := sorted(set(expected) - set(ids)):
            raise ValueError(f"the report has no claim {unknown[0]!r} to expect a verdict of")
        wanted = {name: expected.get(name, Verdict.PROVED) for name in ids}
    for verdict in wanted.values():
        if verdict not in _EXPECTABLE:
            raise ValueError(f"{verdict.value!r} cannot be asked for; ask for proved or refuted")
    return wanted


def _single(claim: Claim, wanted: Verdict) -> ExitCode:
    verdict = claim.verdict
    if verdict is wanted or (wanted is Verdict.CHECKED and verdict is Verdict.PROVED):
        return ExitCode.SUCCESS
    if verdict is Verdict.REJECTED or verdict.is_theorem:
        return ExitCode.REJECTED
    if verdict is Verdict.ERROR:
        return ExitCode.INFRASTRUCTURE
    return ExitCode.UNDECIDED


def _about_runs(claim: Claim, asked: bool) -> ExitCode:
    """What a claim says of runs counts against it where it was asked for, or is refused."""
    verdict = claim.float32.verdict if claim.float32 else Verdict.UNDECIDED
    if verdict is Verdict.REJECTED:
        return ExitCode.REJECTED
    if verdict is Verdict.ERROR:
        return ExitCode.INFRASTRUCTURE
    open_ = asked and verdict is not Verdict.PROVED and claim.verdict is not Verdict.REFUTED
    return ExitCode.UNDECIDED if open_ else ExitCode.SUCCESS


def checked_by(claim: Claim) -> str:
    """Who stands behind the verdict, in a few words; nobody stands behind an open question."""
    if claim.verdict is Verdict.CHECKED:
        return "Python checker"
    if claim.toolchain is None or not (
        claim.verdict.is_theorem or claim.verdict is Verdict.REJECTED
    ):
        return "nobody"
    build = "official" if claim.toolchain.official else "unofficial build"
    return f"Lean {claim.toolchain.version} ({build})"


def toolchain_note(tool: ToolchainInfo) -> str | None:
    """What a reader must know about this Lean before trusting its verdicts, if anything."""
    if not tool.official:
        return (
            "This Lean is an unofficial build: a third party compiled it, and no release of the "
            "Lean project vouches for it. Its verdicts are evidence, not the last word. Build the "
            "exported project with an official Lean to confirm them."
        )
    version = re.match(r"v?(\d+)\.(\d+)\.(\d+)", tool.version)
    if version and tuple(map(int, version.groups())) < _FIXED_KERNEL:
        return (
            "Fixes of the kernel landed in Lean up to 4.34.1; this version is older. Repeat the "
            "build with a newer official Lean to benefit from them."
        )
    return None


def float32_cell(runs: Float32 | None) -> str:
    """What is known of binary32 runs, in a few characters: the verdict, and the largest share that
    their budget has of a margin."""
    if runs is None:
        return "–"
    share = runs.worst_share()
    if runs.verdict is not Verdict.PROVED or share is None:
        return runs.verdict.value
    return f"proved, {100 * share:.2g} %"


def float32_headline(report: Report) -> list[str]:
    """A sentence on binary32 runs, where something is known of them."""
    found = [claim.float32 for claim in report.claims if claim.float32 is not None]
    proved = [runs for runs in found if runs.verdict is Verdict.PROVED]
    if not found:
        return []
    shares = [share for runs in proved if (share := runs.worst_share()) is not None]
    worst = f"; rounding takes at most {100 * max(shares):.2g} % of a margin" if shares else ""
    return [f"Of every float32 run, in any order of summation: {len(proved)} proved{worst}."]


def headline(report: Report) -> str:
    """One sentence with the count of every verdict that occurs; never calls a mix a success."""
    total = len(report.claims)
    parts = [f"{n} {verdict.value}" for verdict, n in report.counts().items() if n]
    if len(parts) == 1:
        (verdict,) = {claim.verdict for claim in report.claims}
        return f"The claim is {verdict.value}." if total == 1 else f"All {total} {verdict.value}."
    return f"Of {total} claims: {', '.join(parts[:-1])} and {parts[-1]}."

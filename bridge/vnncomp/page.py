"""The summary as one HTML page: no network, no script, everything inline.

It has the look of a report: the same style sheet and macros, and the same policy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.export.manifest import MANIFEST
from bridge.report import figures
from bridge.report.page import render_page
from bridge.report.verdicts import Verdict
from bridge.vnncomp.cactus import Plot, plot
from bridge.vnncomp.outcome import Agreement
from bridge.vnncomp.records import Result
from bridge.vnncomp.store import Store
from bridge.vnncomp.summary import Row, Summary

__all__ = ["summary_page"]

_LONGEST_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class _RowView:
    """A row with the links that lead to its files; None where there is none."""

    row: Row
    project: str | None
    counterexample: str | None


@dataclass(frozen=True, slots=True)
class _Category:
    """The rows of one category, and how many are decided and how."""

    name: str
    rows: tuple[_RowView, ...]
    counts: tuple[tuple[str, int], ...]


def summary_page(summary: Summary, store: Store) -> str:
    """The page as text; links lead to what lies in the store's folder."""
    rows = [_view(row, store) for row in summary.rows]
    return render_page(
        "vnncomp.html.j2",
        ("report.css.j2", "vnncomp.css.j2"),
        _LONGEST_TEXT,
        summary=summary,
        headline=_headline(summary),
        categories=_categories(rows),
        wrong=[view for view in rows if _is_wrong(view.row)],
        disputes=[view for view in rows if view.row.agreement is Agreement.SETTLES],
        plot=_plot(summary),
        agreements=summary.agreements(),
        verdicts=tuple(Verdict),
    )


def _view(row: Row, store: Store) -> _RowView:
    name = row.record.id
    project = None
    if (store.project(name) / "report.html").is_file() and (
        store.project(name) / MANIFEST
    ).is_file():
        project = f"projects/{name}/report.html"
    counterexample = None
    if row.record.finding.witness is not None and store.counterexample(name).is_file():
        counterexample = f"counterexamples/{name}.counterexample"
    return _RowView(row, project, counterexample)


def _is_wrong(row: Row) -> bool:
    """What asks for attention: against the other tools, rejected, or failed."""
    return (
        row.agreement is Agreement.DISAGREES
        or row.verdict in (Verdict.REJECTED, Verdict.ERROR)
        or bool(row.record.finding.rejections)
        or (row.record.proof is not None and row.record.proof.verdict is Verdict.ERROR)
    )


def _headline(summary: Summary) -> str:
    results = summary.results()
    decided = sum(count for result, count in results.items() if result.decided)
    theorems = sum(count for verdict, count in summary.verdicts().items() if verdict.is_theorem)
    parts = [
        f"{figures.count(decided)} of {figures.count(summary.instances)} instances are decided: "
        f"{figures.count(results.get(Result.UNSAT, 0))} unsat, "
        f"{figures.count(results.get(Result.SAT, 0))} sat."
    ]
    if theorems:
        plural = "s" if theorems != 1 else ""
        parts.append(f"{figures.count(theorems)} rest{'' if plural else 's'} on Lean's kernel.")
    agreements = summary.agreements()
    if wrong := agreements.get(Agreement.DISAGREES, 0):
        parts.append(f"{figures.count(wrong)} against what all other tools say.")
    elif agreements.get(Agreement.AGREES, 0):
        parts.append("None stands against what the other tools agree on.")
    if settled := agreements.get(Agreement.SETTLES, 0):
        parts.append(f"{figures.count(settled)} settle{'s' if settled == 1 else ''} a dispute.")
    return " ".join(parts)


def _categories(rows: Sequence[_RowView]) -> list[_Category]:
    grouped: dict[str, list[_RowView]] = {}
    for view in rows:
        grouped.setdefault(view.row.record.category, []).append(view)
    return [
        _Category(
            name,
            tuple(views),
            tuple(
                (result.value, count)
                for result in Result
                if (count := sum(v.row.record.finding.result is result for v in views))
            ),
        )
        for name, views in grouped.items()
    ]


def _plot(summary: Summary) -> Plot | None:
    decided = [row for row in summary.rows if row.record.finding.result.decided]
    proved = [
        row.record.finding.seconds + row.record.proof.seconds
        for row in decided
        if row.record.proof is not None and row.record.proof.verdict.is_theorem
    ]
    others = [
        row.expected.fastest_seconds
        for row in summary.rows
        if row.expected is not None and row.expected.fastest_seconds is not None
    ]
    found = [row.record.finding.seconds for row in decided]
    if not found:
        return None
    return plot(
        [
            ("found", "decided and checked exactly", found),
            ("kernel", "with a theorem in Lean", proved),
            ("others", "the fastest tool of the competition, on its machine", others),
        ]
    )

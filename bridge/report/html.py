"""The report as one HTML page: no network, no script, everything inline."""

from __future__ import annotations

from pathlib import Path

from bridge.report.assumptions import ASSUMPTIONS
from bridge.report.model import Report
from bridge.report.outcome import headline, toolchain_note
from bridge.report.page import render_page
from bridge.report.storage import write_text
from bridge.report.verdicts import Verdict
from bridge.report.views import claim_views, graph_view

__all__ = ["render_html", "save_html"]

_LONGEST_TEXT = 20_000
_SHOWN_VALUES = 32


def save_html(report: Report, path: Path) -> None:
    """Write the page to `path`, whole or not at all."""
    write_text(render_html(report), path)


def render_html(report: Report) -> str:
    """The page as text; the same report gives the same bytes."""
    return render_page(
        "report.html.j2",
        ("report.css.j2",),
        _LONGEST_TEXT,
        report=report,
        claims=claim_views(report),
        graph=graph_view(report.model),
        headline=headline(report),
        counts={verdict: n for verdict, n in report.counts().items() if n},
        verdicts=tuple(Verdict),
        assumptions={name: ASSUMPTIONS[name] for name in report.assumptions()},
        toolchains=[(tool, toolchain_note(tool)) for tool in report.toolchains()],
        shown_values=_SHOWN_VALUES,
    )

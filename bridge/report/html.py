"""The report as one HTML page: no network, no script, everything inline.

Whatever the report holds is escaped by the template engine, and passes `visible` first, so that
control and bidirectional characters show as their code. The page's own policy (CSP) allows
nothing but its one style sheet, by hash, and pictures in data URIs.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from bridge.report import figures
from bridge.report.assumptions import ASSUMPTIONS
from bridge.report.model import Report
from bridge.report.outcome import headline, toolchain_note
from bridge.report.storage import write_text
from bridge.report.text import clip, visible
from bridge.report.verdicts import Verdict
from bridge.report.views import claim_views, graph_view
from bridge.templating import environment

__all__ = ["render_html", "save_html"]

_LONGEST_TEXT = 20_000
_SHOWN_VALUES = 32


def save_html(report: Report, path: Path) -> None:
    """Write the page to `path`, whole or not at all."""
    write_text(render_html(report), path)


def render_html(report: Report) -> str:
    """The page as text; the same report gives the same bytes."""
    html = _environment()
    style = html.get_template("report.css.j2").render().strip()
    return html.get_template("report.html.j2").render(
        report=report,
        claims=claim_views(report),
        graph=graph_view(report.model),
        headline=headline(report),
        counts={verdict: n for verdict, n in report.counts().items() if n},
        verdicts=tuple(Verdict),
        assumptions={name: ASSUMPTIONS[name] for name in report.assumptions()},
        toolchains=[(tool, toolchain_note(tool)) for tool in report.toolchains()],
        shown_values=_SHOWN_VALUES,
        style=Markup(style),  # noqa: S704 - the project's own file
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )


def _environment() -> Environment:
    html = environment(autoescape=True, finalize=_finalize)
    html.filters.update(
        seconds=figures.seconds,
        memory=figures.memory,
        figure=figures.number,
        signed=figures.signed,
        count=figures.count,
        shape=figures.shape,
        bounds=figures.bounds,
        clip=clip,
    )
    return html


def _finalize(value: object) -> object:
    """Applied to every printed expression: hidden characters show, endless texts end."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return clip(value, _LONGEST_TEXT) if len(value) > _LONGEST_TEXT else visible(value)
    return value

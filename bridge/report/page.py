"""HTML pages that load nothing and run nothing, for reports and for benchmark runs alike.

Whatever a page prints is escaped by the template engine, and passes `visible` first, so that
control and bidirectional characters show as their code. The page's own policy (CSP) allows
nothing but its one style sheet, by hash, and pictures in data URIs.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from bridge.report import figures
from bridge.report.text import clip, visible
from bridge.templating import environment

__all__ = ["render_page"]


def render_page(template: str, sheets: tuple[str, ...], longest: int, **values: Any) -> str:
    """The page as text; the same values give the same bytes.

    Args:
        template: name of the page's template. It puts `style` into its one style element, and
            `style_hash` into its policy.
        sheets: templates of the style sheets, joined to one.
        longest: characters of a text that are shown.
        values: what the template prints.
    """
    html = environment(autoescape=True, finalize=_finalizer(longest))
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
    style = "\n".join(html.get_template(name).render().strip() for name in sheets)
    return html.get_template(template).render(
        style=Markup(style),  # noqa: S704 - the project's own files
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        **values,
    )


def _finalizer(longest: int) -> Callable[[object], object]:
    """Applied to every printed expression: hidden characters show, endless texts end."""

    def finalize(value: object) -> object:
        if isinstance(value, str) and not isinstance(value, Markup):
            return clip(value, longest) if len(value) > longest else visible(value)
        return value

    return finalize

"""The Jinja templates of the package: where they lie, and how strictly they are filled in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

__all__ = ["environment"]

_TEMPLATES = Path(__file__).resolve().parents[1] / "templates"


def environment(*, autoescape: bool, **options: Any) -> Environment:
    """An environment in which a name that is not given is an error; `options` are Jinja's."""
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        autoescape=autoescape,  # noqa: S701 - Lean sources are no HTML
        trim_blocks=True,
        lstrip_blocks=True,
        **options,
    )

"""The Jinja environment of Lean sources: strict, with filters that make text safe in a comment."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment

from bridge.export.operators import shape_text
from bridge.templating import environment

__all__ = ["doc_text", "render_template"]


def doc_text(text: str) -> str:
    """Text that stays inside a Lean comment: printable, on one line, without comment brackets."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.replace("-/", "- /").replace("/-", "/ -").split())


def den_text(den: int) -> str:
    """A denominator; powers of two as such."""
    exponent = den.bit_length() - 1
    if den == 1 << exponent and exponent > 9:
        return f"2 ^ {exponent}"
    return str(den) if exponent < 1_000 else hex(den)


def render_template(template: str, **context: object) -> str:
    """The text that a template gives; ends with one newline."""
    return _environment().get_template(template).render(**context).rstrip("\n") + "\n"


@cache
def _environment() -> Environment:
    # Without escapes: Lean is no HTML. Text from outside goes through `doc_text`.
    lean = environment(autoescape=False)
    lean.filters |= {"den": den_text, "shape": shape_text}
    return lean

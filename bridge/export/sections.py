"""Certificates as Lean text: a chapter for each, one or several of them in a module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridge.export.environment import render_template
from bridge.export.statements import NamedText, NamedValue, Statement, Theorem

__all__ = ["Chapter", "Section", "module_text"]


@dataclass(frozen=True, slots=True)
class Section:
    """Definitions and theorems, in a namespace of their own where it has a name."""

    name: str = ""
    constants: Sequence[NamedValue] = ()
    boxes: Sequence[NamedValue] = ()
    magnitudes: Sequence[NamedValue] = ()
    rows: Sequence[Mapping[str, object]] = ()
    lanes: Sequence[Mapping[str, object]] = ()
    definitions: Sequence[NamedText] = ()
    theorems: Sequence[Theorem] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """A certificate, or a part of one, in its own namespace.

    Attributes:
        place: the namespace, below the root of the project.
        doc: what it is about.
        sections: what it defines and proves.
        part: which part of the certificate; empty for the main one.
    """

    place: str
    doc: str
    sections: Sequence[Section]
    part: str = ""


def module_text(
    root: str,
    imports: Sequence[str],
    chapters: Sequence[Chapter],
    claims: Sequence[Statement] = (),
) -> str:
    """A module of the project with these chapters.

    The theorems of `claims` follow them: modules that several claims share have both.
    """
    return render_template(
        "certificate.lean.j2", root=root, imports=imports, chapters=chapters, claims=claims
    )

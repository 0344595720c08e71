"""Certificates as Lean text: a section for each, one or several of them in a module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridge.export.environment import render_template
from bridge.export.statements import NamedText, NamedValue, Theorem

__all__ = ["Section", "module_text"]


@dataclass(frozen=True, slots=True)
class Section:
    """What a certificate, or a part of one, defines and proves in its own namespace.

    Attributes:
        claim: the namespace, below the root of the project.
        doc: what it is about.
        part: which part of the certificate; empty for the main one.
        constants, boxes, rows, lanes, definitions, theorems: what stands in it, in this order.
    """

    claim: str
    doc: str
    part: str = ""
    constants: Sequence[NamedValue] = ()
    boxes: Sequence[NamedValue] = ()
    rows: Sequence[Mapping[str, object]] = ()
    lanes: Sequence[Mapping[str, object]] = ()
    definitions: Sequence[NamedText] = ()
    theorems: Sequence[Theorem] = ()


def module_text(root: str, imports: Sequence[str], sections: Sequence[Section]) -> str:
    """A module of the project with these sections, each in a namespace of its own."""
    return render_template("certificate.lean.j2", root=root, imports=imports, sections=sections)

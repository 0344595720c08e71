"""Names in exported Lean: module roots, binders and definitions, none of them taken on trust.

Node names of a graph are identifiers already (`runtime.graph.is_identifier`); what is left to avoid
are Lean's keywords and the names that exported files use themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from runtime.errors import InputError

__all__ = ["binder", "camel", "claim_id", "module_names", "module_root", "source_path"]

_RESERVED = """
abbrev and at attribute axiom by calc case cases class const constant constants def deriving do done
else end example export extends exists finally for forall from fun generalizing give given have
hiding if import in include inductive infix instance intro intros join lambda let local macro match
module mut mutual namespace network notation obtain omit open or partial postfix prefix private prop
protected public rec renaming repeat result return scoped section set show sort step structure
suffices syntax termination_by then theorem this trailing try type universe unless unsafe using
variable variables where while with model input output true false not nat int list
"""
_KEYWORDS = frozenset(_RESERVED.split())
_TAKEN_ROOTS = frozenset(
    [
        "Lemmanet",
        "Init",
        "Lean",
        "Std",
        "Lake",
        "Main",
        "Audit",
        "Challenge",
        "Mathlib",
        "Batteries",
    ]
)
_CLAIM = re.compile(r"[a-z][a-z0-9_]{0,59}")
_WORDS = re.compile(r"[A-Za-z0-9]+")


def camel(text: str) -> str:
    """`fc1_weight` as `Fc1Weight`; only ASCII letters and digits of `text` are kept."""
    return "".join(word[:1].upper() + word[1:] for word in _WORDS.findall(text))


def module_names(names: Iterable[str]) -> dict[str, str]:
    """A last component of a module name for each name, no two alike, not even but for case."""
    chosen: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        base = component = camel(name)
        number = 2
        while component.lower() in taken:
            component = f"{base}V{number}"
            number += 1
        taken.add(component.lower())
        chosen[name] = component
    return chosen


def source_path(module: str) -> str:
    """Where the source of a module lies, relative to the folder of its project."""
    return module.replace(".", "/") + ".lean"


def module_root(name: str) -> str:
    """The root module of a project for the model of this name: `digits-mlp` gives `DigitsMlp`."""
    root = camel(name[:80])[:40]
    if not root or not root[0].isalpha():
        root = f"Model{root}"
    return f"{root}Model" if root in _TAKEN_ROOTS else root


def binder(name: str) -> str:
    """The Lean variable for a node; keywords and names of the notation get an underscore."""
    return f"{name}_" if name in _KEYWORDS else name


def claim_id(text: str) -> str:
    """Check an identifier of a claim; raises InputError where it is none."""
    if not _CLAIM.fullmatch(text) or text in _KEYWORDS:
        raise InputError(
            f"The claim id {text[:80]!r} is not usable; use lower-case letters, digits and "
            "underscores, at most 60, starting with a letter, and no keyword of Lean."
        )
    return text

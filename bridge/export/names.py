"""Names in exported Lean: module roots, modules, variables, definitions; none taken on trust.

Node names of a graph are identifiers already (`runtime.graph.is_identifier`). What a project
defines in its namespace is told apart by endings: `NODE_weight` and the like for constants,
`CLAIM_center` and the like for what belongs to a claim; the library's lemmas have endings too. So a
claim must not end like that, and the variables of the program, which could hide a constant, keep
away from all constants.

In the namespace of a certificate, names are like `NODE_box`, `NODE_facts2` or `batch_3_rows`: the
last part tells what it is, with a number in it where there are several, and the rest whose it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bridge.export.reserved import CORE_NAMESPACES, KEYWORDS, LAKE, RESERVED
from runtime.errors import InputError

__all__ = [
    "ROLES",
    "camel",
    "case_name",
    "claim_id",
    "constant_name",
    "module_names",
    "module_root",
    "source_path",
    "variable_names",
]

ROLES = ("weight", "bias", "scale", "shift", "value")
"""What a constant can be to its node."""

_OF_CLAIMS = ("center", "input", "safe", "holds", "violated", "rat", "float32")
_OF_LEMMAS = ("maps", "check")
_ENDING = re.compile(rf"_(?:{'|'.join((*ROLES, *_OF_CLAIMS, *_OF_LEMMAS))}|case_[0-9]+)\Z")
_CLAIM = re.compile(r"[a-z][a-z0-9_]{0,59}")
_WORDS = re.compile(r"[A-Za-z0-9]+")
_TAKEN_ROOTS = frozenset(
    name.lower()
    for name in (*CORE_NAMESPACES, *KEYWORDS, *LAKE, *("Lemmanet", "Mathlib", "Batteries"))
) | {"main", "audit", "challenge"}
"""In lower case, as the package is called and as some file systems see the files beside it."""


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
    return f"{root}Model" if root.lower() in _TAKEN_ROOTS else root


def constant_name(node: str, role: str) -> str:
    """The constant that a node has for one of `ROLES`."""
    return f"{node}_{role}"


def variable_names(nodes: Iterable[str]) -> dict[str, str]:
    """The variable of each input and node in the program: its own name where that can be.

    Underscores are added to words that Lean or the notation keeps, and to names of constants.
    """
    names = list(nodes)
    avoided = RESERVED.union(constant_name(name, role) for name in names for role in ROLES)
    taken = {name for name in names if name not in avoided}
    chosen: dict[str, str] = {}
    for name in names:
        variable = name
        while variable in avoided or (variable != name and variable in taken):
            variable += "_"
        taken.add(variable)
        chosen[name] = variable
    return chosen


def case_name(claim: str, case: int, *, single: bool) -> str:
    """What a case of a claim is called: as the claim, where it has a single certificate."""
    return claim if single else f"{claim}_case_{case}"


def claim_id(text: str) -> str:
    """Check an identifier of a claim; raises InputError where it is none."""
    if not _CLAIM.fullmatch(text) or text in RESERVED:
        raise InputError(
            f"The claim id {text[:80]!r} is not usable; use lower-case letters, digits and "
            "underscores, at most 60, starting with a letter, and no word that Lean keeps."
        )
    if ending := _ENDING.search(text):
        raise InputError(
            f"The claim id {text!r} ends in {ending.group()!r}, as names of constants, parts of "
            "claims and lemmas do; choose another."
        )
    return text

"""The audit of source text: nothing in it can bring in an axiom or get around the kernel.

It is what stands in for `#print axioms` where a Lean cannot run that, and it runs beside it where
Lean can. The scan works on tokens: comments and strings do not count, nested block comments are
understood, and the code inside interpolated strings is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from bridge.check.lean_text import LexicalError, Token, code_tokens

__all__ = ["FORBIDDEN", "NOT_EXPORTED", "Finding", "scan_exported", "scan_library"]

FORBIDDEN: Mapping[str, str] = {
    "sorry": "leaves a proof open",
    "admit": "leaves a proof open",
    "sorryAx": "is the axiom behind sorry",
    "axiom": "assumes without proof",
    "native_decide": "trusts the compiler instead of the kernel",
    "bv_decide": "trusts the compiler instead of the kernel",
    "ofReduceBool": "is an axiom that trusts the compiler",
    "ofReduceNat": "is an axiom that trusts the compiler",
    "reduceBool": "trusts the compiler",
    "reduceNat": "trusts the compiler",
    "trustCompiler": "is an axiom that trusts the compiler",
    "lcProof": "is an axiom",
    "lcUnreachable": "is an axiom",
    "unsafe": "steps outside of the logic",
    "unsafeCast": "steps outside of the logic",
    "addDecl": "writes into the environment of Lean",
    "addDeclWithoutChecking": "writes into the environment of Lean",
    "addDeclCore": "writes into the environment of Lean",
    "run_cmd": "runs a program inside Lean",
    "run_elab": "runs a program inside Lean",
    "run_meta": "runs a program inside Lean",
    "run_tac": "runs a program inside Lean",
    "by_elab": "runs a program inside Lean",
    "elab": "extends the elaborator",
    "elab_rules": "extends the elaborator",
    "simproc": "extends the elaborator",
    "initialize": "runs a program when it is loaded",
    "builtin_initialize": "runs a program when it is loaded",
}
"""Words that no source may hold, also as part of a qualified name, and what each of them does."""
_SYNTAX = (
    *("macro", "macro_rules", "syntax", "notation", "notation3", "infix", "infixl", "infixr"),
    *("prefix", "postfix", "declare_syntax_cat", "binder_predicate", "attribute", "unif_hint"),
)
_NEEDLESS = ("opaque", "partial", "instance", "deriving", "variable", "universe", "mutual")
NOT_EXPORTED: Mapping[str, str] = dict.fromkeys(
    _SYNTAX, "changes how the text reads"
) | dict.fromkeys(_NEEDLESS, "is not needed in exported files")
_ATTRIBUTES = frozenset(
    {
        *("expose", "reducible", "irreducible", "semireducible", "inline", "specialize"),
        *("simp", "grind", "ext", "refl", "symm", "trans", "congr", "elab_as_elim"),
        *("instance", "default_instance", "scoped", "local"),
    }
)
"""Attributes that cannot change what the kernel checks or what is executed."""
_OPTIONS = frozenset(
    {
        *("maxRecDepth", "maxHeartbeats", "synthInstance.maxHeartbeats"),
        *("exponentiation.threshold", "Elab.async", "autoImplicit", "relaxedAutoImplicit"),
    }
)
"""Options that cannot weaken what Lean checks."""
_COMMANDS_WITH_HASH = frozenset(
    {
        *("eval", "eval!", "check", "print", "reduce", "synth", "exit"),
        *("guard", "guard_msgs", "import_diff"),
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A word that must not stand where it stands; `line` counts from 1."""

    path: str
    line: int
    text: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}: {self.text!r} {self.reason}"


def scan_library(files: Mapping[str, str]) -> list[Finding]:
    """Findings in the sources of the library, `files` by path."""
    return [
        finding for path, text in sorted(files.items()) for finding in _scan(path, text, FORBIDDEN)
    ]


def scan_exported(files: Mapping[str, str], roots: Iterable[str]) -> list[Finding]:
    """Findings in exported sources: stricter, and only modules under `roots` may be imported."""
    words = {**FORBIDDEN, **NOT_EXPORTED}
    allowed = tuple(roots)
    findings = []
    for path, text in sorted(files.items()):
        found = _scan(path, text, words)
        findings.extend(found or _foreign_imports(path, text, allowed))
    return findings


def _scan(path: str, text: str, words: Mapping[str, str]) -> list[Finding]:
    try:
        code = list(code_tokens(text))
    except LexicalError as error:
        return [Finding(path, error.line, "the text", str(error))]
    findings = []
    for position, token in enumerate(code):
        reason = _reason(code, position, words)
        if reason is not None:
            findings.append(Finding(path, token.line, token.text[:60], reason))
    return findings


def _reason(code: list[Token], position: int, words: Mapping[str, str]) -> str | None:
    token = code[position]
    following = code[position + 1].text if position + 1 < len(code) else ""
    if token.text in ("@", "attribute") and following == "[" and token.text not in words:
        odd = [name for name in _attributes(code, position + 2) if name not in _ATTRIBUTES]
        return f"with the attribute {odd[0][:60]!r}, which is not allowed" if odd else None
    if token.kind == "symbol":
        if token.text == "#" and following in _COMMANDS_WITH_HASH:
            return f"with {following!r} is a command that is not part of a proof"
        return None
    if token.text == "set_option":
        return None if following in _OPTIONS else f"sets {following[:60]!r}, which is not allowed"
    # `Lean.ofReduceBool` is as bad as `ofReduceBool`, whatever is opened.
    for part in token.text.split("."):
        if part in words:
            return words[part]
    return None


def _attributes(code: list[Token], position: int) -> list[str]:
    """The names of the attributes in the list of brackets that opened before `position`."""
    names: list[str] = []
    depth, expected = 1, True
    for token in code[position:]:
        depth += {"[": 1, "(": 1, "{": 1, "]": -1, ")": -1, "}": -1}.get(token.text, 0)
        if depth == 0:
            break
        if expected and token.text not in ("-", "←"):
            names.append(token.text)
            expected = token.text in ("scoped", "local")
        elif depth == 1 and token.text == ",":
            expected = True
    return names


def _foreign_imports(path: str, text: str, roots: tuple[str, ...]) -> list[Finding]:
    code = [token for token in code_tokens(text) if token.kind == "word"]
    findings = []
    for token, following in pairwise(code):
        if token.text != "import":
            continue
        module = following.text
        if not any(module == root or module.startswith(f"{root}.") for root in roots):
            findings.append(
                Finding(path, token.line, f"import {module[:60]}", "is neither library nor project")
            )
    return findings

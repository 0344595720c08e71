"""The review of hypotheses names every public theorem about floating point that has some."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_LIBRARY = _ROOT / "lean" / "Lemmanet" / "Float"
_REVIEW = Path(__file__).with_name("FloatReview.lean")
_SCOPE = re.compile(r"(namespace|section|end)\b[ \t]*(\S*)")
_THEOREM = re.compile(r"theorem (\S+)")
_OPEN, _CLOSE = "([{⟨⦃", ")]}⟩⦄"


def _split(text: str) -> tuple[str, str]:
    """A theorem's binders and its statement, from the text after its name."""
    depth = 0
    for position, char in enumerate(text):
        depth += (char in _OPEN) - (char in _CLOSE)
        if depth == 0 and char == ":":
            return text[:position], text[position + 1 :].partition(":=")[0]
    raise AssertionError(f"no statement in {text[:80]!r}")


def _has_hypotheses(text: str) -> bool:
    """Whether a theorem assumes something: hypotheses are named `h…`, everywhere in the library, or
    stand before an arrow."""
    binders, statement = _split(text)
    return bool(re.search(r"[({⦃](?:\w+ )*h\w*'?(?: \w+)* :", binders)) or "→" in statement


def theorems(source: str) -> dict[str, bool]:
    """The public theorems of a file by their names below `Lemmanet.Float`, and whether they have
    hypotheses."""
    found: dict[str, bool] = {}
    scopes: list[str] = []
    for line in re.finditer(r"(?m)^(?!\s).*$", source):
        if scope := _SCOPE.match(line[0]):
            if scope[1] == "end":
                if scopes:
                    scopes.pop()
            elif scope[1] == "namespace":
                scopes.append(scope[2])
        elif theorem := _THEOREM.match(line[0]):
            name = ".".join([*scopes, theorem[1]]).removeprefix("Lemmanet.").removeprefix("Float.")
            found[name] = _has_hypotheses(source[line.start() + theorem.end() :])
    return found


def _assumed() -> list[str]:
    return [
        name
        for path in sorted(_LIBRARY.glob("*.lean"))
        for name, has in theorems(path.read_text(encoding="utf-8")).items()
        if has
    ]


def _named(name: str, review: str) -> bool:
    """Whether the review applies the theorem, by its name or as a method of its format."""
    method = rf"binary32\.{re.escape(name.removeprefix('Format.'))}"
    own = rf"{re.escape(name)}" + (rf"|{method}" if name.startswith("Format.") else "")
    return bool(re.search(rf"(?m)^example := (?:{own})(?![\w.'])", review))


def test_theorems_are_found() -> None:
    source = "namespace A\ntheorem b {x : Nat} (hx : 0 < x) : 0 ≤ x := by\n  omega\nend A\n"
    assert theorems(source) == {"A.b": True}
    assert theorems("theorem b (x : Nat) : 0 ≤ x := h\n") == {"b": False}
    assert theorems("theorem b : ∀ x, 0 < x → 0 ≤ x := h\n") == {"b": True}
    assert theorems("private theorem b (h : 0 < x) : 0 ≤ x := h\n") == {}
    assert len(_assumed()) > 100


@pytest.mark.parametrize("name", _assumed())
def test_every_hypothesis_is_reviewed(name: str) -> None:
    assert _named(name, _REVIEW.read_text(encoding="utf-8")), f"{name} is not in FloatReview.lean"


def test_a_missing_theorem_is_noticed() -> None:
    review = "example := Datum.addition_toRat rfl\n"
    assert _named("Datum.addition_toRat", review)
    assert not _named("Datum.addition", review)
    assert not _named("Datum.subtraction_toRat", review)

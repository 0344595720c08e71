"""Splitting Lean text: what counts as code is what Lean would take for code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.check.lean_text import LexicalError, code_tokens, tokens


def words(text: str) -> list[str]:
    return [token.text for token in code_tokens(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def a := 1", ["def", "a", ":", "=", "1"]),
        ("-- axiom\nb", ["b"]),
        ("/- axiom /- nested -/ still -/ b", ["b"]),
        ("/-- axiom -/ b", ["b"]),
        ("/-/ axiom -/ b", ["b"]),
        ('"axiom" b', ["b"]),
        (r'"\"axiom" b', ["b"]),
        ('r#"axiom " still"# b', ["b"]),
        ("'\"' axiom", ["axiom"]),
        (r"'\'' axiom", ["axiom"]),
        ("x' axiom", ["x'", "axiom"]),
        ("«axiom» b", ["«axiom»", "b"]),
        ("Lean.ofReduceBool", ["Lean.ofReduceBool"]),
        ('s!"{f {x} sorry}" b', ["s!", "f", "x", "sorry", "b"]),
        ('"{sorry}" b', ["b"]),
        ("0x1F 2^3", ["0x1F", "2", "^", "3"]),
    ],
)
def test_code(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_lines_count_from_one() -> None:
    assert [(t.text, t.line) for t in tokens("a\n/-\n-/ b\n  c")] == [
        ("a", 1),
        ("/-\n-/", 2),
        ("b", 3),
        ("c", 4),
    ]


@pytest.mark.parametrize("text", ["/- open", '"open', 'r#"open"', "/- /- -/", '"\\'])
def test_what_does_not_end_is_refused(text: str) -> None:
    with pytest.raises(LexicalError, match="line 1"):
        list(tokens(text))


@given(st.text(alphabet="ax/-\"\\'«» \n#r{}!"))
def test_any_text_is_split_or_refused(text: str) -> None:
    try:
        found = list(tokens(text))
    except LexicalError:
        return
    assert "".join(token.text for token in found).replace(" ", "").replace("\n", "") == "".join(
        text.split()
    )

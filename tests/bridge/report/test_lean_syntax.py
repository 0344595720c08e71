"""The Lean tokenizer: never loses a character, and tells the kinds apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.report.lean_syntax import TokenKind, tokenize

_FRAGMENTS = st.sampled_from(
    ["/-", "-/", "--", '"', "\\", "'", "«", "»", "@[", "]", "#eval", "0x1F", "∀", "x.y", "\n", " "]
)


@given(st.lists(st.one_of(st.text(max_size=5), _FRAGMENTS)).map("".join))
def test_tokens_join_to_the_source(source: str) -> None:
    tokens = list(tokenize(source))
    assert "".join(token.text for token in tokens) == source
    assert all(token.text for token in tokens)


@pytest.mark.parametrize(
    ("source", "kind", "text"),
    [
        ("theorem Digits.robust : True", TokenKind.KEYWORD, "theorem"),
        ("theorem Digits.robust : True", TokenKind.DECLARED, "Digits.robust"),
        ("theorem /- note -/ robust", TokenKind.DECLARED, "robust"),
        ("theorem «odd name» : True", TokenKind.DECLARED, "«odd name»"),
        ("x : Tensor ℚ [64]", TokenKind.TYPE, "Tensor"),
        ("x : Tensor ℚ [64]", TokenKind.TYPE, "ℚ"),
        ("x : Tensor ℚ [64]", TokenKind.NUMBER, "64"),
        ("n = 0xDEAD_beef", TokenKind.NUMBER, "0xDEAD_beef"),
        ("1.5e-3", TokenKind.NUMBER, "1.5e-3"),
        ("∀ x, f x₁ = 0", TokenKind.KEYWORD, "∀"),
        ("∀ x, f x₁ = 0", TokenKind.IDENTIFIER, "x₁"),
        ("fun λ x", TokenKind.KEYWORD, "λ"),
        ("a -- theorem\nb", TokenKind.COMMENT, "-- theorem"),
        ("/- a /- b -/ c -/ d", TokenKind.COMMENT, "/- a /- b -/ c -/"),
        ("/-- never closed", TokenKind.COMMENT, "/-- never closed"),
        (r'"a \" theorem" x', TokenKind.STRING, r'"a \" theorem"'),
        ('"never closed', TokenKind.STRING, '"never closed'),
        (r"'\n' x", TokenKind.STRING, r"'\n'"),
        ("x' = x", TokenKind.IDENTIFIER, "x'"),
        ("@[simp] theorem", TokenKind.KEYWORD, "@[simp]"),
        ("#print axioms t", TokenKind.KEYWORD, "#print"),
        ("Sound.margins_sound h", TokenKind.IDENTIFIER, "Sound.margins_sound"),
        ("x ≤ y", TokenKind.SYMBOL, "≤"),
    ],
)
def test_kinds(source: str, kind: TokenKind, text: str) -> None:
    assert (kind, text) in list(tokenize(source))


def test_hostile_nesting_is_linear() -> None:
    source = "/-" * 50_000 + '"' + "\\" * 50_000
    assert "".join(token.text for token in tokenize(source)) == source

"""Binding on its own, without the comparison of bytes: a fault of the exporter cannot hide."""

from __future__ import annotations

import re

import pytest

from bridge.check.binding import compare_properties, compare_weights
from bridge.check.bundle import Bundle
from bridge.check.constants import LeanBox
from bridge.check.lean_text import code_tokens
from bridge.check.statements import PropertyFile, compare_property
from bridge.export.formulas import formula_text
from certificates import And, Formula, LinearAtom, LinearConstraints, Or

from .conftest import altered


def test_an_honest_project_has_no_differences(bundle: Bundle) -> None:
    assert compare_weights(bundle) == []
    assert compare_properties(bundle) == {
        "good": [],
        "bad": [],
        "outputs": [],
        "linear": [],
    }


@pytest.mark.parametrize(
    ("path", "pattern", "replacement", "message"),
    [
        (
            "Weights/Linear.lean",
            r"(0x[0-9a-f]*?)[0-8]",
            r"\g<1>9",
            "linear_.* is not the parameter",
        ),
        ("Weights/Linear.lean", r"den := [^\n]*", "den := 2 ^ 20", "is not the parameter"),
        ("Weights/Linear.lean", r"den := [^\n]*", "den := 3 ^ 99999", "is not the parameter"),
        ("Weights/Linear.lean", r"den := [^\n]*", "den := 2 ^ 9999999", "too large"),
        ("Weights/Linear.lean", r"Const \[4, 5\]", "Const [5, 4]", "shape"),
        ("Weights/Affine.lean", r"affine_scale", "affine_scalf", "missing from the Lean"),
        ("Weights/Affine.lean", r"affine_scale", "affine_scalf", "belongs to no parameter"),
        ("Weights/Linear.lean", r"linear_weight", "linear_2_weight", "defined in two files"),
        ("Weights/Linear.lean", r"width := \d+", "width := 0", "must be positive"),
    ],
)
def test_weights(bundle: Bundle, path: str, pattern: str, replacement: str, message: str) -> None:
    changed = altered(
        bundle, f"Tiny/{path}", lambda text: re.sub(pattern, replacement, text, count=1)
    )
    problems = compare_weights(changed)
    assert any(re.search(message, problem) for problem in problems), problems


@pytest.mark.parametrize(
    ("claim", "pattern", "replacement", "message"),
    [
        ("good", r"good_center 1 100", "good_center 1 101", "radius"),
        ("good", r"good_center 1 100", "good_center (-1) 100", "radius"),
        ("good", r"good_center 1 100", "bad_centre 1 100", "center"),
        ("good", r"(good_center.*?den := 2 \^ )\d+", r"\g<1>30", "center of good differs"),
        ("good", r"\(some \(\(0, 1\), \(1, 1\)\)\)", "none", "limits"),
        ("good", r"\(some \(\(0, 1\)", "(some ((-1, 1)", "limits of good differ"),
        ("good", r"Near ", "NearL1 ", "norm of good differs"),
        ("good", r"Near ", "NearL3 ", "not of the form"),
        ("good", r"Wins (\d)", "Wins 7", "label"),
        ("good", r"x → Wins", "x → ¬ Wins", "not of the form"),
        ("good", r"Tensor α \[4\]", "Tensor α [5]", "not of the form"),
        ("bad", r"x ∧ ¬ Wins", "x ∧ Wins", "not of the form"),
        ("bad", r"∃ x", "∀ x", "not of the form"),
        ("outputs", r"outputs_input\.Mem", "linear_input.Mem", "not of the form"),
        ("outputs", r"(outputs_input.*?den := )\d+", r"\g<1>3", "box outputs_input differs"),
        ("outputs", r"\.and", ".or", "formula outputs_safe differs"),
        ("linear", r"\(1, 0\), \(-2, 1\)", "(-1, 0), (2, 1)", "formula linear_safe differs"),
        ("linear", r"\(1, 0\), \(-2, 1\)", "(1, 1), (-2, 0)", "formula linear_safe differs"),
        ("linear", r"\[\(1, 0\), \(-2, 1\)\] 14 3", "[(3, 0), (-6, 1)] 14 1", None),
        ("linear", r"14 3", "14 0", "denominator"),
        ("linear", r"14 3", "14 3 3", "expected|more text"),
        ("linear", r"def linear : Prop", "def linea : Prop", "does not define"),
    ],
)
def test_properties(
    bundle: Bundle, claim: str, pattern: str, replacement: str, message: str | None
) -> None:
    def change(text: str) -> str:
        head, mark, tail = text.partition(f"{claim}_")
        return head + re.sub(pattern, replacement, mark + tail, count=1, flags=re.DOTALL)

    problems = compare_properties(altered(bundle, "Tiny/Property.lean", change))[claim]
    if message is None:
        assert problems == [], "a multiple of an inequality says the same"
    else:
        assert any(re.search(message, problem) for problem in problems), problems


def formula_file(body: str) -> PropertyFile:
    box = LeanBox((1,), 1, (0,), (1,))
    text = (
        "∀ ( α : Type ) [ OrderedField α ] [ DecidableLE α ] , ( ∀ ( x : Tensor α [ 1 ] ) , "
        "p_input.Mem x → p_safe.Holds ( model.run x ) )"
    )
    return PropertyFile({}, {"p_input": box}, {"p": text, "p_safe": body})


def compare(body: str, formula: Formula) -> list[str]:
    prop = LinearConstraints([0], [1], formula, name="p")
    return compare_property(formula_file(body), "p", "holds", prop, {0: "p"}, (1,))


def tokens(text: str) -> str:
    return " ".join(token.text for token in code_tokens(text))


def test_long_formulas_are_read() -> None:
    parts = tuple(LinearAtom.of({0: 1}, n) for n in range(1, 2000))
    for formula in (And(parts), Or(parts)):
        body = tokens(formula_text(formula))
        assert compare(body, formula) == []
        assert compare(body.replace("1999", "2999"), formula) == [
            "the formula p_safe differs from the property"
        ]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("( " * 5000 + ". le [ ( 1 , 0 ) ] 1 1", "is expected"),
        (". and ( " * 5000 + ". le [ ( 1 , 0 ) ] 1 1", "nested too deeply"),
        (". le [ ( 1 , 0 ) ] " + "9" * 5000 + " 1", "differs"),
        (". le [ ( 1 , 0 ) ] 1 1 1", "the end is expected"),
        (". le [ ( ( - 1 ) , 0 ) ] 1 1", "differs"),
        (". le [ ( ( 1 ) , 0 ) ] 1 1", "is expected"),
        (". lee [ ( 1 , 0 ) ] 1 1", "not part of a formula"),
        (". le [ ( 1 , ٣ ) ] 1 1", "a number is expected"),
        ("", "is expected"),
    ],
)
def test_hostile_formulas(body: str, message: str) -> None:
    (problem,) = compare(body, LinearAtom.of({0: 1}, 1))
    assert message in problem
    assert len(problem) < 200


def test_hostile_numbers_of_a_statement(bundle: Bundle) -> None:
    for digits in ("9" * 5000, "٣"):
        changed = altered(
            bundle,
            "Tiny/Property.lean",
            lambda text, digits=digits: text.replace("Wins ", f"Wins {digits}", 1),
        )
        assert compare_properties(changed)["good"]

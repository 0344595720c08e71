"""Statements: exact numbers, canonical cases, text, JSON, hashes, and refusals in one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.properties import (
    And,
    Box,
    Formula,
    LinearAtom,
    LinearConstraints,
    Or,
    OutputBox,
    Property,
    Robust,
    atoms,
    describe,
    formula_text,
    load_property,
    property_from_json,
    rational,
    readable,
    save_property,
)
from runtime.errors import InputError, UnsupportedError

RATIONALS = st.fractions(min_value=-5, max_value=5, max_denominator=12)
ATOMS = st.builds(
    LinearAtom.of,
    st.dictionaries(st.integers(0, 2), RATIONALS.filter(bool), min_size=1),
    RATIONALS,
    strict=st.booleans(),
)
PARTS = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner, min_size=1, max_size=3).flatmap(
        lambda parts: st.sampled_from([And(tuple(parts)), Or(tuple(parts))])
    ),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("given_value", "value"),
    [
        (0.02, Fraction(1, 50)),
        (np.float64(0.1), Fraction(1, 10)),
        (np.float32(0.1), Fraction(13421773, 134217728)),
        ("3/100", Fraction(3, 100)),
        (" -1.5e-3 ", Fraction(-3, 2000)),
        (Decimal("0.30"), Fraction(3, 10)),
        (np.int64(7), Fraction(7)),
        (2, Fraction(2)),
        (Fraction(1, 3), Fraction(1, 3)),
    ],
)
def test_numbers_mean_what_they_say(given_value: object, value: Fraction) -> None:
    assert rational(given_value, "x") == value


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        np.float32("nan"),
        True,
        None,
        [],
        "",
        "1/0",
        "1e9999",
        "0x1",
        "١",
        "1_000",
        Decimal("NaN"),
        "9" * 5000,
        1j,
    ],
)
def test_other_things_are_not_numbers(value: object) -> None:
    with pytest.raises(InputError, match="eps"):
        rational(value, "eps")


def test_robustness_becomes_one_case(mlp) -> None:
    prop = Robust([0.5, 0.99, 0.0], 0.02, label=1, name="digit 4").bind(mlp([3, 3]))
    (case,) = prop.cases
    assert case.box.lo == (Fraction(12, 25), Fraction(97, 100), 0)
    assert case.box.hi == (Fraction(13, 25), 1, Fraction(1, 50))
    assert list(atoms(case.safe)) == [
        LinearAtom.of({0: 1, 1: -1}, 0, strict=True),
        LinearAtom.of({2: 1, 1: -1}, 0, strict=True),
    ]
    assert describe(prop) == (
        "for every x with |x - center| <= 1/50 in each coordinate and 0 <= x <= 1: "
        "y_1 exceeds every other output"
    )


def test_binding_changes_neither_hash_nor_json(mlp) -> None:
    prop = Robust([0.5] * 3, "1/8", label=0)
    bound = prop.bind(mlp([3, 4]))
    assert bound.sha256() == prop.sha256()
    assert bound.to_json() == prop.to_json()
    with pytest.raises(InputError, match="bind"):
        _ = prop.cases
    with pytest.raises(InputError, match="bound to 4"):
        bound.check_against(mlp([3, 5]))


def test_any_shape_is_flattened_row_by_row() -> None:
    image = np.arange(6, dtype=np.float32).reshape(1, 2, 3) / 8
    assert Robust(image, 0, label=0).robust == Robust(image.ravel().tolist(), 0, label=0).robust


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Robust([0.5], -1, label=0), "eps"),
        (lambda: Robust([0.5], float("nan"), label=0), "eps"),
        (lambda: Robust([0.5, float("nan")], 0, label=0), r"center\[1\]"),
        (lambda: Robust([], 0, label=0), "center"),
        (lambda: Robust("abc", 0, label=0), "center"),
        (lambda: Robust(0.5, 0, label=0), "center"),
        (lambda: Robust([0.5], 0, label=-1), "label"),
        (lambda: Robust([0.5], 0, label=0.5), "label"),
        (lambda: Robust([0.5], 0, label=True), "label"),
        (lambda: Robust([0.5], 0, label=0, clip=(1, 0)), "clip"),
        (lambda: Robust([0.5], 0, label=0, clip=3), "clip"),
        (lambda: Robust([5], "1/2", label=0), "empty"),
        (lambda: Robust([0.5], 0, label=0, name=""), "name"),
        (lambda: Robust([0.5], 0, label=0, name="a\nb"), "name"),
        (lambda: OutputBox([1], [0], [0], [1]), "x_0"),
        (lambda: OutputBox([0], [1, 2], [0], [1]), "lower"),
        (lambda: OutputBox([0], [1], [2], [1]), "y_0"),
        (lambda: OutputBox([0], [1], [0], [1, 2]), "one of each"),
        (lambda: OutputBox([0], [1], [None], [None]), "nothing"),
        (lambda: LinearAtom.of({}, 0), "no output"),
        (lambda: LinearAtom.of({0: 0}, 0), "no output"),
        (lambda: LinearAtom.of({-1: 1}, 0), "sorted"),
        (lambda: LinearAtom(((1, Fraction(1)), (0, Fraction(1))), Fraction(0)), "sorted"),
        (lambda: And(()), "parts"),
        (lambda: Or(()), "parts"),
        (lambda: Box((), ()), "0 coordinates"),
        (lambda: Property("p", "linear"), "either"),
    ],
)
def test_bad_statements(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        make()
    assert str(caught.value).count("\n") == 0


def test_other_norms_are_refused_by_name() -> None:
    with pytest.raises(UnsupportedError, match="'l3'"):
        Robust([0.5], 0, label=0, norm="l3")


def test_properties_of_other_models(mlp) -> None:
    graph = mlp([3, 4])
    for prop, message in (
        (Robust([0.5] * 2, 0, label=0), "2 input coordinates, but the model has 3"),
        (Robust([0.5] * 3, 0, label=4), "label is 4, but the model has 4 outputs"),
        (OutputBox([0] * 3, [1] * 3, [0] * 5, [1] * 5), "mentions y_4"),
        (OutputBox([0] * 2, [1] * 2, [0], [1]), "2 input coordinates"),
    ):
        with pytest.raises(InputError, match=message):
            prop.check_against(graph)
        with pytest.raises(InputError, match=message):
            prop.bind(graph)
    with pytest.raises(InputError, match="two outputs"):
        Robust([0.5] * 3, 0, label=0).bind(mlp([3, 1]))


@settings(deadline=None)
@given(PARTS, st.lists(RATIONALS, min_size=3, max_size=3))
def test_negation_is_the_opposite_everywhere(formula: Formula, y: list[Fraction]) -> None:
    assert formula.negate().holds(y) == (not formula.holds(y))
    assert formula.negate().negate() == formula


@settings(deadline=None)
@given(PARTS, st.lists(RATIONALS, min_size=2, max_size=2))
def test_json_round_trip(formula: Formula, corner: list[Fraction]) -> None:
    prop = LinearConstraints(corner, [v + 1 for v in corner], formula, name="p")
    again = property_from_json(json.loads(json.dumps(prop.to_json())))
    assert again == prop
    assert again.sha256() == prop.sha256()


def test_files_and_hashes(tmp_path: Path) -> None:
    prop = Robust(np.float32([0.1, 0.7]), "0.03", label=1, name="seven")
    save_property(prop, tmp_path / "p.json")
    assert load_property(tmp_path / "p.json") == prop
    renamed = Robust(np.float32([0.1, 0.7]), "3/100", label=1, name="eight")
    assert renamed.sha256() == prop.sha256()
    for other in (
        Robust(np.float32([0.1, 0.7]), "0.031", label=1),
        Robust(np.float32([0.1, 0.7]), "0.03", label=0),
        Robust(np.float32([0.1, 0.8]), "0.03", label=1),
        Robust(np.float32([0.1, 0.7]), "0.03", label=1, clip=None),
    ):
        assert other.sha256() != prop.sha256()


def test_a_handwritten_file_keeps_its_decimals(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text(
        '{"format": "lemmanet.property/1", "kind": "robust", "name": "by hand", "robust": '
        '{"center": [0.1, "1/3", 1], "eps": 0.0000000000000000000000001, "norm": "linf", '
        '"label": 0, "clip": null}}'
    )
    data = load_property(path).robust
    assert data.center == (Fraction(1, 10), Fraction(1, 3), 1)
    assert data.eps == Fraction(1, 10**25)


GOOD = Robust([0.5], "1/8", label=0).to_json()
CASE = {
    "lo": ["0"],
    "hi": ["1"],
    "safe": {"atom": {"coefficients": [[0, "1"]], "bound": "1", "strict": False}},
}
LINEAR = {"format": GOOD["format"], "kind": "linear", "name": "p", "cases": [CASE]}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "format"),
        ({}, "format"),
        (GOOD | {"format": "lemmanet.property/2"}, "format"),
        (GOOD | {"kind": "other"}, "kind"),
        (GOOD | {"kind": "linear"}, "robust"),
        (GOOD | {"cases": [CASE]}, "cases"),
        (GOOD | {"extra": 1}, "extra"),
        (GOOD | {"robust": GOOD["robust"] | {"norm": "l3"}}, "norm"),
        (GOOD | {"robust": GOOD["robust"] | {"label": -1}}, "label"),
        (GOOD | {"robust": GOOD["robust"] | {"eps": "x"}}, "eps"),
        (GOOD | {"robust": GOOD["robust"] | {"center": []}}, "center"),
        (LINEAR | {"cases": []}, "cases"),
        (LINEAR | {"kind": "robust"}, "robust"),
        (LINEAR | {"cases": [CASE | {"lo": ["2"]}]}, "empty"),
        (LINEAR | {"cases": [CASE | {"lo": ["0", "0"]}]}, "lower"),
        (LINEAR | {"cases": [CASE | {"safe": {}}]}, "formula"),
        (LINEAR | {"cases": [CASE | {"safe": {"not": []}}]}, "formula"),
        (LINEAR | {"cases": [CASE | {"safe": {"and": []}}]}, "parts"),
        (LINEAR | {"cases": [CASE | {"safe": {"atom": {"bound": "1"}}}]}, "atom"),
        (LINEAR | {"cases": [CASE, CASE | {"lo": ["0", "0"], "hi": ["1", "1"]}]}, "sizes"),
    ],
)
def test_other_json_is_refused(value: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        property_from_json(value)


def test_deep_formulas_are_refused() -> None:
    safe: dict[str, object] = CASE["safe"]
    for _ in range(5000):
        safe = {"and": [safe]}
    with pytest.raises(InputError, match="nested"):
        property_from_json(LINEAR | {"cases": [CASE | {"safe": safe}]})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(3, 100), "3/100"),
        (Fraction(-5), "-5"),
        (Fraction(29999999329447746, 10**18), "0.029999999329447746"),
        (Fraction(-1, 1024), "-1/1024"),
        (Fraction(1, 3 * 10**9), "≈3.33333e-10"),
    ],
)
def test_numbers_for_people(value: Fraction, text: str) -> None:
    assert readable(value) == text


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (LinearAtom.of({3: 1, 0: -1}, 0, strict=True), "y_3 < y_0"),
        (LinearAtom.of({0: -1}, -2), "y_0 >= 2"),
        (LinearAtom.of({0: -2}, 1, strict=True), "2*y_0 > -1"),
        (LinearAtom.of({0: 2, 1: -1}, "1/3"), "2*y_0 - y_1 <= 1/3"),
        (
            Or(
                (
                    LinearAtom.of({0: 1}, 1),
                    And((LinearAtom.of({1: 1}, 2), LinearAtom.of({2: 1}, 3))),
                )
            ),
            "y_0 <= 1 or (y_1 <= 2 and y_2 <= 3)",
        ),
    ],
)
def test_formulas_for_people(formula: Formula, text: str) -> None:
    assert formula_text(formula) == text

"""VNN-LIB files: exact numbers, cases, and clear refusals."""

from __future__ import annotations

import contextlib
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.importers.vnnlib import from_vnnlib
from certificates.properties import And, LinearAtom, Or, describe
from runtime.errors import InputError, UnsupportedError
from runtime.graph import Graph, GraphBuilder, Linear, Provenance

DECLARED = "".join(f"(declare-const {v} Real)\n" for v in ("X_0", "X_1", "Y_0", "Y_1"))
BOX = "".join(f"(assert (<= X_{i} 0.5))(assert (>= X_{i} -0.25))\n" for i in range(2))
GOOD = DECLARED + BOX + "(assert (<= Y_0 Y_1))\n"
GOOD2 = """(vnnlib-version <2.0>)
(declare-network f (declare-input X Real [1,2]) (declare-output Y Real [2]))
(assert (and (<= X[0,0] 0.5) (>= X[0,0] -0.25) (<= X[0,1] 0.5) (>= X[0,1] -0.25)))
(assert (<= Y[0] Y[1]))
"""


def network(inputs: int = 2, outputs: int = 2) -> Graph:
    builder = GraphBuilder("m")
    x = builder.input((inputs,))
    weight = np.zeros((outputs, inputs), np.float32)
    y = builder.add(Linear(weight, np.zeros(outputs, np.float32)), x)
    return builder.build(y, Provenance("runtime"))


def read(tmp_path: Path, text: str, graph: Graph | None = None):
    path = tmp_path / "p.vnnlib"
    path.write_text(text, encoding="utf-8")
    return from_vnnlib(path, graph or network())


@pytest.mark.parametrize("text", [GOOD, GOOD2])
def test_the_safe_formula_is_the_negation_of_the_violation(tmp_path: Path, text: str) -> None:
    prop = read(tmp_path, text)
    (case,) = prop.cases
    assert case.box.lo == (Fraction(-1, 4),) * 2
    assert case.box.hi == (Fraction(1, 2),) * 2
    assert case.safe == LinearAtom.of({0: -1, 1: 1}, 0, strict=True)
    assert prop.kind == "vnnlib"
    assert describe(prop).endswith("y_1 < y_0")


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("0.029999999329447746", Fraction(29999999329447746, 10**18)),
        ("1e-3", Fraction(1, 1000)),
        ("+2.5E1", Fraction(25)),
        ("(- 0.5)", Fraction(-1, 2)),
        ("(+ 0.5 (* 2 0.25))", Fraction(1)),
        (".5", Fraction(1, 2)),
    ],
)
def test_numbers_are_exact(tmp_path: Path, number: str, value: Fraction) -> None:
    text = DECLARED + f"(assert (<= X_0 {number}))" + "(assert (>= X_0 -9))"
    text += "(assert (= X_1 0.1)) ; both bounds\n(assert (< (* 2 Y_0) 3))"
    (case,) = read(tmp_path, text).cases
    assert case.box.hi == (value, Fraction(1, 10))
    assert case.box.lo == (Fraction(-9), Fraction(1, 10))
    assert case.safe == LinearAtom.of({0: -2}, -3)


def test_version_2_keeps_the_digits(tmp_path: Path) -> None:
    digits = "0.123456789012345678901234567890"
    text = GOOD2.replace("<= X[0,0] 0.5", f"<= X[0,0] {digits}").replace("Real", "float32")
    text = text.replace("(<= Y[0] Y[1])", "(or (> (* 2.0 Y[0]) (- Y[1] 1.5)) (== Y[0] 1.0))")
    (case,) = read(tmp_path, text).cases
    assert case.box.hi[0] == Fraction(digits)
    # ¬(2 y0 > y1 − 3/2 ∨ y0 = 1)
    assert isinstance(case.safe, And)
    assert case.safe.parts[0] == LinearAtom.of({0: 2, 1: -1}, "-1.5")
    assert isinstance(case.safe.parts[1], Or)


def test_several_boxes_and_mixed_disjunctions(tmp_path: Path) -> None:
    low = "(<= X_0 0) (>= X_0 -1)"
    high = "(<= X_0 2) (>= X_0 1)"
    text = DECLARED + "(assert (<= X_1 1))(assert (>= X_1 0))"
    boxes = read(tmp_path, text + f"(assert (or (and {low}) (and {high})))(assert (<= Y_0 0))")
    assert [(c.box.lo[0], c.box.hi[0]) for c in boxes.cases] == [(-1, 0), (1, 2)]
    assert boxes.cases[0].safe == boxes.cases[1].safe
    mixed = read(tmp_path, text + f"(assert (or (and {low} (<= Y_0 0)) (and {high} (>= Y_1 5))))")
    assert mixed.cases[0].safe == LinearAtom.of({0: -1}, 0, strict=True)
    assert mixed.cases[1].safe == LinearAtom.of({1: 1}, 5, strict=True)
    # One of the two combinations allows no input; it needs no case.
    cut = text + f"(assert (or (and {low}) (and {high})))(assert (<= X_0 0))(assert (<= Y_0 0))"
    assert len(read(tmp_path, cut).cases) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "declares 0 inputs"),
        (GOOD + "(", "not closed"),
        (GOOD + ")", "without its"),
        (GOOD + "X_0", "outside of parentheses"),
        (GOOD + "(" * 500, "nested"),
        (GOOD + "(push 1)", "push"),
        (GOOD + "(declare-const Z Real)", "'Z'"),
        (GOOD + "(declare-const X_0 Real)", "X_0"),
        (GOOD + "(declare-const X_2 Real)", "the model has 2 inputs"),
        (DECLARED.replace("X_1", "X_01") + BOX, "X_01"),
        (GOOD.replace("Real", "Int"), "Real"),
        (GOOD + "(assert (not (<= Y_0 0)))", "not"),
        (GOOD + "(assert (=> (<= Y_0 0) (<= Y_1 0)))", "=>"),
        (GOOD + "(assert (or))", "no parts"),
        (GOOD + "(assert (<= Y_0 Y_7))", "Y_7"),
        (GOOD + "(assert (<= Y_0 nan))", "nan"),
        (GOOD + "(assert (<= Y_0 1e999999999))", "number"),
        (GOOD + "(assert (<= Y_0 0x10))", "number"),
        (GOOD + "(assert (<= Y_0 X_0))", "inputs with outputs"),
        (GOOD + "(assert (<= (+ X_0 X_1) 1))", "X_0 and X_1"),
        (GOOD + "(assert (<= 0 1))", "no variable"),
        (GOOD + "(assert (<= (* Y_0 Y_1) 1))", "not linear"),
        (GOOD + "(assert (<= (/ Y_0 2) 1))", "not supported"),
        (GOOD + "(assert (< X_0 0.1))", "strict bound"),
        (DECLARED + BOX.replace("(assert (>= X_1 -0.25))", "") + "(assert (<= Y_0 0))", "X_1"),
        (GOOD + "(assert (<= X_0 -1))", "empty"),
        (DECLARED + BOX, "nothing about the outputs"),
        (GOOD2.replace("[1,2]", "[3]").replace("[0,", "["), "3 elements"),
        (GOOD2 + "(assert (!= Y[0] Y[1]))", "not supported"),
        (GOOD2 + "(assert (<= Y[0] Z[1]))", "Z"),
        (GOOD2 + "(assert (<= Y[0] Y[9]))", "out of bounds"),
        (GOOD2 + "(assert " + "(and " * 200_000, "nested"),
        (GOOD2 + '(assert "a;" ' + "(and " * 200_000, "string"),
        (GOOD2.replace("[1,2]", "[1,99999999999999999999]"), "2.0"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)
    assert "p.vnnlib" in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        from_vnnlib(tmp_path / "missing.vnnlib", network())
    path = tmp_path / "bytes.vnnlib"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        from_vnnlib(path, network())


def test_too_many_boxes_are_refused(tmp_path: Path) -> None:
    choice = "(assert (or (<= X_0 1) (<= X_0 2) (<= X_0 3) (<= X_0 4)))"
    with pytest.raises(UnsupportedError, match="boxes"):
        read(tmp_path, GOOD + choice * 12)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet='()<=>XY_01.-e assertornd;"|', max_size=60), st.booleans())
def test_noise_gives_an_input_error_or_a_property(
    tmp_path_factory: pytest.TempPathFactory, noise: str, second: bool
) -> None:
    folder = tmp_path_factory.mktemp("noise")
    with contextlib.suppress(InputError):
        prop = read(folder, (GOOD2 if second else GOOD) + noise)
        assert prop.cases[0].box.lo[0] >= Fraction(-1, 4)


def test_all_competition_files_parse_quickly(vnncomp: Path) -> None:
    paths = sorted(vnncomp.rglob("*.vnnlib"))
    assert len(paths) == 42
    for path in paths:
        inputs, outputs = (5, 5) if "acasxu" in path.parts else (784, 10)
        if "cifar10_resnet" in path.parts:
            inputs = 3072
        graph = network(inputs, outputs)
        seconds = []
        for _ in range(3):  # the least: others may be at work on the same processor
            start = time.process_time()
            prop = from_vnnlib(path, graph)
            seconds.append(time.process_time() - start)
        assert min(seconds) < (1.0 if inputs == 3072 else 0.2)
        assert len(prop.cases) == (2 if path.name == "prop_6.vnnlib" else 1)
        assert prop.input_size == inputs

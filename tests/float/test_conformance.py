"""Lean's floating point against the processor's, bit by bit; sweep.py does the same at length."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bridge import toolchain
from bridge.toolchain import Toolchain
from tests.float import exact, exact_trials, reference
from tests.float.evaluator import evaluate
from tests.float.operands import BFLOAT16, BINARY32, BINARY64, sample
from tests.float.trials import arithmetic, conversions, directed, half_precision, ordering

pytestmark = pytest.mark.lean


@pytest.fixture(scope="module")
def lean() -> Toolchain:
    return toolchain.select()


def test_operations_agree_with_the_processor(lean: Toolchain, tmp_path) -> None:
    trials = [
        *arithmetic(BINARY32, seed=1, count=600, spread=0),
        *arithmetic(BINARY64, seed=2, count=200, spread=0),
        *directed(BINARY32, seed=3, count=200),
        *ordering(BINARY32, spread=0),
        *conversions(seed=4, count=500),
        *half_precision(step=127),
    ]
    assert evaluate(lean, tmp_path, trials) == []


def test_operations_agree_with_exact_arithmetic(lean: Toolchain, tmp_path) -> None:
    trials = [
        *exact_trials.arithmetic(BINARY32, seed=1, count=60),
        *exact_trials.arithmetic(BFLOAT16, seed=2, count=60),
        *exact_trials.decimals(BINARY32, seed=3, count=60),
        *exact_trials.texts(BINARY32, seed=4, count=60),
        *exact_trials.texts(BINARY64, seed=5, count=40),
        *exact_trials.integers(BINARY32, seed=6, count=40),
        *exact_trials.processor_flags(seed=7, count=400),
    ]
    assert evaluate(lean, tmp_path, trials) == []


def test_the_exact_reference_agrees_with_the_processor() -> None:
    x, y, _ = sample(BINARY32, 8, 3000)
    for name, function in (("addition", np.add), ("multiplication", np.multiply)):
        answers = reference.apply(BINARY32, function, x, y).tolist()
        operation = getattr(exact, name)
        rows = zip(x.tolist(), y.tolist(), strict=True)
        assert [operation(BINARY32, "tiesToEven", *row)[0] for row in rows] == answers


def test_a_difference_is_found(lean: Toolchain, tmp_path) -> None:
    trial = arithmetic(BINARY32, seed=5, count=30, spread=0)[0]
    expected = trial.expected.copy()
    expected[7] ^= np.uint64(1)
    (found,) = evaluate(lean, tmp_path, [replace(trial, expected=expected)])
    assert found.got == int(trial.expected[7])
    assert found.expected == found.got ^ 1
    assert found.operands == tuple(int(column[7]) for column in trial.operands)


def test_the_fma_of_the_c_library_is_exact() -> None:
    columns = sample(BINARY64, 6, 5000)
    answers = reference.values(BINARY64, reference.library(BINARY64, "fma", *columns))
    numbers = [reference.values(BINARY64, column).tolist() for column in columns]
    exact = [reference.exact_fma(*row) for row in zip(*numbers, strict=True)]
    assert answers.tolist() == exact


@pytest.mark.skipif(not reference.HAS_DIRECTIONS, reason="directions are set on x86-64 only")
def test_the_direction_of_rounding_is_obeyed() -> None:
    one, three = (np.array([value], dtype=np.float32) for value in (1, 3))
    with reference.rounding("towardNegative"):
        below = (one / three).tolist()
    with reference.rounding("towardPositive"):
        above = (one / three).tolist()
    assert below < above

"""The tightened property: what it shows, that nothing less would do, and errors that do not fit."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from certificates.float32 import Magnitudes, loss, tighten, tightened
from certificates.properties import And, LinearAtom, LinearConstraints, Or, OutputBox, Robust, atoms
from runtime.errors import InputError

ERROR = Magnitudes(8, [1, 2, 0])


def test_robustness_becomes_margins():
    prop = Robust([0.5], "1/8", label=1, name="digit")
    tight = tighten(prop, ERROR)
    assert (tight.kind, tight.name) == ("linear", "digit")
    (case,) = tight.cases
    bounds = {atom.coefficients: (atom.bound, atom.strict) for atom in atoms(case.safe)}
    one, two = Fraction(1), Fraction(-1)
    assert bounds == {
        ((0, one), (1, two)): (Fraction(-3, 8), True),
        ((1, two), (2, one)): (Fraction(-2, 8), True),
    }
    assert case.box == prop.robust.box()


def test_strictness_and_structure_stay():
    safe = Or((And((LinearAtom.of({0: 2, 2: -5}, 1),)), LinearAtom.of({1: -3}, 0, strict=True)))
    found = tightened(safe, ERROR)
    assert found == Or(
        (
            And((LinearAtom.of({0: 2, 2: -5}, Fraction(3, 4)),)),
            LinearAtom.of({1: -3}, Fraction(-3, 4), strict=True),
        )
    )


@pytest.mark.parametrize("seed", range(30))
def test_the_tightened_formula_shows_the_formula_of_every_run(seed):
    rng = np.random.default_rng(seed)
    coefficients = {i: Fraction(int(c), 4) for i, c in enumerate(rng.integers(-8, 9, 3)) if c}
    atom = LinearAtom.of(coefficients or {0: 1}, int(rng.integers(-2, 3)), strict=seed % 2 == 0)
    tight = tightened(atom, ERROR)
    # An output on the edge of the tightened inequality, or just inside; then the worst run.
    index, c = atom.coefficients[0]
    y = [Fraction(int(v), 3) for v in rng.integers(-9, 10, 3)]
    value = sum(d * y[i] for i, d in atom.coefficients)
    y[index] += (tight.bound - value) / c
    errors = ERROR.values()
    signs = {i: 1 if d > 0 else -1 for i, d in atom.coefficients}
    worst = [v + signs.get(i, 1) * errors[i] for i, v in enumerate(y)]
    assert tight.holds(y) == (not atom.strict)
    assert atom.holds(worst) == (not atom.strict)
    assert sum(d * worst[i] for i, d in atom.coefficients) == atom.bound
    beyond = [v + signs.get(i, 0) * Fraction(1, 1000) for i, v in enumerate(worst)]
    assert not atom.holds(beyond)


def test_other_kinds_keep_their_kind():
    box = OutputBox([0], [1], [-1, None, None], [1, None, None])
    assert tighten(box, ERROR).kind == "output-box"
    assert tighten(box, ERROR).cases[0].safe.parts[1].bound == Fraction(7, 8)


def test_an_error_of_another_size_is_refused():
    with pytest.raises(InputError, match="y_3"):
        loss(LinearAtom.of({3: 1}, 0), ERROR)
    with pytest.raises(InputError, match="y_5"):
        tighten(LinearConstraints([0], [1], LinearAtom.of({5: 1}, 0)), ERROR)
    with pytest.raises(InputError, match="label is 7"):
        tighten(Robust([0.5], "1/8", label=7), ERROR)

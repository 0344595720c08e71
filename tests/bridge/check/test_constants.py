"""The independent reader of constants: exact values back, every other form refused."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.check.constants import read_boxes, read_constants
from bridge.check.lean_reader import ReadError

TEXT = """
/-- A weight. -/
@[expose] def w : Const [2, 2] where
  den := 2 ^ 3
  width := 4
  stride := 8
  line := 2
  pos := [
    0x0201,
    0x3]
  neg := [
    0,
    0x0400]

/-- A box. -/
@[expose] def b : Box [2] where
  den := 10
  width := 4
  line := 2
  lowPos := []
  lowNeg := [0x12]
  highPos := [0x12]
  highNeg := []
"""


def test_values() -> None:
    constant = read_constants(TEXT)["w"]
    assert constant.shape == (2, 2)
    assert [constant.value(k) for k in range(4)] == [Fraction(n, 8) for n in (1, 2, 3, -4)]
    box = read_boxes(TEXT)["b"]
    assert (box.den, box.lo, box.hi) == (10, (-2, -1), (2, 1))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("den := 2 ^ 3", "den := 0", "den must be positive"),
        ("den := 2 ^ 3", "den := 2 ^ 9999999", "too large"),
        ("den := 2 ^ 3", "den := x", "number is expected"),
        ("den := 2 ^ 3\n", "", "'den' is expected"),
        ("width := 4\n  stride", "width := 9\n  stride", "digits overlap"),
        ("0x0201,", "0x0201", "',' is expected"),
        ("0x0201", "0x1201", "wider than 4 bits"),
        ("0x0201", "0x010201", "bits beyond"),
        ("    0x3]", "    0x3,\n    0]", "more literals than entries"),
        ("Const [2, 2]", "Const [2, 99999999]", "too many entries"),
        ("/-- A box.", "/- A box.", None),
    ],
)
def test_other_forms_are_refused(old: str, new: str, message: str | None) -> None:
    changed = TEXT.replace(old, new, 1)
    assert changed != TEXT
    if message is None:
        assert read_constants(changed) == read_constants(TEXT)
        return
    with pytest.raises(ReadError, match=message):
        read_constants(changed)


def test_a_name_is_defined_once() -> None:
    with pytest.raises(ReadError, match="twice"):
        read_constants(TEXT + TEXT)


@given(
    st.lists(st.integers(-(2**30), 2**30), min_size=1, max_size=20),
    st.integers(1, 7),
    st.integers(0, 3),
)
def test_what_the_exporter_packs_is_read_back(values: list[int], line: int, extra: int) -> None:
    from bridge.export.environment import render_template
    from bridge.export.packing import digit_width, pack_const

    stride = digit_width(values) + 4 * extra
    packed = pack_const(values, 12, (len(values),), stride=stride, line=line)
    text = render_template(
        "weights.lean.j2",
        root="T",
        node="n",
        operator="o",
        divided=False,
        parameters=[{"name": "n_weight", "doc": "d", "value": packed}],
    )
    read = read_constants(text)["n_weight"]
    assert read.den == 12
    assert list(read.numerators) == values

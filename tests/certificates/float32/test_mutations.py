"""The exact checker of budgets says no: every number lowered, every part changed or left out."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import numpy as np
import pytest

from certificates.checker.float32 import check_budget
from certificates.float32 import Magnitudes, budget
from certificates.properties import Box
from runtime.graph import (
    Add,
    Affine,
    AvgPool2d,
    Constant,
    Conv2d,
    Flatten,
    Graph,
    GraphBuilder,
    LeakyRelu,
    Linear,
    MaxPool2d,
    Provenance,
    Relu,
)

replace = msgspec.structs.replace


def _network(scale: float = 1.0) -> Graph:
    """An operator of every kind of rule; `scale` multiplies the last weights."""
    rng = np.random.default_rng(5)

    def draw(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape).astype(np.float32)

    builder = GraphBuilder("everything")
    x = builder.input((2, 5, 5))
    conv = builder.add(Conv2d(draw(3, 2, 3, 3), draw(3), (1, 1), (1, 1, 1, 1)), x)
    relu = builder.add(Relu(), conv)
    pooled = builder.add(MaxPool2d((2, 2), (2, 2)), relu)
    moved = builder.add(Affine(draw(3), draw(3)), pooled)
    leaky = builder.add(LeakyRelu(np.float32(0.25)), moved)
    mean = builder.add(AvgPool2d((2, 2), (1, 1)), leaky)
    constant = builder.add(Constant(draw(3, 1, 1)))
    flat = builder.add(Flatten(), builder.add(Add(), mean, constant))
    weight = (draw(4, 3) * np.float32(scale)).astype(np.float32)
    return builder.build(builder.add(Linear(weight, draw(4)), flat), Provenance("runtime"))


BOX = Box((Fraction(0),) * 50, (Fraction(1),) * 50)
GRAPH = _network()
BUDGET = budget(GRAPH, BOX)
NODES = range(len(BUDGET.nodes))
ROUNDING = [i for i in NODES if BUDGET.nodes[i].gamma[0]]


def _refused(changed, message="", graph=GRAPH, box=BOX):
    result = check_budget(changed, graph, box)
    assert not result.ok
    assert message in result.message
    assert result.message.endswith(".")


def _with(number, **changes):
    nodes = list(BUDGET.nodes)
    nodes[number] = replace(nodes[number], **changes)
    return replace(BUDGET, nodes=nodes)


def _lowered(values, k):
    digits = list(values.digits)
    digits[k] = max(0, digits[k] - 2)
    return replace(values, digits=digits)


def test_the_budget_is_right():
    result = check_budget(BUDGET, GRAPH, BOX)
    assert result.ok, result.message


@pytest.mark.parametrize("number", NODES)
def test_a_lower_error_is_refused_at_every_entry(number):
    error = BUDGET.nodes[number].error
    for k in {0, len(error.digits) // 2, len(error.digits) - 1}:
        _refused(_with(number, error=_lowered(error, k)), BUDGET.nodes[number].node)


@pytest.mark.parametrize("number", ROUNDING)
def test_lower_majorants_and_shifts_are_refused(number):
    entry = BUDGET.nodes[number]
    for which, majorant in enumerate(entry.majorants):
        for k in {0, len(majorant.digits) - 1}:
            changed = list(entry.majorants)
            changed[which] = _lowered(majorant, k)
            _refused(
                _with(number, majorants=changed), f"majorant {which} is too small at index {k}"
            )
    if entry.shift is not None:
        _refused(_with(number, shift=_lowered(entry.shift, 0)), "the shift is too small at index 0")


@pytest.mark.parametrize("number", ROUNDING)
def test_another_gamma_is_refused(number):
    p, q = BUDGET.nodes[number].gamma
    for gamma in [(p - (p >> 8) - 1, q), (0, 1), (1, 1 << 60), (2, 1), (p, 0)]:
        _refused(_with(number, gamma=gamma), "gamma")


@pytest.mark.parametrize("number", NODES)
def test_parts_that_are_missing_or_too_many_are_refused(number):
    entry = BUDGET.nodes[number]
    _refused(_with(number, majorants=[*entry.majorants, entry.error]))
    if entry.majorants:
        _refused(_with(number, majorants=entry.majorants[:-1]))
    _refused(_with(number, shift=entry.error if entry.shift is None else None))
    short = replace(entry.error, digits=entry.error.digits[:-1])
    _refused(_with(number, error=short), "entries for")
    _refused(_with(number, error=replace(entry.error, den=0)), "denominator")
    _refused(_with(number, error=replace(entry.error, den=1 << 2000)), "denominator")
    negative = replace(entry.error, digits=[-1, *entry.error.digits[1:]])
    _refused(_with(number, error=negative), "negative")
    without = [other for i, other in enumerate(BUDGET.nodes) if i != number]
    _refused(replace(BUDGET, nodes=without), "are not those of the model")


@pytest.mark.parametrize("number", NODES)
def test_boxes_that_are_too_small_are_refused(number):
    box = BUDGET.nodes[number].box
    width = box.hi[0] - box.lo[0]
    smaller = replace(box, lo=[box.lo[0] + width // 2 + 1, *box.lo[1:]])
    if width:
        _refused(_with(number, box=smaller), "the lower bound is above")


def test_the_head_is_checked():
    _refused(replace(BUDGET, model_sha256="0" * 64), "another model")
    _refused(replace(BUDGET, format="lemmanet.float32/2"), "format")
    wide = Box((Fraction(-1, 100), *BOX.lo[1:]), BOX.hi)
    _refused(BUDGET, "does not contain the box asked", box=wide)
    _refused(BUDGET, "entries", box=Box(BOX.lo[1:], BOX.hi[1:]))
    _refused(replace(BUDGET, input=replace(BUDGET.input, node="y")), "belongs")


def test_other_weights_under_the_same_hash_are_refused():
    other = _network(scale=1.001)
    _refused(replace(BUDGET, model_sha256=other.sha256()), "", graph=other)


def test_a_unit_too_fine_for_underflow_is_refused():
    number = next(i for i in NODES if BUDGET.nodes[i].shift is not None)
    shift = BUDGET.nodes[number].shift
    fine = replace(shift, den=shift.den << 120, digits=[d << 120 for d in shift.digits])
    _refused(_with(number, shift=fine), "underflow")


def test_sums_that_may_overflow_are_refused():
    builder = GraphBuilder("one")
    one = Linear(np.ones((1, 1), np.float32), np.zeros(1, np.float32))
    graph = builder.build(builder.add(one, builder.input((1,))), Provenance("runtime"))
    made = budget(graph, Box((Fraction(0),), (Fraction(1),)))
    huge = 1 << 140
    entry = made.nodes[0]
    wide = replace(
        entry,
        box=replace(entry.box, den=1, lo=[0], hi=[huge]),
        majorants=[Magnitudes(1, [huge])],
        error=Magnitudes(1, [2 * huge]),
    )
    source = replace(made.input, den=1, lo=[0], hi=[huge])
    changed = replace(made, input=source, nodes=[wide])
    _refused(changed, "overflow", graph=graph, box=Box((Fraction(0),), (Fraction(huge),)))


def test_a_unit_that_is_off_has_less_error():
    builder = GraphBuilder("off")
    x = builder.input((1,))
    weight = np.array([[1], [1]], np.float32)
    linear = builder.add(Linear(weight, np.array([-2, 2], np.float32)), x)
    graph = builder.build(builder.add(Relu(), linear), Provenance("runtime"))
    box = Box((Fraction(0),), (Fraction(1),))
    made = budget(graph, box)
    off, on = made.nodes[-1].error.values()
    assert off < Fraction(1, 1 << 15) * on
    assert check_budget(made, graph, box).ok
    swapped = replace(made.nodes[-1].error, digits=made.nodes[-1].error.digits[::-1])
    changed = replace(made, nodes=[made.nodes[0], replace(made.nodes[1], error=swapped)])
    _refused(changed, "index 1", graph=graph, box=box)

"""Records of graphs, properties and certificates: faithful, and never too large for a report."""

from __future__ import annotations

from fractions import Fraction

from bridge.check.bundle import Bundle
from bridge.check.summary import margins, model_summary, node_bounds, property_summary
from certificates import AtomMargin, OutputBox


def test_the_network(bundle: Bundle) -> None:
    bounds = [node_bounds(claim.certificates) for claim in bundle.claims]
    summary = model_summary(bundle.graph, bounds)
    assert [node.op for node in summary.nodes] == ["Input", "Linear", "Affine", "Relu", "Linear"]
    assert summary.parameters == sum(node.parameters for node in summary.nodes) == 46
    source = summary.nodes[0].bounds
    assert source is not None
    # The hull over all claims: the unit box of one of them.
    assert (source.lo, source.hi) == (0.0, 1.0)


def test_a_property(bundle: Bundle) -> None:
    robust = property_summary(bundle.claims[0].prop.bind(bundle.graph))
    assert robust.box is not None
    assert (robust.box.size, robust.box.free) == (4, 4)
    assert robust.box.center is not None
    assert len(robust.box.center) == 4
    fixed = property_summary(OutputBox([0, 1], [0, 2], [0], [1]))
    assert fixed.box is not None
    assert (fixed.box.free, fixed.box.center) == (1, None)


def test_numbers_beyond_floats_are_left_out() -> None:
    far = property_summary(OutputBox(["-1e399"], ["1e399"], [0], [1]))
    assert far.box is None
    infinite = AtomMargin("y_0 < y_1", None, float("inf"), True, Fraction(10) ** 400)
    assert margins([infinite]) == ()


def test_long_inequalities_are_cut() -> None:
    text = " + ".join(f"y_{i}" for i in range(1000))
    (margin,) = margins([AtomMargin(text, None, 1.0, True, Fraction(1))])
    assert len(margin.label) == 200

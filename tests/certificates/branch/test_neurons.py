"""Splits of neurons, and what is handed over of finished trees."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from certificates.affine.format import AffineCertificate
from certificates.affine.produce import produce_affine
from certificates.branch import Region, Tree, branch, plan, regions
from certificates.branch.goal import Goal
from certificates.checker import check
from certificates.crown import Program, Relaxation, crown
from certificates.properties import And, Box, Case, LinearAtom, Or, Property
from runtime.errors import InputError
from runtime.graph import (
    Abs,
    Add,
    Conv2d,
    Flatten,
    Graph,
    GraphBuilder,
    LeakyRelu,
    Linear,
    MaxPool2d,
    Provenance,
    Relu,
    ops,
)
from tests.certificates.crown.sampling import mlp, violations

RADIUS = Fraction(1, 2)


def _points(graph: Graph, count: int = 20_000) -> np.ndarray:
    shape = graph.inputs[0].shape
    return np.random.default_rng(0).uniform(-0.5, 0.5, (count, *shape))


def _property(graph: Graph, share: float, either: bool = False) -> Property:
    """Two bounds of outputs, both or one of them, between the samples (0) and CROWN's bound (1)."""
    y = Program(graph).run(_points(graph)).reshape(20_000, -1)
    size = int(np.prod(graph.inputs[0].shape))
    lo, hi = np.full(size, -0.5), np.full(size, 0.5)
    safe: And | Or
    if either:
        upper = crown(graph, lo, hi, [[1, -1, 0], [1, 0, -1]]).upper.min()
        top = (y[:, :1] - y[:, 1:3]).min(axis=1).max()
        c = Fraction(float(top + share * (upper - top)))
        safe = Or(tuple(LinearAtom.of({0: 1, j: -1}, c) for j in (1, 2)))
    else:
        bounds = y[:, :2].max(axis=0)
        bounds = bounds + share * (crown(graph, lo, hi).upper[0, :2] - bounds)
        safe = And(tuple(LinearAtom.of({j: 1}, Fraction(float(bounds[j]))) for j in (0, 1)))
    box = Box((-RADIUS,) * size, (RADIUS,) * size)
    return Property("room", "linear", given=(Case(box, safe),))


def _kinds(seed: int) -> Graph:
    """Convolution, max pooling, leaky ReLU, absolute value and a skip."""
    rng = np.random.default_rng(seed)

    def floats(*shape: int) -> np.ndarray:
        return (rng.standard_normal(shape) / 2).astype(np.float32)

    builder = GraphBuilder("kinds")
    x = builder.input((1, 4, 4))
    conv = builder.add(Conv2d(floats(3, 1, 3, 3), floats(3), padding=(1, 1, 1, 1)), x)
    pool = builder.add(MaxPool2d((2, 2), (2, 2)), builder.add(Relu(), conv))
    flat = builder.add(Flatten(), pool)
    leaky = builder.add(
        LeakyRelu(np.float32(0.125)), builder.add(Linear(floats(8, 12), floats(8)), flat)
    )
    bent = builder.add(Abs(), builder.add(Linear(floats(8, 8), floats(8)), leaky))
    last = builder.add(Linear(floats(3, 8), floats(3)), builder.add(Add(), bent, leaky))
    return builder.build(last, Provenance("runtime"))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("either", [False, True])
def test_proves_by_splitting_neurons(seed: int, either: bool) -> None:
    graph = mlp([6, 20, 20, 3], seed)
    prop = _property(graph, 0.3, either)
    goal = Goal.of(prop.cases[0].safe, 3)
    once = crown(graph, [-0.5] * 6, [0.5] * 6, goal.rows).upper
    assert goal.score(once)[0][0] > 0
    outcome = branch(graph, prop, 0, seconds=60, search_seconds=0, kind="neuron")
    assert outcome.status == "proved"
    assert outcome.tree.size > 1


@pytest.mark.parametrize("seed", range(2))
def test_proves_with_other_operators(seed: int) -> None:
    graph = _kinds(seed)
    outcome = branch(
        graph, _property(graph, 0.5, True), 0, seconds=60, search_seconds=0, kind="neuron"
    )
    assert outcome.status == "proved"


def test_finds_violations() -> None:
    graph = mlp([6, 20, 20, 3], 0)
    prop = _property(graph, -0.2)
    outcome = branch(graph, prop, 0, seconds=60, search_seconds=0, kind="neuron")
    assert outcome.status == "violated"
    assert outcome.violation is not None
    assert not prop.cases[0].safe.holds(outcome.violation.output)


def test_goes_on_from_an_open_tree() -> None:
    graph = mlp([6, 24, 24, 3], 1)
    prop = _property(graph, 0.3)
    first = branch(graph, prop, 0, seconds=60, search_seconds=0, kind="neuron")
    arrays = first.tree.arrays()
    # As after a search that stopped early: half of the leaves are not bounded.
    leaves = first.tree.leaves()
    arrays["bound"][leaves[::2]] = np.inf
    outcome = branch(graph, prop, 0, seconds=60, search_seconds=0, tree=Tree.of(arrays))
    assert outcome.status == "proved"
    assert outcome.nodes < first.nodes
    assert outcome.tree.size >= first.tree.size
    with pytest.raises(InputError, match="kind"):
        branch(graph, prop, 0, kind="input", tree=outcome.tree)


def _path_signs(tree: Tree, leaf: int) -> dict[tuple[str, int], int]:
    return {(s.tensor, s.entry): 1 if s.upper else -1 for s in tree.path(leaf)}


def _by_hand(
    graph: Graph, region: Region, batch: Relaxation, signs: list[dict[tuple[str, int], int]]
) -> np.ndarray:
    """Bounds of a batch's rows of a dense ReLU network from its coefficients and boxes alone.

    A neuron's height is the least that the line needs on both sides of zero; a sign assumed drops
    the other side.
    """
    order = [node.name for node in graph.nodes]
    a, total = batch.forms, np.zeros(len(batch.forms))
    for name in reversed(order[: order.index(batch.target) + 1]):
        node = graph.node(name)
        if isinstance(node.op, ops.Linear):
            total = total + a @ node.op.bias.astype(float)
            a = a @ node.op.weight.astype(float)
            continue
        given = batch.coefficients[name][0]
        up = np.maximum(region.bounds.upper[node.inputs[0]].reshape(-1), 0)
        down = np.maximum(-region.bounds.lower[node.inputs[0]].reshape(-1), 0)
        above, below = (a - given) * up, given * down
        for row, owner in enumerate(batch.owner):
            for (tensor, entry), sign in signs[owner].items():
                if tensor == node.inputs[0]:
                    (below if sign > 0 else above)[row, entry] = 0
        total = total + np.maximum(0, np.maximum(above, below)).sum(axis=1)
        a = given
    return total + np.maximum(a * region.lo, a * region.hi).sum(axis=1)


@pytest.mark.parametrize("kind", ["input", "neuron"])
@pytest.mark.parametrize("either", [False, True])
def test_regions_hand_over_proofs(kind, either: bool) -> None:
    graph = mlp([6, 16, 16, 3], 2)
    prop = _property(graph, 0.3, either)
    tree = branch(graph, prop, 0, seconds=60, search_seconds=0, kind=kind).tree
    goal = Goal.of(prop.cases[0].safe, 3)
    found = list(regions(graph, prop, 0, tree))
    leaves = np.concatenate([region.leaves for region in found])
    assert sorted(leaves) == list(tree.leaves())
    assert len(leaves) > 1
    for region in found[:20]:
        for batch in region.inner:
            free: list[dict[tuple[str, int], int]] = [{}]
            np.testing.assert_allclose(_by_hand(graph, region, batch, free), batch.upper, atol=1e-9)
        if kind == "input":
            signs: list[dict[tuple[str, int], int]] = [{}]
        else:
            signs = [_path_signs(tree, int(leaf)) for leaf in region.leaves]
        upper = _by_hand(graph, region, region.goal, signs)
        assert bool((upper <= region.goal.upper + 1e-9).all())
        assert bool((upper < goal.limits[region.atoms]).all())
        np.testing.assert_array_equal(region.goal.forms, goal.rows[region.atoms])
        for number in range(len(region.leaves)):
            atoms = set(region.atoms[region.goal.owner == number])
            assert len(atoms) == 1 if either else atoms == {0, 1}


@pytest.mark.parametrize("kind", ["input", "neuron"])
@pytest.mark.parametrize("either", [False, True])
def test_plans_become_certificates_that_the_checker_accepts(kind, either: bool) -> None:
    graph = mlp([6, 16, 16, 3], 2)
    prop = _property(graph, 0.3, either)
    tree = branch(graph, prop, 0, seconds=60, search_seconds=0, kind=kind).tree
    certificate = produce_affine(graph, prop, 0, plan(graph, prop, 0, tree))
    assert isinstance(certificate, AffineCertificate)
    result = check(certificate, graph, prop)
    assert result.ok, result.message
    # A plan that lacks the splits does not suffice.
    alone = produce_affine(graph, prop, 0, plan(graph, prop, 0, Tree((graph.inputs[0].name,))))
    assert not isinstance(alone, AffineCertificate)


def test_plans_scale_rows_to_integers() -> None:
    graph = mlp([6, 16, 16, 3], 2)
    atom = LinearAtom.of({0: Fraction(1, 3), 1: Fraction(-1, 2)}, Fraction(2))
    box = Box((-RADIUS,) * 6, (RADIUS,) * 6)
    prop = Property("thirds", "linear", given=(Case(box, atom),))
    tree = branch(graph, prop, 0, seconds=60, search_seconds=0).tree
    certificate = produce_affine(graph, prop, 0, plan(graph, prop, 0, tree))
    assert isinstance(certificate, AffineCertificate)
    assert check(certificate, graph, prop).ok


def test_rows_of_a_leaf_hold_where_its_signs_do_and_not_elsewhere() -> None:
    graph = mlp([6, 16, 16, 3], 2)
    prop = _property(graph, 0.3)
    tree = branch(graph, prop, 0, seconds=60, search_seconds=0, kind="neuron").tree
    (region,) = regions(graph, prop, 0, tree)
    beyond = 0
    for number, leaf in enumerate(region.leaves):
        rows = region.goal.owner == number
        signs = _path_signs(tree, int(leaf))

        def inside(x: np.ndarray, signs: dict[tuple[str, int], int] = signs) -> np.ndarray:
            keep = np.ones(len(x), bool)
            for point, flat in enumerate(x):
                values = graph.trace(flat.astype(np.float32))
                keep[point] = all(
                    values[name][entry] * sign >= 0 for (name, entry), sign in signs.items()
                )
            return keep

        forms, upper = region.goal.forms[rows], region.goal.upper[rows]
        assert violations(graph, region.lo, region.hi, forms, upper, inside) == 0
        beyond += violations(graph, region.lo, region.hi, forms, upper)
    assert beyond > 0

"""Branch and bound: verdicts, covers, leaves that hold, resuming, refusals."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from certificates.branch import Tree, branch, load_tree, save_tree
from certificates.branch.attack import Attack
from certificates.branch.goal import Goal
from certificates.branch.inputs import InputSplits
from certificates.branch.search import Search
from certificates.crown import Program, crown
from certificates.properties import And, Box, Case, LinearAtom, Or, Property
from runtime.errors import InputError
from tests.certificates.crown.sampling import mlp

LO, HI = (Fraction(-1),) * 3, (Fraction(1),) * 3


def _outputs(graph, count: int = 20_000) -> np.ndarray:
    x = np.random.default_rng(0).uniform(-1, 1, (count, 3))
    return Program(graph).run(x)


def _below(graph, room: float) -> Property:
    """y_0 ≤ largest sampled value + room."""
    top = float(_outputs(graph)[:, 0].max())
    safe = LinearAtom.of({0: 1}, Fraction(top + room))
    return Property("below", "linear", given=(Case(Box(LO, HI), safe),))


def _either(graph, room: float) -> Property:
    """y_0 ≤ y_1 + c or y_0 ≤ y_2 + c, with the least sampled c plus room; y_0 is bounded, too."""
    y = _outputs(graph)
    c = float((y[:, :1] - y[:, 1:3]).min(axis=1).max()) + room
    either = Or(tuple(LinearAtom.of({0: 1, j: -1}, Fraction(c)) for j in (1, 2)))
    both = And((either, LinearAtom.of({0: 1}, Fraction(float(y[:, 0].max()) + 1))))
    return Property("either", "linear", given=(Case(Box(LO, HI), both),))


@pytest.mark.parametrize("seed", range(4))
def test_proves_what_one_pass_leaves_open(seed: int) -> None:
    graph = mlp([3, 20, 20, 3], seed)
    for prop in (_below(graph, 0.2), _either(graph, 0.2)):
        goal = Goal.of(prop.cases[0].safe, 3)
        once = crown(graph, [-1.0] * 3, [1.0] * 3, goal.rows).upper
        assert goal.score(once)[0][0] > 0
        outcome = branch(graph, prop, 0, seconds=60, search_seconds=0)
        assert outcome.status == "proved"
        assert outcome.bound < 0
        assert outcome.nodes >= outcome.tree.size > 1


@pytest.mark.parametrize("seed", range(3))
def test_leaves_cover_the_box_and_hold_on_their_own(seed: int) -> None:
    graph = mlp([3, 20, 20, 3], seed)
    prop = _either(graph, 0.2)
    tree = branch(graph, prop, 0, seconds=60, search_seconds=0).tree
    leaves = tree.leaves()
    lo, hi = np.full((len(leaves), 3), -1.0), np.full((len(leaves), 3), 1.0)
    for row, leaf in enumerate(leaves):
        for split in tree.path(int(leaf)):
            if split.upper:
                lo[row, split.entry] = max(lo[row, split.entry], split.at)
            else:
                hi[row, split.entry] = min(hi[row, split.entry], split.at)
    assert np.prod(hi - lo, axis=1).sum() == pytest.approx(8.0, rel=1e-12)
    x = np.random.default_rng(1).uniform(-1, 1, (3000, 1, 3))
    assert bool((((x >= lo) & (x <= hi)).all(axis=2).sum(axis=1) >= 1).all())
    # The same boxes come out of the splits themselves.
    goal = Goal.of(prop.cases[0].safe, 3)
    splits = InputSplits(Program(graph), goal, np.full(3, -1.0), np.full(3, 1.0))
    domains = splits.domains(tree, leaves)
    np.testing.assert_array_equal(domains["lo"], lo)
    np.testing.assert_array_equal(domains["hi"], hi)
    # Each leaf is shown without what its ancestors knew.
    splits.bound(domains)
    assert bool((domains["score"] < 0).all())


@pytest.mark.parametrize("seed", range(3))
def test_finds_violations_with_exact_outputs(seed: int) -> None:
    graph = mlp([3, 20, 20, 3], seed)
    prop = _below(graph, -0.1)
    for search_seconds in (0.0, 1.0):
        outcome = branch(graph, prop, 0, seconds=60, search_seconds=search_seconds)
        assert outcome.status == "violated"
        assert outcome.violation is not None
        assert prop.cases[0].box.contains(outcome.violation.input)
        assert not prop.cases[0].safe.holds(outcome.violation.output)
        numerators, den = graph.evaluate_exact(outcome.violation.input)[graph.output]
        assert outcome.violation.output == tuple(Fraction(n, den) for n in numerators)


def test_a_search_stops_in_time_and_goes_on_from_a_file(tmp_path: Path) -> None:
    graph = mlp([3, 30, 30, 3], 1)
    prop = _either(graph, 0.15)
    program = Program(graph)
    goal = Goal.of(prop.cases[0].safe, 3)
    splits = InputSplits(program, goal, np.full(3, -1.0), np.full(3, 1.0))
    search = Search(splits, Attack(program, goal, prop.cases[0]), batch=4)
    seen = []

    class EnoughError(Exception):
        pass

    def stop(progress) -> None:
        seen.append(progress)
        if progress.nodes > 40:
            raise EnoughError

    with pytest.raises(EnoughError):
        search.run(time.monotonic() + 60, stop)
    assert seen[-1].open > 0
    assert seen[-1].bound > 0
    assert [p.nodes for p in seen] == sorted(p.nodes for p in seen)
    path = tmp_path / "search.npz"
    save_tree(path, search.tree, graph, prop, 0)
    tree = load_tree(path, graph, prop, 0)
    assert tree.size == search.tree.size
    outcome = branch(graph, prop, 0, seconds=60, tree=tree)
    assert outcome.status == "proved"
    assert outcome.tree.size > search.tree.size


def test_out_of_time_is_open() -> None:
    graph = mlp([3, 30, 30, 3], 1)
    outcome = branch(graph, _either(graph, 0.15), 0, seconds=0.02, search_seconds=0, batch=1)
    assert outcome.status == "open"
    assert outcome.bound > 0


def test_what_cannot_be_split_is_open() -> None:
    graph = mlp([3, 8, 1], 0)
    point = (Fraction(1, 2),) * 3
    numerators, den = graph.evaluate_exact(point)[graph.output]
    # Holds with equality, which no margin shows.
    safe = LinearAtom.of({0: 1}, Fraction(numerators[0], den))
    prop = Property("point", "linear", given=(Case(Box(point, point), safe),))
    outcome = branch(graph, prop, 0, seconds=10)
    assert outcome.status == "open"
    assert outcome.stuck


def test_files_about_something_else_are_refused(tmp_path: Path) -> None:
    graph, other = mlp([3, 8, 2], 0), mlp([3, 8, 2], 1)
    prop = _below(graph, 0.1)
    path = tmp_path / "search.npz"
    save_tree(path, Tree((graph.inputs[0].name,)), graph, prop, 0)
    assert load_tree(path, graph, prop, 0).size == 1
    for arguments in ((other, prop, 0), (graph, _below(graph, 0.2), 0), (graph, prop, 1)):
        with pytest.raises(InputError, match="another model"):
            load_tree(path, *arguments)
    path.write_bytes(b"no archive")
    with pytest.raises(InputError, match="not a readable"):
        load_tree(path, graph, prop, 0)


def test_broken_trees_are_refused() -> None:
    tree = Tree(("x",))
    one = np.zeros(1, np.int64)
    tree.split(one, one, one, np.zeros(1))
    good = tree.arrays()
    assert Tree.of(good).size == 3
    for name, value in (("low", 2), ("high", 1), ("parent", 0), ("tensor", 1), ("low", 7)):
        broken = {key: array.copy() for key, array in good.items()}
        broken[name][0] = value
        with pytest.raises(InputError, match="broken"):
            Tree.of(broken)
    with pytest.raises(InputError, match="wrong shape or type"):
        Tree.of({**good, "at": good["at"].astype(np.float32)})
    with pytest.raises(InputError, match="no array"):
        Tree.of({key: array for key, array in good.items() if key != "entry"})


def test_cases_out_of_range_are_refused() -> None:
    graph = mlp([3, 8, 1], 0)
    with pytest.raises(InputError, match="Case 1"):
        branch(graph, _below(graph, 0.1), 1)

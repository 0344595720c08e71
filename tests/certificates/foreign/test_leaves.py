"""Leaves of alpha-beta-CROWN: derived again, exactly; missing and wrong ones are refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from certificates import AffineCertificate, check
from certificates.foreign import Examination, LeafDump, examine, read_artifact
from certificates.foreign.abcrown import leaf_dump, leaf_dump_from_arrays
from certificates.properties import Box, Case, LinearAtom, Property
from runtime.errors import InputError, UnsupportedError
from runtime.graph import Graph
from tests.certificates.foreign.dumps import arrays, box_dump, searched, sign_dump

Searched = tuple[Graph, Property, dict[str, Any]]


@pytest.fixture(scope="module")
def boxes() -> Searched:
    graph, prop, tree = searched("input")
    return graph, prop, box_dump(tree)


@pytest.fixture(scope="module")
def signs() -> Searched:
    graph, prop, tree = searched("neuron")
    names = {tensor: f"/input.{k}" for k, tensor in enumerate(_tensors(graph))}
    return graph, prop, sign_dump(tree, names)


def _tensors(graph: Graph) -> list[str]:
    return [node.inputs[0] for node in graph.nodes if node.op.kind == "Relu"]


def run(graph: Graph, prop: Property, dump: dict[str, Any]) -> Examination:
    return examine(leaf_dump(json.loads(json.dumps(dump)), "dump"), graph, prop=prop)


def reason(graph: Graph, prop: Property, dump: dict[str, Any]) -> str:
    result = run(graph, prop, dump)
    assert not result.accepted
    assert not result.findings[0].certificates
    return result.message


@pytest.mark.parametrize("kind", ["boxes", "signs"])
def test_leaves_become_a_certificate(kind: str, request: pytest.FixtureRequest) -> None:
    graph, prop, dump = request.getfixturevalue(kind)
    result = run(graph, prop, dump)
    assert result.accepted, result.message
    (certificate,) = result.findings[0].certificates
    assert isinstance(certificate, AffineCertificate)
    assert check(certificate, graph, prop).ok
    assert result.counts["leaves"] == len(dump["domains"])


@pytest.mark.parametrize("kind", ["boxes", "signs"])
def test_archives_say_the_same(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    graph, prop, dump = request.getfixturevalue(kind)
    np.savez(tmp_path / "leaves.npz", **arrays(dump))
    artifact = read_artifact(tmp_path / "leaves.npz")
    assert isinstance(artifact, LeafDump)
    assert artifact.signs == leaf_dump(dump, "dump").signs
    assert examine(artifact, graph, prop=prop).accepted


@pytest.mark.parametrize("kind", ["boxes", "signs"])
def test_every_missing_leaf_is_noticed(kind: str, request: pytest.FixtureRequest) -> None:
    graph, prop, dump = request.getfixturevalue(kind)
    for leaf in range(len(dump["domains"])):
        changed = copy.deepcopy(dump)
        del changed["domains"][leaf]
        assert "leaf" in reason(graph, prop, changed) or "leaves" in reason(graph, prop, changed)


def _wider(dump: dict[str, Any]) -> None:
    dump["domains"][0]["x_U"][0] += 0.25
    dump["domains"][0]["x_L"][0] -= 0.25


def _narrower(dump: dict[str, Any]) -> None:
    leaf = dump["domains"][0]
    middle = (leaf["x_L"][1] + leaf["x_U"][1]) / 2
    leaf["x_U"][1] = middle


def _root(dump: dict[str, Any]) -> None:
    dump["root"]["hi"][2] = 2.0


def _unproved(dump: dict[str, Any]) -> None:
    dump["domains"][1]["lower_bounds"] = [-0.25]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_wider, "overlap"),
        (_narrower, "no leaf covers"),
        (_root, "none of the property's boxes"),
        (_unproved, "leaf 1 is not shown, by its own bounds"),
    ],
)
def test_changed_boxes_are_refused(
    boxes: Searched, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    graph, prop, dump = boxes
    changed = copy.deepcopy(dump)
    change(changed)
    assert message in reason(graph, prop, changed)


def test_a_flipped_sign_is_refused(signs: Searched) -> None:
    graph, prop, dump = signs
    for leaf in range(len(dump["domains"])):
        changed = copy.deepcopy(dump)
        history = changed["domains"][leaf]["history"]
        columns = next(columns for columns in history.values() if columns[1])
        columns[1][0] = -columns[1][0]
        reason(graph, prop, changed)


def test_leaves_that_do_not_suffice_are_refused(boxes: Searched, signs: Searched) -> None:
    """The tool's bounds say yes; ours are what counts."""
    for graph, prop, dump in (boxes, signs):
        case = prop.cases[0]
        assert isinstance(case.safe, LinearAtom)
        tight = LinearAtom(case.safe.coefficients, case.safe.bound - 1, False)
        stronger = Property("too much", "linear", given=(Case(case.box, tight),))
        assert "leave" in reason(graph, stronger, dump)


def test_one_leaf_is_plain_crown(boxes: Searched) -> None:
    graph, prop, dump = boxes
    single = copy.deepcopy(dump)
    single["domains"] = [{**dump["domains"][0], "x_L": [-1.0] * 3, "x_U": [1.0] * 3}]
    assert "leave 1 of 1 regions open" in reason(graph, prop, single)
    case = prop.cases[0]
    assert isinstance(case.safe, LinearAtom)
    loose = LinearAtom(case.safe.coefficients, case.safe.bound + 1000, False)
    assert run(graph, Property("loose", "linear", given=(Case(case.box, loose),)), single).accepted


def test_layers_are_matched_by_name_or_by_order(signs: Searched) -> None:
    graph, prop, dump = signs
    ours = dict(zip(dump["layers"], _tensors(graph), strict=True))
    named = copy.deepcopy(dump)
    named["layers"] = list(ours.values())
    for domain in named["domains"]:
        domain["history"] = {ours[n]: columns for n, columns in domain["history"].items()}
    assert run(graph, prop, named).accepted
    del named["layers"]
    assert run(graph, prop, named).accepted
    fewer = copy.deepcopy(dump)
    fewer["layers"] = dump["layers"] + ["/more"]
    assert "list all of them" in reason(graph, prop, fewer)
    wrong = copy.deepcopy(dump)
    wrong["domains"][0]["history"][dump["layers"][0]][0].append(99)
    wrong["domains"][0]["history"][dump["layers"][0]][1].append(1)
    assert "which has 12" in reason(graph, prop, wrong)


def test_the_case_is_found_by_the_root(boxes: Searched) -> None:
    graph, prop, dump = boxes
    case = prop.cases[0]
    other = Case(
        Box(tuple(v + 3 for v in case.box.lo), tuple(v + 3 for v in case.box.hi)), case.safe
    )
    two = Property("two", "linear", given=(other, case))
    result = run(graph, two, dump)
    assert result.accepted
    assert result.findings[0].certificates[0].case == 1
    rootless = {"domains": dump["domains"]}
    assert "do not say which" in reason(graph, two, rootless)


@pytest.mark.parametrize(
    "change",
    [
        {"domains": []},
        {"domains": [{"x_L": [0], "x_U": [1]}]},
        {"domains": [{"lower_bounds": [1], "rhs": [0], "x_L": [0]}]},
        {"domains": [{"lower_bounds": [1], "rhs": [0, 1]}]},
        {"domains": [{"lower_bounds": ["nan"], "rhs": [0]}]},
        {"domains": [{"lower_bounds": [1], "rhs": [0], "history": {"a": [[0]]}}]},
        {"domains": [{"lower_bounds": [1], "rhs": [0], "history": {"a": [[0], [2]]}}]},
        {"domains": [{"lower_bounds": [1], "rhs": [0], "history": {"a": [[0], [1], [0.5]]}}]},
        {"domains": [{"lower_bounds": [1], "rhs": [0], "history": {"a": [[0, 0], [1, -1]]}}]},
        {"domains": [{"lower_bounds": [1], "rhs": [0], "history": {"a": [[0.5], [1]]}}]},
        {"domains": [{"lower_bounds": [1], "rhs": [0], "history": {"a": [["x"], [1]]}}]},
        {"domains": 3},
    ],
)
def test_malformed_dumps_are_bad_input(change: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        leaf_dump(change, "dump")


@pytest.mark.parametrize(
    "change",
    [
        {"lower_bounds": np.zeros(3)},
        {"lower_bounds": np.array([["a"]])},
        {"lower_bounds": np.zeros((0, 1))},
        {"lower_bounds": np.full((1, 1), np.nan)},
        {"thresholds": np.zeros((3, 1))},
        {"x_L": np.zeros((1, 2))},
        {"x_L": np.zeros((1, 2)), "x_U": np.full((1, 2), np.inf)},
        {"sign": np.ones(1, np.int64)},
        {"leaf": [1], "layer": [0], "neuron": [0], "sign": [1]},
        {"leaf": [0], "layer": [0], "neuron": [0], "sign": [3]},
        {"leaf": [0], "layer": [0], "neuron": [-1], "sign": [1]},
    ],
)
def test_malformed_archives_are_bad_input(change: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        leaf_dump_from_arrays({"lower_bounds": np.ones((1, 1)), **change}, "dump")


def test_pickles_are_refused(tmp_path: Path) -> None:
    for name in ("domains.pt", "out.pkl", "leaves.npy"):
        (tmp_path / name).write_bytes(b"\x80\x04.")
        with pytest.raises(UnsupportedError, match="pickles run code"):
            read_artifact(tmp_path / name)
    np.savez(tmp_path / "objects.npz", lower_bounds=np.array([[{}]], dtype=object))
    (tmp_path / "text.npz").write_bytes(b"not an archive")
    for name in ("objects.npz", "text.npz"):
        with pytest.raises(InputError, match="no archive of plain NumPy arrays"):
            read_artifact(tmp_path / name)

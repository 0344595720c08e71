"""Leaves of real searches, in the forms in which alpha-beta-CROWN's users can write them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from certificates.branch import Tree, branch
from certificates.crown import Program
from certificates.properties import Box, Case, LinearAtom, Property
from runtime.graph import Graph
from tests.certificates.crown.sampling import mlp


def searched(kind: str, seed: int = 0) -> tuple[Graph, Property, Tree]:
    """A network, a property that one pass of linear bounds leaves open, and a proof by splits."""
    graph = mlp([3, 12, 12, 3], seed)
    x = np.random.default_rng(0).uniform(-1, 1, (20_000, 3))
    top = float(Program(graph).run(x)[:, 0].max())
    box = Box((Fraction(-1),) * 3, (Fraction(1),) * 3)
    safe = LinearAtom.of({0: 1}, Fraction(round(top * 64) + 20, 64))
    prop = Property("below", "linear", given=(Case(box, safe),))
    outcome = branch(graph, prop, 0, seconds=60, search_seconds=0, kind=kind)  # type: ignore[arg-type]
    assert outcome.status == "proved"
    assert outcome.tree.size > 1
    return graph, prop, outcome.tree


def box_dump(tree: Tree) -> dict[str, Any]:
    """Input splits as JSON: a root and the domains of the leaves."""
    domains = []
    for leaf in tree.leaves():
        lo, hi = [-1.0] * 3, [1.0] * 3
        for split in tree.path(int(leaf)):
            if split.upper:
                lo[split.entry] = max(lo[split.entry], split.at)
            else:
                hi[split.entry] = min(hi[split.entry], split.at)
        domains.append({"x_L": lo, "x_U": hi, "lower_bounds": [0.5], "thresholds": [0.0]})
    return {"root": {"lo": [-1.0] * 3, "hi": [1.0] * 3}, "domains": domains}


def sign_dump(tree: Tree, names: dict[str, str]) -> dict[str, Any]:
    """Splits of neurons as JSON: for each leaf the tool's history, all layers in order."""
    domains = []
    for leaf in tree.leaves():
        history: dict[str, Any] = {name: [[], [], [], [], []] for name in names.values()}
        for split in reversed(list(tree.path(int(leaf)))):
            columns = history[names[split.tensor]]
            for column, value in zip(
                columns, (split.entry, 1 if split.upper else -1, 0.0, 0.0, 0), strict=True
            ):
                column.append(value)
        domains.append({"lower_bounds": [0.5], "rhs": [0.0], "history": history})
    return {"domains": domains, "layers": list(names.values())}


def arrays(dump: dict[str, Any]) -> dict[str, np.ndarray]:
    """The same as the arrays of an archive."""
    domains = dump["domains"]
    found: dict[str, np.ndarray] = {
        "lower_bounds": np.array([d["lower_bounds"] for d in domains], np.float32),
        "thresholds": np.array([d.get("thresholds", d.get("rhs")) for d in domains], np.float32),
    }
    if "root" in dump:
        found["root_x_L"], found["root_x_U"] = map(np.array, dump["root"].values())
        found["x_L"] = np.array([d["x_L"] for d in domains])
        found["x_U"] = np.array([d["x_U"] for d in domains])
    if "layers" in dump:
        rows = [
            (leaf, dump["layers"].index(name), index, sign)
            for leaf, domain in enumerate(domains)
            for name, columns in domain["history"].items()
            for index, sign in zip(columns[0], columns[1], strict=True)
        ]
        for name, column in zip(
            ("leaf", "layer", "neuron", "sign"), zip(*rows, strict=True), strict=True
        ):
            found[name] = np.array(column, np.int64)
        found["layers"] = np.array(dump["layers"])
    return found

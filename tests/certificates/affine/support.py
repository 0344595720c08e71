"""What the tests of affine certificates share: plans with leaves, exact samples, networks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random

import msgspec
import numpy as np

from certificates import AffineCertificate, LinearAtom, LinearConstraints, Property, check
from certificates.affine.format import (
    FORMAT,
    Batch,
    Cut,
    Leaf,
    Path,
    Region,
    RegionBox,
    Relax,
    Row,
    Tree,
    TreeSplit,
    Upper,
    leaves,
)
from certificates.affine.plan import Floats, RegionPlan, goal_rows
from certificates.affine.produce import produce_affine
from certificates.checker.affine.ends import Ends
from certificates.checker.affine.linear import LinearSteps
from certificates.checker.affine.walk import Job, Walk
from certificates.checker.bounds import Bounds
from certificates.checker.rules import apply
from certificates.crown import Program
from certificates.crown.backward import InputBox, Rows, backward
from certificates.crown.bounds import relaxation_of
from certificates.crown.intermediate import intermediate, lines_on, plain
from certificates.crown.relaxation import Owner
from certificates.properties import Formula
from runtime.graph import Add, Conv2d, Flatten, Graph, GraphBuilder, Linear, Provenance, Relu


def made(graph: Graph, prop: Property, *args: object, **options: object) -> AffineCertificate:
    """A produced certificate that the checker accepts."""
    certificate = produce_affine(graph, prop, 0, *args, **options)
    assert isinstance(certificate, AffineCertificate), certificate
    result = check(certificate, graph, prop)
    assert result.ok, result.message
    return certificate


@dataclass
class Rationals:
    """Exact bounds and exact runs of a graph over an input box with small denominators."""

    graph: Graph
    lo: list[Fraction]
    hi: list[Fraction]

    @classmethod
    def around(cls, graph: Graph, random: Random) -> Rationals:
        size = math.prod(graph.inputs[0].shape)
        center = [Fraction(random.randint(-6, 6), 5) for _ in range(size)]
        radius = [Fraction(random.randint(0, 8), 7) for _ in range(size)]
        pairs = list(zip(center, radius, strict=True))
        return cls(graph, [c - r for c, r in pairs], [c + r for c, r in pairs])

    def walk(self) -> Space:
        """The checker's walk over the exact interval boxes of all nodes."""
        den = math.lcm(*(v.denominator for v in (*self.lo, *self.hi)))
        name = self.graph.inputs[0].name
        ends = [[int(v * den) for v in side] for side in (self.lo, self.hi)]
        boxes = {name: Bounds(ends[0], ends[1], den, self.graph.inputs[0].shape)}
        for node in self.graph.nodes:
            boxes[node.name] = apply(node.op, [boxes[n] for n in node.inputs], node.shape)
        ends_ = {name: Ends.of(box) for name, box in boxes.items()}
        return Space(Walk(self.graph, LinearSteps()), ends_)

    def point(self, random: Random) -> list[Fraction]:
        """A point of the box, often on its border."""
        shares = [random.choice([0, 0, 1, 1, Fraction(random.randint(0, 9), 9)]) for _ in self.lo]
        return [a + s * (b - a) for a, b, s in zip(self.lo, self.hi, shares, strict=True)]

    def values(self, point: Sequence[Fraction]) -> dict[str, list[Fraction]]:
        """All tensors at a point, exactly."""
        found = self.graph.evaluate_exact(point)
        return {name: [Fraction(n, den) for n in numbers] for name, (numbers, den) in found.items()}


def batch(
    target: str,
    forms: Sequence[Sequence[tuple[int, int]]],
    relax: dict[str, tuple[int, list[list[int]]]] | None = None,
    leaf: Sequence[int | None] | None = None,
) -> Batch:
    """A batch of rows whose upper bounds do not matter; `relax` in the order of the walk."""
    labels = leaf or [None] * len(forms)
    rows = [Row(list(form), label) for form, label in zip(forms, labels, strict=True)]
    given = [Relax(name, den, lines) for name, (den, lines) in (relax or {}).items()]
    return Batch(target, rows, given, Upper(1, [0] * len(forms)))


@dataclass
class Space:
    """A walk with boxes to walk over."""

    walk: Walk
    ends: dict[str, Ends]


def bounds_of(space: Space, asked: Batch, paths: Sequence[Path] | None = None) -> list[Fraction]:
    """The exact bounds of the rows."""
    job = Job(asked, paths or [()] * len(asked.rows), space.ends, "batch")
    (found,) = space.walk.upper_bounds([job])
    return [Fraction(top, den) for top, den in found]


def satisfies(values: dict[str, list[Fraction]], path: Sequence[Cut]) -> bool:
    """Whether a run is on the leaf's side of every cut."""
    return all(
        values[cut.node][cut.entry] <= cut.at if cut.low else values[cut.node][cut.entry] >= cut.at
        for cut in path
    )


def tree_plan(program: Program, formula: Formula, tree: Tree, lo: Floats, hi: Floats) -> RegionPlan:
    """CROWN for every leaf of a tree of phases, on boxes that are cut at the leaf's phases."""
    shape = program.shapes[program.input]
    low, high = lo.reshape(1, *shape), hi.reshape(1, *shape)
    box = InputBox.of(low, high)
    boxes, _ = intermediate(program, low, high, bounding=plain(program, box))
    paths = {number: path for path, number in leaves(tree)}
    rows = goal_rows(formula, sorted(paths) if len(paths) > 1 else [None])
    parts = []
    for row in rows:
        cut = dict(boxes)
        for side in paths[row.leaf or 0]:
            ends = [end.copy().reshape(-1) for end in cut[side.node]]
            ends[1 if side.low else 0][side.entry] = float(side.at)
            cut[side.node] = tuple(end.reshape(1, *program.shapes[side.node]) for end in ends)
        form = np.zeros((1, *program.shapes[program.output]))
        for entry, coefficient in row.form:
            form.reshape(-1)[entry] = coefficient
        asked = Rows(program.output, Owner(None), coefficients=form)
        inner = InputBox.of(*cut[program.input])
        lines = lines_on(program, cut, program.output)
        found = backward(program, asked, lines, inner, keep=True)
        parts.append(relaxation_of(program, asked, found.upper, found.arguments))
    whole = parts[0].coefficients
    joined = type(parts[0])(
        program.output,
        np.concatenate([part.owner for part in parts]),
        np.concatenate([part.forms for part in parts]),
        np.concatenate([part.upper for part in parts]),
        {
            name: tuple(
                np.concatenate([part.coefficients[name][k] for part in parts])
                for k in range(len(arrays))
            )
            for name, arrays in whole.items()
        },
    )
    return RegionPlan((), joined, rows, tree)


def empty_leaf() -> tuple[Graph, Property, AffineCertificate]:
    """y = relu(x) − relu(x − 1) ≤ 1 on [−2, 2], with z = (x, x − 1), split at both phases.

    Leaf 1, where z_0 ≤ 0 and z_1 ≥ 0, is empty: 0 ≤ −z_0 + z_1 = −1. At leaf 2, where z_0 ≥ 0 and
    z_1 ≤ 0, the multiplier 1 of z_1 ≤ 0 gives y = z_0 ≤ z_0 − z_1 = 1.
    """
    builder = GraphBuilder("ramp")
    x = builder.input((1,), "x")
    first = Linear(np.ones((2, 1), np.float32), np.array([0, -1], np.float32))
    relu = builder.add(Relu(), builder.add(first, x, hint="z"), hint="relu")
    last = Linear(np.array([[1, -1]], np.float32), np.zeros(1, np.float32))
    graph = builder.build(builder.add(last, relu, hint="y"), Provenance("runtime"))
    prop = LinearConstraints([-2], [2], LinearAtom.of({0: 1}, 1), name="ramp")
    forms: list[list[tuple[int, int]]] = [[(0, 1)], [], [(0, 1)], [(0, 1)]]
    relax = {"relu": (1, [[0, -1, 1, 1], [0, 1, -1, -1]])}
    goal = batch("y", forms, relax, [0, 1, 2, 3])
    goal = msgspec.structs.replace(goal, upper=Upper(1, [0, -1, 1, 1]))
    tree = TreeSplit(
        "z",
        0,
        (0, 1),
        TreeSplit("z", 1, (0, 1), Leaf(0), Leaf(1)),
        TreeSplit("z", 1, (0, 1), Leaf(2), Leaf(3)),
    )
    boxes = [RegionBox("x", 1, [-2], [2]), RegionBox("z", 1, [-2, -3], [2, 1])]
    region = Region(boxes, [goal], tree, 0)
    head = (graph.sha256(), prop.bind(graph).sha256(), 0)
    return graph, prop, AffineCertificate(FORMAT, *head, "holds", region)


def convolutional(seed: int) -> Graph:
    """A small CNN with a residual block: two paths meet in an Add."""
    rng = np.random.default_rng(seed)

    def conv(out: int, inner: int, size: int, pad: int) -> Conv2d:
        weight = rng.standard_normal((out, inner, size, size)).astype(np.float32) / 2
        return Conv2d(weight, rng.standard_normal(out).astype(np.float32), padding=(pad,) * 4)

    builder = GraphBuilder("cnn")
    x = builder.input((2, 5, 5))
    first = builder.add(Relu(), builder.add(conv(3, 2, 3, 1), x))
    inner = builder.add(conv(3, 3, 3, 1), builder.add(Relu(), builder.add(conv(3, 3, 3, 1), first)))
    joined = builder.add(Relu(), builder.add(Add(), first, inner))
    flat = builder.add(Flatten(), joined)
    size = builder.shape_of(flat)[0]
    weight = rng.standard_normal((3, size)).astype(np.float32) / 8
    last = builder.add(Linear(weight, rng.standard_normal(3).astype(np.float32)), flat)
    return builder.build(last, Provenance("runtime"))

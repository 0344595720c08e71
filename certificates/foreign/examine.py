"""Deriving again what another tool claims, for the network at hand, and checking it exactly."""

from __future__ import annotations

from fractions import Fraction
from functools import singledispatch

import numpy as np

from certificates.affine.format import AffineCertificate
from certificates.affine.plan import crown_plan
from certificates.affine.produce import produce_affine
from certificates.branch import plan
from certificates.checker import check
from certificates.crown import Program
from certificates.foreign.artifacts import (
    Artifact,
    BoxClaim,
    Examination,
    Examples,
    Finding,
    LeafDump,
    MarginReport,
    RefusedError,
    ResultFile,
)
from certificates.foreign.margins import examine_margins
from certificates.foreign.trees import leaf_tree
from certificates.format import Certificate
from certificates.interval import outward
from certificates.producer import produce
from certificates.properties import Box, OutputBox, Property
from certificates.results import Undecided
from certificates.search import find_counterexample
from runtime.errors import InputError, UnsupportedError
from runtime.graph import Graph

__all__ = ["examine"]

SEARCH_SECONDS = 2.0
_NEAR = 1e-4
"""How far outside of its box VNN-COMP takes a counterexample's input."""


def examine(
    artifact: Artifact,
    graph: Graph,
    *,
    prop: Property | None = None,
    examples: Examples | None = None,
    model_sha256: str | None = None,
    slack: Fraction = Fraction(0),
) -> Examination:
    """What becomes of an artifact's claims about the network.

    Nothing of it is trusted: boxes, margins and leaves are computed again in exact integers, and
    what is accepted has certificates that the exact checker accepted.

    Args:
        artifact: as `read_artifact` gives it.
        graph: the network.
        prop: the property that leaves or a counterexample are about; they do not state it.
        examples: the inputs that a margin report is about.
        model_sha256: of the file that the network was read from, where a report names a hash.
        slack: by how much claimed boxes of outputs are widened first. Bounds that a tool rounded to
            the nearest float are often wrong in the last digit.

    Raises InputError where something is needed that was not given, or does not fit the network.
    """
    if isinstance(artifact, MarginReport):
        if examples is None:
            raise InputError("A margin report does not hold its inputs; give the data set.")
        return examine_margins(artifact, graph, examples, model_sha256, slack)
    if isinstance(artifact, BoxClaim):
        return Examination((_box_claim(artifact, graph, slack),), {})
    if prop is None:
        raise InputError("The artifact does not state its property; give it.")
    return _about(artifact, graph, prop.bind(graph))


def _box_claim(claim: BoxClaim, graph: Graph, slack: Fraction) -> Finding:
    lo, hi = [v - slack for v in claim.lo_out], [v + slack for v in claim.hi_out]
    empty = next((k for k, (low, high) in enumerate(zip(lo, hi, strict=True)) if low > high), None)
    if empty is not None:
        return Finding(claim.name, False, f"its box of outputs is empty at {empty}")
    prop = OutputBox(claim.lo_in, claim.hi_in, lo, hi, name=claim.name).bind(graph)
    found: Certificate | AffineCertificate | Undecided = produce(graph, prop, 0)
    if isinstance(found, Undecided):
        found = produce(graph, prop, 0, bits="exact")
    if isinstance(found, Undecided):
        intervals = found
        try:
            program = Program(graph)
            found = produce_affine(graph, prop, 0, crown_plan(program, prop.cases[0].safe))
        except UnsupportedError:
            found = intervals
        if isinstance(found, Undecided):
            return Finding(claim.name, False, _missing(graph, prop, intervals, found), prop)
    return _checked(claim.name, graph, prop, found)


def _checked(
    name: str, graph: Graph, prop: Property, found: Certificate | AffineCertificate
) -> Finding:
    result = check(found, graph, prop)
    if not result.ok:
        return Finding(name, False, f"the exact checker refuses it: {result.message}", prop)
    kind = "affine" if isinstance(found, AffineCertificate) else "interval"
    if found.claim == "violated":
        return Finding(name, True, "The exact output violates the property.", prop, (found,))
    least = min((margin.margin for margin in result.margins), default=0.0)
    reason = f"Implied by exact {kind} bounds; the least margin is {least:.6g}."
    return Finding(name, True, reason, prop, (found,))


def _missing(graph: Graph, prop: Property, intervals: Undecided, affine: Undecided) -> str:
    """The first inequality that neither kind of bounds shows; or that it is false."""
    point = find_counterexample(graph, prop, 0, seconds=SEARCH_SECONDS)
    if point is not None:
        violation = produce(graph, prop, 0, claim="violated", point=point.input)
        if isinstance(violation, Certificate) and check(violation, graph, prop).ok:
            return "it is false: an exact input of the box violates it"
    best: dict[str, float] = {}
    for margin in (*intervals.margins, *affine.margins):
        best[margin.text] = max(margin.margin, best.get(margin.text, -np.inf))
    open_ = {m.text for m in intervals.margins if not m.shown}
    open_ &= {m.text for m in affine.margins if not m.shown} if affine.margins else open_
    first = next((m.text for m in intervals.margins if m.text in open_), None)
    if first is None:
        return "no certificate of one kind shows all of its bounds together"
    return f"{first} is not implied; the exact bounds miss it by {-best[first]:.6g}"


@singledispatch
def _about(artifact: object, graph: Graph, prop: Property) -> Examination:
    raise TypeError(f"{type(artifact).__name__} is no artifact")


@_about.register
def _(artifact: ResultFile, graph: Graph, prop: Property) -> Examination:
    name = f"result {artifact.verdict}"
    if artifact.verdict != "sat":
        return Examination(
            (Finding(name, False, "it comes without evidence, so that there is nothing to check"),),
            {},
        )
    if len(artifact.point) != prop.input_size:
        raise InputError(
            f"The counterexample has {len(artifact.point)} inputs, the network {prop.input_size}."
        )
    reason = "its input lies outside of every box of the property"
    for case, stated in enumerate(prop.cases):
        ends = zip(artifact.point, stated.box.lo, stated.box.hi, strict=True)
        point = tuple(min(max(value, lo), hi) for value, lo, hi in ends)
        if max(abs(a - b) for a, b in zip(point, artifact.point, strict=True)) > _NEAR:
            continue
        found = produce(graph, prop, case, claim="violated", point=point)
        if isinstance(found, Certificate):
            return Examination((_checked(name, graph, prop, found),), {})
        reason = "the exact output at its input satisfies the property"
    return Examination((Finding(name, False, reason, prop),), {})


@_about.register
def _(artifact: LeafDump, graph: Graph, prop: Property) -> Examination:
    name = f"{artifact.count} leaves"
    counts = {"leaves": artifact.count}
    try:
        case = _case(artifact, prop)
        claimed = (artifact.bounds > artifact.thresholds).any(axis=1)
        if not bool(claimed.all()):
            leaf = int(np.flatnonzero(~claimed)[0])
            raise RefusedError(f"leaf {leaf} is not shown, by its own bounds")
        lo, hi = outward(prop.cases[case].box.lo, prop.cases[case].box.hi)
        tree = leaf_tree(artifact, Program(graph), lo, hi)
    except RefusedError as refused:
        return Examination((Finding(name, False, str(refused), prop),), counts)
    found = produce_affine(graph, prop, case, plan(graph, prop, case, tree))
    if isinstance(found, Undecided):
        least = min((margin.margin for margin in found.margins), default=float("nan"))
        reason = f"{found.reason} The least margin is {least:.6g}"
        return Examination((Finding(name, False, reason, prop),), counts)
    return Examination((_checked(name, graph, prop, found),), counts)


def _case(dump: LeafDump, prop: Property) -> int:
    """The case that the leaves are about: the one with their root as its box."""
    if dump.root_lo is None or dump.root_hi is None:
        if len(prop.cases) > 1:
            raise RefusedError("the leaves do not say which of the property's boxes they are about")
        return 0
    if dump.root_lo.size != prop.input_size:
        raise InputError(
            f"The leaves have {dump.root_lo.size} inputs, the network {prop.input_size}."
        )
    for number, case in enumerate(prop.cases):
        if _same(dump, case.box):
            return number
    raise RefusedError("the box of its root is none of the property's boxes")


def _same(dump: LeafDump, box: Box) -> bool:
    """Whether the root is the box, up to the roundings of float32."""
    if dump.root_lo is None or dump.root_hi is None:
        return False
    lo, hi = outward(box.lo, box.hi)
    room = np.maximum(np.abs(lo), np.abs(hi)) * 2.0**-22 + 2.0**-40
    return bool(
        (np.abs(dump.root_lo - lo) <= room).all() and (np.abs(dump.root_hi - hi) <= room).all()
    )

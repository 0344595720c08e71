"""Graphs, properties and certificates as the records of a report."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

import numpy as np

from bridge.importers import CrossCheck
from bridge.report.model import (
    Bounds,
    Counterexample,
    ImporterCheck,
    InputBox,
    Margin,
    ModelSummary,
    NodeBounds,
    NodeSummary,
    PropertySummary,
    Room,
    Source,
)
from bridge.report.text import clip
from certificates import AtomMargin, Certificate, Formula, Property, float32
from certificates.affine.format import AffineCertificate, RegionBox, regions
from certificates.format import NodeBox
from certificates.results import approximate
from runtime.graph import Graph
from runtime.graph.serialize import count_parameters

__all__ = [
    "counterexample",
    "float32_rooms",
    "importer_check",
    "margins",
    "model_summary",
    "node_bounds",
    "property_summary",
]

_LARGEST_CENTER = 1_000_000
_LONGEST_TEXT = 20_000
_LONGEST_LABEL = 200
_MOST_MARGINS = 100_000


def model_summary(
    graph: Graph, bounds: Iterable[Sequence[NodeBounds]] = (), check: CrossCheck | None = None
) -> ModelSummary:
    """The network as a record; the bounds of a node are the hull over all of `bounds`."""
    hull = _hull(bounds)
    nodes = [
        NodeSummary(name=entry.name, op="Input", shape=entry.shape, bounds=hull.get(entry.name))
        for entry in graph.inputs
    ]
    nodes += [
        NodeSummary(
            name=node.name,
            op=node.op.kind,
            shape=node.shape,
            inputs=node.inputs,
            parameters=count_parameters(node.op),
            bounds=hull.get(node.name),
        )
        for node in graph.nodes
    ]
    source = graph.source
    return ModelSummary(
        name=graph.name,
        source=Source(kind=source.kind, name=source.path or graph.name, sha256=source.sha256),
        parameters=graph.parameters_count,
        input_shape=graph.inputs[0].shape,
        output_shape=graph.output_shape,
        sha256=graph.sha256(),
        nodes=tuple(nodes),
        importer_check=importer_check(check),
    )


def importer_check(check: CrossCheck | None) -> ImporterCheck | None:
    """The comparison with onnxruntime as a record."""
    if check is None:
        return None
    return ImporterCheck(
        runtime="onnxruntime", runs=check.runs, max_difference=check.max_abs_difference
    )


def property_summary(prop: Property) -> PropertySummary:
    """The property in words; `prop` is bound. Of several cases the first box is described."""
    text = clip(prop.describe(), _LONGEST_TEXT)
    return PropertySummary(kind=prop.kind, text=text, box=_input_box(prop))


def _input_box(prop: Property) -> InputBox | None:
    """The first box in floats; None where its ends are beyond their range."""
    box = prop.cases[0].box
    widths = [hi - lo for lo, hi in zip(box.lo, box.hi, strict=True)]
    lo, hi = approximate(min(box.lo)), approximate(max(box.hi))
    width = approximate(sum(widths, Fraction(0)) / len(widths))
    if not all(math.isfinite(value) for value in (lo, hi, width)):
        return None
    center = None
    if prop.robust is not None and len(prop.robust.center) <= _LARGEST_CENTER:
        center = tuple(approximate(value) for value in prop.robust.center)
        center = center if all(map(math.isfinite, center)) else None
    free = sum(width > 0 for width in widths)
    return InputBox(size=len(box), free=free, lo=lo, hi=hi, mean_width=width, center=center)


def node_bounds(
    certificates: Iterable[Certificate | AffineCertificate],
) -> tuple[NodeBounds, ...]:
    """What the certificates show about each node, the hull over them; finite bounds only."""
    every = [
        [_bounds(box.node, box.den, box.lo, box.hi) for box in boxes]
        for certificate in certificates
        for boxes in _boxes(certificate)
    ]
    hull = _hull([[bounds for bounds in found if bounds is not None] for found in every])
    return tuple(NodeBounds(node=name, bounds=bounds) for name, bounds in hull.items())


def margins(found: Iterable[AtomMargin]) -> tuple[Margin, ...]:
    """The margins as records, named by the other label or by the inequality; finite ones only."""
    finite = [margin for margin in found if math.isfinite(margin.margin)]
    return tuple(
        Margin(label=_label(margin), lower=margin.margin) for margin in finite[:_MOST_MARGINS]
    )


def float32_rooms(found: Iterable[float32.Room]) -> tuple[Room, ...]:
    """The margins with what binary32 runs can lose of them; finite ones only."""
    finite = [room for room in found if math.isfinite(room.margin.margin)]
    return tuple(
        Room(
            label=_label(room.margin),
            real=room.margin.margin,
            budget=approximate(room.budget),
            left=approximate(room.left),
        )
        for room in finite[:_MOST_MARGINS]
    )


def _label(margin: AtomMargin) -> str:
    return clip(margin.text, _LONGEST_LABEL) if margin.other is None else str(margin.other)


def counterexample(graph: Graph, point: Sequence[Fraction], safe: Formula) -> Counterexample:
    """The input of a violation and its exact output, as floats for people; and a float32 run of it,
    where it can be one."""
    numerators, den = graph.evaluate_exact(list(point))[graph.output]
    given = [float(np.float32(approximate(value))) for value in point]
    run, violates = None, None
    pairs = zip(given, point, strict=True)
    if all(math.isfinite(a) and Fraction(a) == b for a, b in pairs):
        shaped = np.array(given, np.float32).reshape(graph.inputs[0].shape)
        output = [float(value) for value in graph.evaluate(shaped).reshape(-1)]
        if all(map(math.isfinite, output)):
            run, violates = tuple(output), not safe.holds([Fraction(value) for value in output])
    return Counterexample(
        input=tuple(approximate(value) for value in point),
        output=tuple(approximate(Fraction(n, den)) for n in numerators),
        float32=run,
        float32_violates=violates,
    )


def _bounds(node: str, den: int, lo: Sequence[int], hi: Sequence[int]) -> NodeBounds | None:
    low, high = approximate(Fraction(min(lo), den)), approximate(Fraction(max(hi), den))
    width = approximate(Fraction(sum(hi) - sum(lo), den * len(lo)))
    if not all(math.isfinite(value) for value in (low, high, width)):
        return None
    return NodeBounds(node=node, bounds=Bounds(lo=low, hi=high, mean_width=width))


def _boxes(
    certificate: Certificate | AffineCertificate,
) -> Iterator[Iterable[NodeBox | RegionBox]]:
    """The boxes of a certificate, for each of its regions; the last one of a node is the best."""
    if isinstance(certificate, Certificate):
        yield certificate.boxes
        return
    for _, region in regions(certificate.root):
        yield {box.node: box for box in region.boxes}.values()


def _hull(parts: Iterable[Sequence[NodeBounds]]) -> Mapping[str, Bounds]:
    hull: dict[str, Bounds] = {}
    for part in parts:
        for entry in part:
            known = hull.get(entry.node, entry.bounds)
            hull[entry.node] = Bounds(
                lo=min(known.lo, entry.bounds.lo),
                hi=max(known.hi, entry.bounds.hi),
                mean_width=max(known.mean_width, entry.bounds.mean_width),
            )
    return hull

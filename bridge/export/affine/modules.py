"""Affine certificates as Lean modules: the regions in files of bounded cost, and what covers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import prod

from bridge.export.affine.cover import cover, region_name
from bridge.export.affine.region import RegionWriter
from bridge.export.affine.traces import order_of, traces
from bridge.export.case import Case
from bridge.export.sections import Section
from certificates.affine.format import AffineCertificate, Region, RegionSplit, regions
from runtime.errors import InputError
from runtime.graph import Conv2d, Graph, Linear, Node

__all__ = ["affine_modules"]

_HEAVY = 120_000
"""Products that the kernel forms in about a minute: more regions than that do not share a file."""


def affine_modules(case: Case) -> dict[str, str]:
    """Texts by module name, the main one last: one module, or one with the traces, some with the
    regions, and one that covers the inputs with them.

    Raises UnsupportedError for operators that rows do not pass.
    """
    certificate = case.certificate
    if not isinstance(certificate, AffineCertificate):
        raise TypeError("an affine certificate is needed")
    root, imports = certificate.root, [f"{case.root}.Property"]
    doc = (
        f"Affine bounds that show that `{case.claim.id}` holds: linear forms of the "
        "outputs are replaced by linear forms of earlier values, down to the input; the kernel "
        "evaluates each check on the literals."
    )
    if isinstance(root, Region):
        section = RegionWriter(case, root).section()
        whole = replace(
            section,
            definitions=[*traces(case), *section.definitions],
            theorems=[*case.entry(), *section.theorems],
        )
        return {case.module: case.text(doc, imports, whole)}
    if not isinstance(root, RegionSplit):
        raise InputError("The root of the certificate is neither a region nor a split.")
    shared = f"{case.module}.Traces"
    files = {shared: case.text(doc, imports, Section(definitions=traces(case)), part="traces")}
    every = [region for _, region in regions(root)]
    written = 0
    for number, group in enumerate(_groups(case.graph, every), 1):
        names = [region_name(written + place) for place in range(1, len(group) + 1)]
        written += len(group)
        part = names[0] if len(group) == 1 else f"{names[0]} to {names[-1]}"
        sections = [
            RegionWriter(case, region).section(name)
            for name, region in zip(names, group, strict=True)
        ]
        module = f"{case.module}.Regions{number}"
        files[module] = case.text(doc, [shared], *sections, part=part)
    inner, last = cover(case, root)
    files[case.module] = case.text(doc, list(files), *inner, last)
    return files


def _groups(graph: Graph, every: Iterable[Region]) -> Iterator[Sequence[Region]]:
    """Neighbors that fit into one file together."""
    group: list[Region] = []
    total = 0
    for region in every:
        cost = _cost(graph, region)
        if group and total + cost > _HEAVY:
            yield group
            group, total = [], 0
        group.append(region)
        total += cost
    yield group


def _cost(graph: Graph, region: Region) -> int:
    """Products that the checks of the region form, roughly: each batch goes back to the input, and
    lanes side by side cost little."""
    order = order_of(graph)
    each = [_products(graph.node(name)) for name in order[1:]]
    walked = [sum(each[: order.index(batch.target)]) for batch in region.batches]
    return sum(walked) + sum(each)


def _products(node: Node) -> int:
    if isinstance(node.op, Linear):
        return int(node.op.weight.size)
    if isinstance(node.op, Conv2d):
        return prod(node.shape) * prod(node.op.weight.shape[1:])
    return prod(node.shape)

"""Affine certificates as Lean modules: the regions in files of bounded cost, and what covers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bridge.export.affine.beside import BesideWriter, Numbered, bundles
from bridge.export.affine.costs import FILE
from bridge.export.affine.cover import cover, region_name
from bridge.export.affine.region import Piece, RegionWriter
from bridge.export.affine.traces import traces
from bridge.export.case import Case
from bridge.export.sections import Section
from bridge.export.statements import NamedText
from bridge.export.traced import traced_regions
from certificates.affine.format import AffineCertificate, Region, RegionSplit
from runtime.errors import InputError

__all__ = ["affine_modules"]


def affine_modules(case: Case) -> dict[str, str]:
    """Texts by module name, the main one last: one module, or one with the traces, some with the
    regions, and one that covers the inputs with them.

    Raises UnsupportedError for operators that rows do not pass.
    """
    certificate = case.certificate
    if not isinstance(certificate, AffineCertificate):
        raise TypeError("an affine certificate is needed")
    root = certificate.root
    doc = (
        f"Affine bounds that show that `{case.claim.id}` holds: linear forms of the "
        "outputs are replaced by linear forms of earlier values, down to the input; the kernel "
        "evaluates each check on the literals."
    )
    regions = traced_regions(case.graph, certificate)
    if isinstance(root, Region):
        *before, last = RegionWriter(case, *regions[0]).pieces()
        (section,) = last.sections
        main = replace(section, theorems=[*case.entry(), *section.theorems])
        if not before:
            whole = replace(main, definitions=[*_shared(case), *main.definitions])
            return {case.module: case.text(doc, case.imports, whole)}
        files = _files(case, doc, before)
        return files | {case.module: case.text(doc, list(files), main)}
    if not isinstance(root, RegionSplit):
        raise InputError("The root of the certificate is neither a region nor a split.")
    files = _files(
        case, doc, (piece for some in bundles(case, regions) for piece in _pieces(case, some))
    )
    inner, main = cover(case, root)
    return files | {case.module: case.text(doc, list(files), *inner, main)}


def _pieces(case: Case, some: Sequence[Numbered]) -> Iterator[Piece]:
    """Of regions side by side, or of one."""
    if len(some) > 1:
        return BesideWriter(case, some).pieces()
    ((number, region, boxes),) = some
    return RegionWriter(case, region, boxes).pieces(region_name(number))


def _files(case: Case, doc: str, pieces: Iterable[Piece]) -> dict[str, str]:
    """Traces, then pieces in groups; a file that goes on with a region imports the one before."""
    shared = f"{case.module}.Traces"
    files = {
        shared: case.text(doc, case.imports, Section(definitions=_shared(case)), part="traces")
    }
    imported, before = shared, None
    for number, group in enumerate(_groups(pieces), 1):
        sections = [section for piece in group for section in piece.sections]
        first, last = group[0].unit, group[-1].unit
        if first != before:
            imported = shared
        part = first if first == last else f"{first} to {last}"
        module = f"{case.module}.Regions{number}"
        files[module] = case.text(doc, [imported], *sections, part=part or f"piece {number}")
        imported, before = module, last
    return files


def _shared(case: Case) -> list[NamedText]:
    """What all regions refer to."""
    return [*case.formulas(), *traces(case)]


def _groups(pieces: Iterable[Piece]) -> Iterator[Sequence[Piece]]:
    """Neighbors that fit into one file together."""
    group: list[Piece] = []
    total = 0
    for piece in pieces:
        if group and total + piece.cost > FILE:
            yield group
            group, total = [], 0
        group.append(piece)
        total += piece.cost
    yield group

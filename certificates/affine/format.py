"""The certificate format `lemmanet.certificate/2`: affine (CROWN) bounds, split trees, regions.

A certificate proves one case of a property. `root` splits the case's box at input entries into
*regions*. Each region has its own boxes, batches and tree.

`boxes` starts with the input's box, which contains the region's part of the case's box. Then come
nodes in the order of the graph: a box contains what the interval rule makes of the boxes of the
node's inputs. A box with `batch` follows a box of the same node and tightens it: each end is no
tighter than before, or follows from a row of that batch.

A *batch* bounds linear forms of a node's value. Row r says Σ c·y_e ≤ upper.num[r] / upper.den for
the pairs [e, c] of its form. It is shown by walking backwards through the graph: coefficients pass
linear operators exactly, and at every other operator they are replaced by literal ones from
`relax`, at a cost that the checker computes; docs/certificates.md has the formulas. Line k of
`coefficients` has one integer a row.

The `tree` splits a region at entries of nodes: the low side has value ≤ at, the high side
value ≥ at. Away from the input, `at` is zero. A row with a `leaf` holds on that leaf alone, a row
without one holds on the region. The batch `goal` is about the output; its rows show the formula
at every leaf.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, Final, Literal

import msgspec
import numpy as np
from msgspec import UNSET, Meta, UnsetType

from certificates.affine.compact import Lines, Numbers, encoded, smallest
from certificates.fields import (
    MAX_ELEMENTS,
    MAX_NODES,
    Denominator,
    Hash,
    Name,
    Natural,
)
from runtime.errors import InputError

__all__ = [
    "FORMAT",
    "AffineCertificate",
    "Batch",
    "Cut",
    "Leaf",
    "Path",
    "Region",
    "RegionBox",
    "RegionSplit",
    "Regions",
    "Relax",
    "Row",
    "Tree",
    "TreeSplit",
    "Upper",
    "finished",
    "from_json",
    "leaves",
    "pieces",
    "regions",
]

FORMAT: Final = "lemmanet.certificate/2"
MAX_ROWS = 1 << 16
MAX_COEFFICIENT = 1 << 62

Coefficient = Annotated[int, Meta(ge=-MAX_COEFFICIENT, le=MAX_COEFFICIENT)]
Line = Annotated[list[Coefficient], Meta(min_length=1, max_length=MAX_ROWS)]
Ends = Annotated[Sequence[int], Meta(min_length=1, max_length=MAX_ELEMENTS)]
Term = tuple[Natural, Coefficient]
Threshold = tuple[int, Denominator]


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Σ c·y_e for the pairs [e, c] of `form`, e ascending; at one leaf, or on the whole region."""

    form: Annotated[list[Term], Meta(max_length=MAX_ELEMENTS)]
    leaf: Natural | None


class Relax(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Literal coefficients coefficients[k][r]/den on what the operator of `node` reads.

    Elementwise operators of one input have one line an entry; those of two inputs the lines of
    the first, then of the second; MaxPool2d a line for each output entry and each tap.
    """

    node: Name
    den: Denominator
    coefficients: Annotated[Sequence[Line], Meta(min_length=1, max_length=MAX_ELEMENTS)]


class Upper(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Row r of the batch is at most num[r]/den."""

    den: Denominator
    num: Annotated[Sequence[int], Meta(min_length=1, max_length=MAX_ROWS)]


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Upper bounds of linear forms of the node `target`; `relax` goes backwards in the graph."""

    target: Name
    rows: Annotated[list[Row], Meta(min_length=1, max_length=MAX_ROWS)]
    relax: Annotated[list[Relax], Meta(max_length=MAX_NODES)]
    upper: Upper


class RegionBox(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """lo[k]/den ≤ value k ≤ hi[k]/den; with `batch` it tightens the node's box before it."""

    node: Name
    den: Denominator
    lo: Ends
    hi: Ends
    batch: Natural | UnsetType = UNSET


class Tree:
    """A leaf or a split: how a region is divided."""

    __slots__ = ()


class Leaf(Tree, msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A leaf with its number."""

    leaf: Natural


class TreeSplit(Tree, msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Low: the value's entry is at most at[0]/at[1]. High: at least."""

    node: Name
    entry: Natural
    at: Threshold
    low: Tree
    high: Tree


class Regions:
    """A region or a split of the input's box."""

    __slots__ = ()


class Region(Regions, msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the case's box with everything that shows the formula there."""

    boxes: Annotated[list[RegionBox], Meta(min_length=1, max_length=2 * MAX_NODES)]
    batches: Annotated[list[Batch], Meta(min_length=1, max_length=MAX_NODES)]
    tree: Tree
    goal: Natural


class RegionSplit(Regions, msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Low: the input's entry is at most at[0]/at[1]. High: at least."""

    entry: Natural
    at: Threshold
    low: Regions
    high: Regions


class AffineCertificate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One certificate; see the module's text for what it means."""

    format: Literal["lemmanet.certificate/2"]
    model_sha256: Hash
    property_sha256: Hash
    case: Natural
    claim: Literal["holds"]
    root: Regions


@dataclass(frozen=True, slots=True)
class Cut:
    """One side of a split: the value's entry is ≤ `at` where `low`, else ≥ `at`."""

    node: str | None
    """None stands for the input, in splits of regions."""
    entry: int
    at: Fraction
    low: bool


Path = tuple[Cut, ...]


def regions(root: Regions) -> Iterator[tuple[Path, Region]]:
    """The regions from left to right, each with the cuts that lead to it.

    Raises InputError for a threshold with a denominator below 1, or another kind of part.
    """
    stack: list[tuple[Path, Regions]] = [((), root)]
    while stack:
        path, part = stack.pop()
        if isinstance(part, Region):
            yield path, part
        else:
            if not isinstance(part, RegionSplit):
                raise InputError("A part of the certificate is neither a region nor a split.")
            at = _threshold(part.at)
            stack.append(((*path, Cut(None, part.entry, at, False)), part.high))
            stack.append(((*path, Cut(None, part.entry, at, True)), part.low))


def leaves(tree: Tree) -> Iterator[tuple[Path, int]]:
    """The leaves' numbers from left to right, each with the cuts that lead to it.

    Raises InputError for a threshold with a denominator below 1, or another kind of part.
    """
    stack: list[tuple[Path, Tree]] = [((), tree)]
    while stack:
        path, part = stack.pop()
        if isinstance(part, Leaf):
            yield path, part.leaf
        else:
            if not isinstance(part, TreeSplit):
                raise InputError("A part of a tree is neither a leaf nor a split.")
            at = _threshold(part.at)
            stack.append(((*path, Cut(part.node, part.entry, at, False)), part.high))
            stack.append(((*path, Cut(part.node, part.entry, at, True)), part.low))


def _threshold(at: tuple[int, int]) -> Fraction:
    if at[1] < 1:
        raise InputError("A split has a threshold whose denominator is below 1.")
    return Fraction(*at)


def from_json(value: object, what: str) -> AffineCertificate:
    """The certificate in a parsed JSON value; `what` names it in errors.

    Raises InputError that names the place where the value does not have the documented form.
    """
    try:
        return msgspec.convert(value, AffineCertificate, dec_hook=_part)
    except msgspec.ValidationError as error:
        reason = str(error)
    except RecursionError:
        reason = "it is nested too deeply"
    raise InputError(
        f"The {what} of the format {FORMAT} does not have the documented form: {reason[:200]}."
    )


def finished(value: dict[str, Any]) -> Any:
    """A region in compact form from a JSON object that is one; any other object as it is."""
    if value.keys() != set(Region.__struct_fields__):
        return value
    try:
        region = msgspec.convert(value, Region, dec_hook=_part)
    except (msgspec.ValidationError, RecursionError):
        # Whoever reads the whole says where it is wrong.
        return value
    boxes = [
        msgspec.structs.replace(box, lo=_numbers(box.lo), hi=_numbers(box.hi))
        for box in region.boxes
    ]
    return Region(boxes, [_compact(batch) for batch in region.batches], region.tree, region.goal)


def _compact(batch: Batch) -> Batch:
    relax = [Relax(part.node, part.den, _lines(part.coefficients)) for part in batch.relax]
    return Batch(batch.target, batch.rows, relax, Upper(batch.upper.den, _numbers(batch.upper.num)))


def _numbers(values: Sequence[int]) -> Sequence[int]:
    """In an array, where they fit."""
    fits = max(max(values), -min(values)) <= MAX_COEFFICIENT
    return Numbers(smallest(np.array(values, np.int64))) if fits else values


def _lines(values: Sequence[Line]) -> Sequence[Line]:
    """In an array, where lines are of one length; coefficients always fit."""
    even = len({len(line) for line in values}) == 1
    return Lines(smallest(np.array(values, np.int64))) if even else values


def pieces(certificate: AffineCertificate) -> Iterator[bytes]:
    """The JSON text of the certificate in pieces of at most one region."""
    yield _opened(certificate, "root")
    stack: list[Regions | bytes] = [b"}", certificate.root]
    while stack:
        part = stack.pop()
        if isinstance(part, bytes):
            yield part
        elif isinstance(part, RegionSplit):
            yield _opened(part, "low", "high")
            stack += [b"}", part.high, b',"high":', part.low]
        else:
            yield msgspec.json.encode(part, enc_hook=encoded)


def _opened(part: msgspec.Struct, first: str, *others: str) -> bytes:
    """The text of a struct up to the value of its field `first`; only `others` follow it."""
    fields = {name: getattr(part, name) for name in part.__struct_fields__}
    before = {name: value for name, value in fields.items() if name not in (first, *others)}
    return msgspec.json.encode(before)[:-1] + f',"{first}":'.encode()


def _part(type_: type, value: Any) -> Any:
    """Trees and regions are told apart by the keys that only a leaf or a region has."""
    keys = value if isinstance(value, dict) else {}
    if type_ is Tree:
        return msgspec.convert(value, Leaf if "leaf" in keys else TreeSplit, dec_hook=_part)
    if type_ is Regions and isinstance(value, Region):
        return value
    if type_ is Regions:
        return msgspec.convert(value, RegionSplit if "entry" in keys else Region, dec_hook=_part)
    raise TypeError(f"{type_.__name__} is not a part of a certificate")

"""The certificate format `lemmanet.certificate/1`, and loading and saving of every format.

A certificate speaks about one case of a property. `boxes` starts with the input's box and goes on
with the nodes of the graph in their order: every flat coordinate k of the node's value lies in
[lo[k]/den, hi[k]/den]. A box is right if it contains what the interval rule of the node's operator
makes of the boxes of the node's inputs. `goal` says how the formula follows: it has the formula's
shape, an `or` names the part that is shown, and an `atom` is bounded over the box of the output, or
`through` the last Linear node, whose rows are then combined with the atom's coefficients first.

For the claim "holds" the input's box contains the case's box and the formula is `safe`. For
"violated" it is one point of the case's box, and the formula is the negation of `safe` with
negations pushed to the atoms (And and Or swapped).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from certificates import strict_json
from certificates.affine import format as affine
from certificates.fields import (
    MAX_BYTES,
    MAX_NODES,
    Bounds,
    Denominator,
    Hash,
    Name,
    Natural,
)
from runtime.errors import InputError

__all__ = [
    "FORMAT",
    "AtomProof",
    "Certificate",
    "Goal",
    "NodeBox",
    "OrProof",
    "certificate_from_json",
    "certificate_pieces",
    "load_certificate",
    "save_certificate",
]

FORMAT = "lemmanet.certificate/1"


class NodeBox(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds of one node's value: coordinate k, row-major, lies in [lo[k]/den, hi[k]/den]."""

    node: Name
    den: Denominator
    lo: Bounds
    hi: Bounds


class AtomProof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A linear inequality; `through` names the last Linear node, or null for the output's box."""

    through: Name | None


class OrProof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A disjunction, by its part number `index`."""

    index: Natural
    proof: Goal


class Goal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"all_of": "and"}):
    """Exactly one of `and` (a proof for each part, in order), `or`, `atom`."""

    all_of: Annotated[list[Goal], Meta(min_length=1)] | UnsetType = UNSET
    one_of: OrProof | UnsetType = msgspec.field(default=UNSET, name="or")
    atom: AtomProof | UnsetType = UNSET

    def __post_init__(self) -> None:
        given = (self.all_of, self.one_of, self.atom)
        if sum(part is not UNSET for part in given) != 1:
            raise ValueError('a goal is exactly one of "and", "or", "atom"')


class Certificate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One certificate; see the module's text for what it means."""

    format: Literal["lemmanet.certificate/1"]
    model_sha256: Hash
    property_sha256: Hash
    case: Natural
    claim: Literal["holds", "violated"]
    boxes: Annotated[list[NodeBox], Meta(min_length=1, max_length=MAX_NODES)]
    goal: Goal

    def box_of(self, node: str) -> NodeBox | None:
        """The box of the node with this name, if there is one."""
        return next((box for box in self.boxes if box.node == node), None)


def certificate_from_json(value: object, what: str) -> Certificate | affine.AffineCertificate:
    """The certificate in a parsed JSON value (`what` names it in errors), in either format.

    Raises InputError where the value does not have the documented form. Whether the certificate
    is right is for `certificates.check` to say.
    """
    name = value.get("format") if isinstance(value, dict) else None
    if name == affine.FORMAT:
        return affine.from_json(value, what)
    if name != FORMAT:
        raise InputError(f"The {what} is not in the format {FORMAT} or {affine.FORMAT}.")
    return strict_json.convert(value, Certificate, what)


def load_certificate(path: Path | str) -> Certificate | affine.AffineCertificate:
    """The certificate in a JSON file, in either format.

    Raises InputError where the file cannot be read or does not have the documented form.
    """
    value = strict_json.read(path, "certificate", MAX_BYTES, affine.finished)
    return certificate_from_json(value, f"certificate {Path(path).name}")


def save_certificate(certificate: Certificate | affine.AffineCertificate, path: Path | str) -> None:
    """Write the JSON form; the file appears whole or not at all; same input, same bytes."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.writelines(certificate_pieces(certificate))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def certificate_pieces(certificate: Certificate | affine.AffineCertificate) -> Iterator[bytes]:
    """The text of the file; that of an affine certificate region by region."""
    if isinstance(certificate, affine.AffineCertificate):
        yield from affine.pieces(certificate)
    else:
        yield msgspec.json.encode(certificate)
    yield b"\n"

"""TorchLean's JSON certificates (github.com/lean-dojo/TorchLean): LiRPA boxes, margin reports.

The forms are those of its bundled fixtures. Fields that are not used here are ignored.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from certificates import strict_json
from certificates.foreign.artifacts import (
    BoxClaim,
    Examples,
    MarginExample,
    MarginReport,
    Rationals,
)
from certificates.properties.rationals import rational
from runtime.errors import InputError

__all__ = ["DATASET", "MARGINS", "box_claim", "examples", "margin_report"]

MARGINS = "robust_margin_cert_v0_1"
DATASET = "digits_dataset_v0_1"

_Number = int | float | str
_Numbers = Annotated[list[_Number], Meta(min_length=1, max_length=1 << 20)]


class _Box(msgspec.Struct):
    dim: int
    lo: _Numbers
    hi: _Numbers

    def ends(self, what: str) -> tuple[Rationals, Rationals]:
        if len(self.lo) != self.dim or len(self.hi) != self.dim:
            raise InputError(
                f"The {what} has dim {self.dim}, but {len(self.lo)} lower and {len(self.hi)} upper "
                "ends."
            )
        return _rationals(self.lo, f"{what}.lo"), _rationals(self.hi, f"{what}.hi")


class _BoxFile(msgspec.Struct):
    graph: Annotated[str, Meta(max_length=200)]
    input_box: _Box
    result: _Box


class _Example(msgspec.Struct):
    id: int
    label: int
    logits_lo: _Numbers
    logits_hi: _Numbers
    certified: bool


class _MarginFile(msgspec.Struct):
    norm: str
    eps: _Number
    num_classes: int
    examples: Annotated[list[_Example], Meta(min_length=1, max_length=1 << 16)]
    meta: dict[str, Any] = {}
    summary: dict[str, Any] = {}


class _Input(msgspec.Struct):
    id: int
    x: _Numbers
    y: int


class _DataFile(msgspec.Struct):
    examples: Annotated[list[_Input], Meta(min_length=1, max_length=1 << 16)]


def box_claim(value: Any, what: str) -> BoxClaim:
    """A LiRPA certificate: an input box and a box of the result. Raises InputError."""
    file = strict_json.convert(value, _BoxFile, what)
    lo_in, hi_in = file.input_box.ends("input_box")
    lo_out, hi_out = file.result.ends("result")
    name = "".join(c if c.isprintable() else "_" for c in file.graph) or "graph"
    return BoxClaim(name, lo_in, hi_in, lo_out, hi_out)


def margin_report(value: Any, what: str) -> MarginReport:
    """A margin report. Raises InputError, also for another norm."""
    file = strict_json.convert(value, _MarginFile, what)
    if file.norm != "linf":
        raise InputError(f"The {what} is about the norm {file.norm[:20]!r}; only linf is read.")
    found = []
    for example in file.examples:
        place = f"example {example.id}"
        lo, hi = (
            _rationals(end, f"{place}, {name}")
            for end, name in ((example.logits_lo, "logits_lo"), (example.logits_hi, "logits_hi"))
        )
        if not len(lo) == len(hi) == file.num_classes or not 0 <= example.label < file.num_classes:
            raise InputError(f"The {what}: {place} does not fit {file.num_classes} classes.")
        found.append(MarginExample(example.id, example.label, lo, hi, example.certified))
    hashes = {key: text for key, text in file.meta.items() if key.endswith("_sha256")}
    if not all(isinstance(text, str) for text in hashes.values()):
        raise InputError(f"The {what}: a hash in meta is no text.")
    counts = {key: n for key, n in file.summary.items() if type(n) is int}
    return MarginReport(rational(file.eps, "eps"), tuple(found), hashes, counts)


def examples(value: Any, what: str, sha256: str) -> Examples:
    """A data set. Raises InputError, also for a number that occurs twice."""
    file = strict_json.convert(value, _DataFile, what)
    inputs = {e.id: _rationals(e.x, f"example {e.id}") for e in file.examples}
    if len(inputs) != len(file.examples):
        raise InputError(f"The {what} has two examples with the same id.")
    return Examples(inputs, {e.id: e.y for e in file.examples}, sha256)


def _rationals(values: list[_Number], where: str) -> Rationals:
    return tuple(rational(value, f"{where}[{i}]") for i, value in enumerate(values))

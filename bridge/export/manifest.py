"""`manifest.json` of an exported project, format `lemmanet.project/1`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import msgspec

from certificates import strict_json
from runtime.errors import InputError

__all__ = [
    "FORMAT",
    "MANIFEST",
    "ClaimEntry",
    "Float32Entry",
    "LibraryEntry",
    "Manifest",
    "ModelEntry",
    "Result",
    "SourceEntry",
    "Versions",
    "float32_key",
    "load_manifest",
    "manifest_from_json",
]

FORMAT: Literal["lemmanet.project/1"] = "lemmanet.project/1"
MANIFEST = "manifest.json"
"""The file's name in the folder of a project."""
_MAX_BYTES = 1 << 28

_Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
_Root = Annotated[str, msgspec.Meta(pattern="^[A-Z][A-Za-z0-9]*$", max_length=60)]
_Module = Annotated[str, msgspec.Meta(pattern=r"^[A-Z][A-Za-z0-9]*(\.[A-Z][A-Za-z0-9]*)*$")]
_Theorem = Annotated[
    str, msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*$")
]
_Id = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]*$", max_length=60)]
_Path = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*(\.[A-Za-z0-9]+)*$")]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of the records: no unknown fields, no positional arguments."""


class LibraryEntry(_Strict, frozen=True):
    """The Lemmanet library that the project requires: where it was, and a hash of its sources."""

    path: str
    sha256: _Hash


class SourceEntry(_Strict, frozen=True):
    """Where the model came from."""

    kind: str
    name: str | None
    sha256: _Hash | None


class ModelEntry(_Strict, frozen=True):
    """The network; `sha256` is that of the exported graph."""

    name: str
    sha256: _Hash
    source: SourceEntry


class Result(NamedTuple):
    """A statement of a claim: a key of its own, the module of its theorems, their names."""

    key: str
    module: str
    theorems: tuple[str, ...]


def float32_key(claim: str) -> str:
    """The key of what a claim says of binary32 runs; no claim is called that."""
    return f"{claim}_float32"


class Float32Entry(_Strict, frozen=True):
    """The theorem of a claim about binary32 runs; `modules` as those of a claim."""

    theorem: _Theorem
    statement: str
    file: _Path
    modules: tuple[_Module, ...]


class ClaimEntry(_Strict, frozen=True):
    """One claim: what Lean's acceptance of `theorem` means, and what the theorem says.

    `modules` are those of the claim alone: that of the theorem, which is `file`, comes first.
    `float32` is the second theorem, and `float32_gap` why there is none where it was asked for.
    """

    id: _Id
    title: str
    direction: Literal["holds", "violated"]
    outcome: Literal["proved", "refuted"]
    theorem: _Theorem
    statement: str
    file: _Path
    modules: tuple[_Module, ...]
    property_sha256: _Hash
    cases: tuple[int, ...]
    float32: Float32Entry | None = None
    float32_gap: Annotated[str, msgspec.Meta(max_length=2_000)] = ""

    @property
    def results(self) -> tuple[Result, ...]:
        """What Lean is asked: the claim about exact values, and the one about binary32 runs."""
        exact = Result(self.id, self.modules[0], (self.theorem, f"{self.theorem}_rat"))
        if self.float32 is None:
            return (exact,)
        runs = Result(float32_key(self.id), self.float32.modules[0], (self.float32.theorem,))
        return exact, runs


class Versions(_Strict, frozen=True):
    """What wrote the project, and the Lean that it is written for."""

    lemmanet: str
    lean_toolchain: str


class Manifest(_Strict, frozen=True):
    """All that is said of an exported project; `files` maps relative paths to SHA-256."""

    format: Literal["lemmanet.project/1"]
    name: str
    root: _Root
    library: LibraryEntry
    model: ModelEntry
    claims: Annotated[tuple[ClaimEntry, ...], msgspec.Meta(min_length=1)]
    files: dict[_Path, _Hash]
    sources_sha256: _Hash
    assumptions: tuple[str, ...]
    versions: Versions

    def to_bytes(self) -> bytes:
        """Canonical JSON: sorted keys, two spaces, one newline at the end."""
        plain = msgspec.json.encode(self, order="sorted")
        return msgspec.json.format(plain, indent=2) + b"\n"


def load_manifest(folder: Path | str) -> Manifest:
    """The manifest of a project folder; raises InputError where there is none in the right form."""
    value = strict_json.read(Path(folder) / MANIFEST, "manifest", _MAX_BYTES)
    return manifest_from_json(value, f"manifest of {Path(folder).name}")


def manifest_from_json(value: object, what: str) -> Manifest:
    """The manifest in a parsed JSON value (`what` names it in errors); raises InputError."""
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise InputError(f"The {what} is not in the format {FORMAT}.")
    return strict_json.convert(value, Manifest, what)

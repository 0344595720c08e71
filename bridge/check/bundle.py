"""An exported project in memory: its bytes, its manifest, and the data that it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bridge.check.files import read_tree
from bridge.export import Claim, Manifest
from bridge.export.manifest import MANIFEST, manifest_from_json
from certificates import Certificate, Property, strict_json
from certificates.affine.format import AffineCertificate
from certificates.float32 import Float32Budget, budget_from_json
from certificates.format import certificate_from_json
from certificates.properties import property_from_json
from runtime.errors import InputError
from runtime.graph import Graph

__all__ = ["Bundle", "lean_modules", "read_bundle"]

_GRAPH = "data/graph.json"


@dataclass(frozen=True)
class Bundle:
    """A project as it was read, once. `files` holds every file but the manifest's own outputs.

    `claims` are rebuilt from the data files, in the manifest's order; whether the Lean sources
    agree with them is what the check is about.
    """

    folder: Path
    manifest: Manifest
    files: Mapping[str, bytes]
    graph: Graph
    claims: tuple[Claim, ...]

    def text(self, path: str) -> str | None:
        """A file as text, None where it is missing or not UTF-8."""
        data = self.files.get(path)
        return None if data is None else _text(data)

    def modules(self) -> dict[str, str]:
        """The Lean modules of the project: names and texts."""
        return lean_modules(self.files, self.manifest.root)


def lean_modules(files: Mapping[str, bytes], root: str) -> dict[str, str]:
    """The modules of the library `root` among the files: not the audit, not the challenge.

    Text that is not UTF-8 shows as empty.
    """
    found: dict[str, str] = {}
    for path, data in files.items():
        module = path.removesuffix(".lean").replace("/", ".")
        if path.endswith(".lean") and (module == root or module.startswith(f"{root}.")):
            found[module] = _text(data) or ""
    return found


def read_bundle(folder: Path) -> Bundle:
    """Read a project folder.

    Raises InputError where the folder is no exported project, or its manifest or data files do not
    have their documented form. That is refusal of the input; a project whose parts contradict each
    other is read, and rejected later.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder; give the folder of an export.")
    if not (folder / MANIFEST).is_file():
        raise InputError(f"{folder}: there is no {MANIFEST}, so this is not an exported project.")
    files = read_tree(folder)
    what = f"manifest of {folder.name}"
    manifest = manifest_from_json(strict_json.parse(_data(files, MANIFEST), what), what)
    graph = _graph(files)
    claims = tuple(
        Claim(
            entry.id,
            _property(files, entry.id),
            entry.direction,
            tuple(_certificate(files, entry.id, case) for case in entry.cases),
            None if entry.float32 is None else _budget(files, entry.id),
            entry.float32_gap,
        )
        for entry in manifest.claims
    )
    return Bundle(folder, manifest, files, graph, claims)


def _text(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _data(files: Mapping[str, bytes], path: str) -> bytes:
    if path not in files:
        raise InputError(f"The project lacks the file {path}; export it again.")
    return files[path]


def _graph(files: Mapping[str, bytes]) -> Graph:
    # Plain parsing keeps JSON numbers: the graph holds integers and the bits of floats alone.
    return Graph.from_json(strict_json.parse(_data(files, _GRAPH), _GRAPH))


def _property(files: Mapping[str, bytes], claim: str) -> Property:
    path = f"data/{claim}.property.json"
    try:
        return property_from_json(strict_json.parse(_data(files, path), path))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _certificate(
    files: Mapping[str, bytes], claim: str, case: int
) -> Certificate | AffineCertificate:
    path = f"data/{claim}.{case}.certificate.json"
    value = strict_json.parse(_data(files, path), path)
    return certificate_from_json(value, path)


def _budget(files: Mapping[str, bytes], claim: str) -> Float32Budget:
    path = f"data/{claim}.float32.json"
    return budget_from_json(strict_json.parse(_data(files, path), path), path)

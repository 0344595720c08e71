"""Whether a project is whole: every file hashes to what the manifest says, and regenerates.

Two lines of defence. Stale hashes are found by comparing files with the manifest. A manifest whose
hashes were recomputed after a change is found by writing the project again from its data, with this
installation's exporter, and comparing the bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bridge.check.bundle import Bundle
from bridge.export import Manifest, project_files
from bridge.export.files import combined_sha256, file_hashes
from bridge.export.library import library_sha256
from bridge.export.manifest import MANIFEST
from bridge.export.project import LAKEFILE, lakefile_text
from runtime.errors import InputError

__all__ = ["Regenerated", "compare_hashes", "compare_regenerated", "regenerate"]


@dataclass(frozen=True)
class Regenerated:
    """The project as this installation writes it, against its own copy of the library."""

    files: Mapping[str, bytes]
    manifest: Manifest
    library: Path


def compare_hashes(bundle: Bundle) -> list[str]:
    """How the files differ from the hashes in the manifest; empty when they do not."""
    manifest, problems = bundle.manifest, []
    present = {path: data for path, data in bundle.files.items() if path != MANIFEST}
    for path in sorted(manifest.files.keys() - present.keys()):
        problems.append(f"{path} is in the manifest but not in the folder")
    for path in sorted(present.keys() - manifest.files.keys()):
        problems.append(f"{path} is in the folder but not in the manifest")
    for path, digest in file_hashes(present).items():
        if path in manifest.files and digest != manifest.files[path]:
            problems.append(f"{path} does not have the SHA-256 that the manifest gives")
    lean = {path: sha for path, sha in manifest.files.items() if path.endswith(".lean")}
    if combined_sha256(lean) != manifest.sources_sha256:
        problems.append("sources_sha256 in the manifest is not the hash of its Lean sources")
    if bundle.graph.sha256() != manifest.model.sha256:
        problems.append("data/graph.json does not have the model hash that the manifest gives")
    for entry, claim in zip(manifest.claims, bundle.claims, strict=True):
        if claim.prop.sha256() != entry.property_sha256:
            problems.append(f"data/{entry.id}.property.json does not have its hash in the manifest")
    return problems


def regenerate(bundle: Bundle, library: Path) -> Regenerated:
    """Write the project again from its data, in memory.

    Raises InputError where the data do not fit together, or the project was written for another
    version of the library, which nothing here can speak about.
    """
    ours = library_sha256(library)
    if bundle.manifest.library.sha256 != ours:
        raise InputError(
            f"The project was exported for another version of the Lean library (its hash is "
            f"{bundle.manifest.library.sha256[:12]}…, here it is {ours[:12]}…); export it again."
        )
    files, manifest = project_files(
        bundle.graph, bundle.claims, name=bundle.manifest.name, library=library
    )
    return Regenerated(files, manifest, library)


def compare_regenerated(bundle: Bundle, again: Regenerated) -> list[str]:
    """How the project differs from what its own data give; empty when it does not.

    The path of the library may differ: the check builds against this installation's library, whose
    hash is the one in the manifest.
    """
    problems = []
    for path in sorted(bundle.files.keys() | again.files.keys()):
        if path not in again.files:
            problems.append(f"{path} is not part of what the data of the project give")
        elif path not in bundle.files:
            problems.append(f"{path} is missing")
        elif path == MANIFEST:
            problems += _compare_manifests(bundle, again)
        elif path == LAKEFILE:
            # Equal but for the path of the required library, which is the one in the manifest.
            given = bundle.manifest.library.path
            if bundle.files[path] != lakefile_text(again.manifest.root, given).encode():
                problems.append(f"{path} is not what the exporter writes")
        elif bundle.files[path] != again.files[path]:
            problems.append(
                f"{path} is not what the data of the project give{_where(bundle, again, path)}"
            )
    return problems


def _where(bundle: Bundle, again: Regenerated, path: str) -> str:
    given, expected = bundle.files[path].splitlines(), again.files[path].splitlines()
    for number, (ours, theirs) in enumerate(zip(given, expected, strict=False), 1):
        if ours != theirs:
            return f" (line {number})"
    return " (its length differs)"


def _compare_manifests(bundle: Bundle, again: Regenerated) -> list[str]:
    """Field by field; hashes that depend on the library's path are checked elsewhere."""
    given = msgspec.to_builtins(bundle.manifest)
    expected = msgspec.to_builtins(again.manifest)
    for value in (given, expected):
        value["library"].pop("path")
        value["files"].pop(LAKEFILE, None)
        value.pop("sources_sha256")
    return [
        f"the manifest's {key!r} is not what the data of the project give"
        for key in expected
        if given[key] != expected[key]
    ]

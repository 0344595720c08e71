"""Writing an exported project: Lean sources, data, manifest; whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bridge.export.claims import Claim
from bridge.export.environment import render_template
from bridge.export.files import combined_sha256, file_hashes, write_folder
from bridge.export.library import lean_toolchain, library_folder, library_sha256
from bridge.export.manifest import (
    FORMAT,
    MANIFEST,
    ClaimEntry,
    Float32Entry,
    LibraryEntry,
    Manifest,
    ModelEntry,
    SourceEntry,
    Versions,
)
from bridge.export.names import module_root, source_path
from bridge.export.render import Sources, render
from bridge.installed import installed_version
from certificates.format import certificate_pieces
from certificates.properties import describe
from runtime.errors import InputError
from runtime.graph import Graph

__all__ = ["LAKEFILE", "export_project", "lakefile_text", "project_files"]

LAKEFILE = "lakefile.lean"
"""The file's name in the folder of a project."""

ASSUMPTIONS = (
    "lean-kernel",
    "lean-library-statement",
    "real-arithmetic",
    "model-import",
    "property-import",
    "weights-binding",
    "preprocessing-outside",
)


def export_project(
    graph: Graph,
    claims: Sequence[Claim],
    out: Path | str,
    *,
    name: str | None = None,
    library: Path | None = None,
    force: bool = False,
) -> Manifest:
    """Write the Lake project for `claims` about `graph` into the new folder `out`.

    Args:
        graph: a lowered graph (`bridge.export.lower`).
        claims: at least one; ids unique.
        out: the folder to make. With `force`, a folder that holds an exported project is replaced.
        name: what the project is called; the graph's name by default.
        library: the folder of the Lean library; the installed one by default.

    The same arguments give the same bytes. Nothing is left behind when writing fails. Raises
    InputError for claims that do not fit, or an `out` that is in the way; UnsupportedError for
    operators that the Lean library does not have.
    """
    out = Path(out)
    replace = _may_replace(out, force)
    files, manifest = project_files(graph, claims, name=name, library=library)
    write_folder(out, files, replace=replace)
    return manifest


def project_files(
    graph: Graph,
    claims: Sequence[Claim],
    *,
    name: str | None = None,
    library: Path | None = None,
) -> tuple[dict[str, bytes], Manifest]:
    """The files of the project by relative path, the manifest among them; nothing is written."""
    if not claims:
        raise InputError("There is nothing to export: give at least one property.")
    if len({claim.id for claim in claims}) != len(claims):
        raise InputError("Two claims have the same id; rename one of them.")
    folder = (library or library_folder()).resolve()
    bound = [claim.bound(graph) for claim in claims]
    root = module_root(name or graph.name)
    sources = render(graph, bound, root)
    toolchain = lean_toolchain(folder)
    texts = dict(sources.files)
    texts[LAKEFILE] = lakefile_text(root, str(folder))
    texts["lean-toolchain"] = f"{toolchain}\n"
    files = {path: text.encode() for path, text in texts.items()} | _data(graph, bound)
    hashes = file_hashes(files)
    lean = {path: digest for path, digest in hashes.items() if path.endswith(".lean")}
    manifest = Manifest(
        format=FORMAT,
        name=name or graph.name,
        root=root,
        library=LibraryEntry(path=str(folder), sha256=library_sha256(folder)),
        model=ModelEntry(
            name=graph.name,
            sha256=graph.sha256(),
            source=SourceEntry(
                kind=graph.source.kind, name=graph.source.path, sha256=graph.source.sha256
            ),
        ),
        claims=tuple(_entry(claim, root, sources) for claim in bound),
        files=hashes,
        sources_sha256=combined_sha256(lean),
        assumptions=ASSUMPTIONS,
        versions=Versions(lemmanet=installed_version("lemmanet") or "0", lean_toolchain=toolchain),
    )
    files[MANIFEST] = manifest.to_bytes()
    return files, manifest


def lakefile_text(root: str, library: str) -> str:
    """The lakefile of a project that requires the library in the folder `library`.

    Raises InputError for a path that a lakefile cannot hold.
    """
    if not library.isprintable():
        raise InputError("The path of the Lean library has characters that a lakefile cannot hold.")
    path = library.replace("\\", "\\\\").replace('"', '\\"')
    return render_template("lakefile.lean.j2", package=root.lower(), root=root, library=path)


def _entry(claim: Claim, root: str, sources: Sources) -> ClaimEntry:
    statement = sources.statements[claim.id].statement
    modules = sources.modules[claim.id]
    return ClaimEntry(
        id=claim.id,
        title=describe(claim.prop),
        direction=claim.direction,
        outcome=claim.outcome,
        theorem=f"{root}.{claim.theorem}",
        statement=f"theorem {root}.{claim.theorem} :\n  {statement}",
        file=source_path(modules[0]),
        modules=modules,
        property_sha256=claim.prop.sha256(),
        cases=tuple(proof.case for proof in claim.proofs),
        float32=_float32_entry(claim, root, sources),
        float32_gap=claim.float32_gap[:2_000],
    )


def _float32_entry(claim: Claim, root: str, sources: Sources) -> Float32Entry | None:
    if claim.float32 is None:
        return None
    theorem = f"{root}.{claim.float32_theorem}"
    modules = sources.float32_modules[claim.id]
    return Float32Entry(
        theorem=theorem,
        statement=f"theorem {theorem} :\n  {sources.float32[claim.id].statement}",
        file=source_path(modules[0]),
        modules=modules,
    )


def _data(graph: Graph, claims: Sequence[Claim]) -> dict[str, bytes]:
    files = {"data/graph.json": _json(graph.to_json())}
    for claim in claims:
        files[f"data/{claim.id}.property.json"] = _json(claim.prop.to_json())
        for proof in claim.proofs:
            path = f"data/{claim.id}.{proof.case}.certificate.json"
            files[path] = b"".join(certificate_pieces(proof.certificate))
        if claim.float32 is not None:
            files[f"data/{claim.id}.float32.json"] = msgspec.json.encode(claim.float32) + b"\n"
    return files


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, indent=1).encode() + b"\n"


def _may_replace(out: Path, force: bool) -> bool:
    if not out.exists() and not out.is_symlink():
        return False
    if out.is_dir() and not out.is_symlink() and not any(out.iterdir()):
        return True
    if force and not out.is_symlink() and (out / MANIFEST).is_file():
        return True
    hint = "use --force to replace it" if (out / MANIFEST).is_file() else "choose another folder"
    raise InputError(f"The folder {out} exists already; {hint}.")

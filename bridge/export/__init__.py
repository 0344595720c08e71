"""Exported Lake projects: a graph and claims as Lean sources that anyone can build."""

from bridge.export.claims import Claim, Semantics
from bridge.export.library import library_folder
from bridge.export.lower import lower
from bridge.export.manifest import Manifest, load_manifest
from bridge.export.project import export_project, project_files

__all__ = [
    "Claim",
    "Manifest",
    "Semantics",
    "export_project",
    "library_folder",
    "load_manifest",
    "lower",
    "project_files",
]

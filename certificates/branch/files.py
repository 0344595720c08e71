"""A search on disk: the tree as plain arrays in an npz file, never pickled."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from certificates.branch.tree import Tree
from certificates.properties import Property
from runtime.errors import InputError
from runtime.graph import Graph

__all__ = ["load_tree", "save_tree"]

_FORMAT = "lemmanet.search/1"
_MAX_BYTES = 1 << 32


def save_tree(path: str | Path, tree: Tree, graph: Graph, prop: Property, case: int) -> None:
    """Write a tree with the hashes of what it is about, whole or not at all."""
    target = Path(path)
    about = np.array([_FORMAT, graph.sha256(), prop.sha256(), str(case)], dtype=np.str_)
    arrays: dict[str, Any] = {"about": about, **tree.arrays()}
    partial = target.with_name(target.name + ".partial")
    with partial.open("wb") as file:
        np.savez_compressed(file, **arrays)
    os.replace(partial, target)


def load_tree(path: str | Path, graph: Graph, prop: Property, case: int) -> Tree:
    """Read what `save_tree` wrote for the same model, property and case.

    Raises InputError for anything else.
    """
    source = Path(path)
    if not source.is_file() or source.stat().st_size > _MAX_BYTES:
        raise InputError(f"{source.name} is not a file of a saved search, or too large.")
    try:
        with zipfile.ZipFile(source) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MAX_BYTES:
                raise InputError(f"{source.name} unpacks to more than a saved search may.")
        with np.load(source, allow_pickle=False) as data:
            arrays = {name: data[name] for name in data.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"{source.name} is not a readable file of a saved search.") from error
    about = [str(part) for part in np.asarray(arrays.pop("about", [])).reshape(-1)]
    if about != [_FORMAT, graph.sha256(), prop.sha256(), str(case)]:
        raise InputError(
            f"{source.name} is a search about another model, property or case; start anew."
        )
    tree = Tree.of(arrays)
    known = {graph.inputs[0].name, *(node.name for node in graph.nodes)}
    if not set(tree.tensors) <= known:
        raise InputError(f"{source.name} splits tensors that the model does not have.")
    return tree

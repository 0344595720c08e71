"""Telling the artifacts of other tools apart, and reading them safely."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from certificates import strict_json
from certificates.foreign.abcrown import ARTIFACT, leaf_dump, leaf_dump_from_arrays
from certificates.foreign.artifacts import Artifact, Examples
from certificates.foreign.torchlean import DATASET, MARGINS, box_claim, examples, margin_report
from certificates.foreign.vnncomp import result_file
from runtime.errors import InputError, UnsupportedError
from runtime.graph.strict_json import read_bytes

__all__ = ["read_artifact", "read_examples"]

MAX_BYTES = 256 << 20
_PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".npy", ".bin")
_TEXTS = (".txt", ".out", ".res", ".counterexample")


def read_artifact(path: Path | str) -> Artifact:
    """The artifact in a file: `.json`, `.npz`, or a result of VNN-COMP as `.txt`.

    Raises InputError for a file that is none of these, UnsupportedError for a pickle.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    what = f"artifact {path.name[:80]}"
    if suffix in _PICKLES:
        raise UnsupportedError(
            f"{path.name[:80]}: pickles run code when they are read; convert it on your side to "
            ".npz or .json, with torch.load(..., weights_only=True) (docs/foreign.md)."
        )
    data = read_bytes(path, what, MAX_BYTES)
    if suffix == ".npz":
        return leaf_dump_from_arrays(_arrays(data, what), what)
    if suffix == ".json":
        return _from_json(strict_json.parse(data, what), what)
    if suffix in _TEXTS:
        return result_file(_text(data, what), what)
    raise InputError(f"{path.name[:80]}: an artifact is a .json, a .npz or a .txt file.")


def read_examples(path: Path | str) -> Examples:
    """Inputs with labels, in TorchLean's form. Raises InputError."""
    path = Path(path)
    what = f"data set {path.name[:80]}"
    data = read_bytes(path, what, MAX_BYTES)
    value = strict_json.parse(data, what)
    if not isinstance(value, dict) or value.get("format") != DATASET:
        raise InputError(f"The {what} is not in the format {DATASET}.")
    return examples(value, what, hashlib.sha256(data).hexdigest())


def _from_json(value: Any, what: str) -> Artifact:
    if not isinstance(value, dict):
        raise InputError(f"The {what} is not a JSON object.")
    if value.get("format") == MARGINS:
        return margin_report(value, what)
    if value.get("format") == ARTIFACT or ("format" not in value and "domains" in value):
        return leaf_dump(value, what)
    if "input_box" in value and "result" in value:
        return box_claim(value, what)
    raise UnsupportedError(
        f"The {what} is of no kind that is read here: LiRPA boxes and margin reports of TorchLean, "
        "leaves of alpha-beta-CROWN."
    )


def _arrays(data: bytes, what: str) -> dict[str, Any]:
    """The arrays of an archive, none of them pickled, of bounded size together."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_BYTES:
                raise InputError(f"The {what} holds more than {MAX_BYTES >> 20} MiB.")
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            return {str(name): archive[name] for name in archive.files}
    except (ValueError, OSError, EOFError, KeyError, SyntaxError, zipfile.BadZipFile):
        raise InputError(f"The {what} is no archive of plain NumPy arrays.") from None


def _text(data: bytes, what: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"The {what} is not UTF-8 text.") from None

"""Shared fixtures: where the public benchmark folders are, when they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Before NumPy is loaded: tests run side by side, and threads of BLAS that wait for a busy core make
# small products a hundred times slower.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

_ROOT = Path(__file__).resolve().parent.parent
_SHARED = _ROOT.parent / "shared"


def _folder(path: Path) -> Path:
    if not path.is_dir():
        pytest.skip(f"data folder {path.name} is not beside the project")
    return path


@pytest.fixture(scope="session")
def vnncomp() -> Path:
    """The folder of VNN-COMP 2021 networks and properties; skips where it is missing."""
    return _folder(_SHARED / "benchmarks" / "vnncomp2021")


@pytest.fixture(scope="session")
def torchlean_fixtures() -> Path:
    """The folder of TorchLean's JSON weights and certificates; skips where it is missing."""
    return _folder(_SHARED / "fixtures" / "torchlean")

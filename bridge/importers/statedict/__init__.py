"""Weights by name (safetensors, JSON) together with a list of layers to the graph IR."""

from __future__ import annotations

from bridge.importers.statedict.architecture import Architecture, read_architecture
from bridge.importers.statedict.build import from_state_dict
from bridge.importers.statedict.torchlean import from_torchlean
from bridge.importers.statedict.weights import read_safetensors

__all__ = [
    "Architecture",
    "from_state_dict",
    "from_torchlean",
    "read_architecture",
    "read_safetensors",
]

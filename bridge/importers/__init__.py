"""Models into the graph IR."""

from __future__ import annotations

from bridge.importers.agreement import CrossCheck
from bridge.importers.load import load_model
from bridge.importers.onnx import cross_check, from_onnx
from bridge.importers.statedict import from_state_dict, from_torchlean
from bridge.importers.torch import cross_check_module, from_torch

__all__ = [
    "CrossCheck",
    "cross_check",
    "cross_check_module",
    "from_onnx",
    "from_state_dict",
    "from_torch",
    "from_torchlean",
    "load_model",
]

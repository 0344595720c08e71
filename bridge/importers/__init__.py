"""Models into the graph IR."""

from __future__ import annotations

from bridge.importers.load import load_model
from bridge.importers.onnx import CrossCheck, cross_check, from_onnx

__all__ = ["CrossCheck", "cross_check", "from_onnx", "load_model"]

"""Graphs written in other tools' formats."""

from __future__ import annotations

from bridge.exporters.onnx import save_onnx, to_onnx

__all__ = ["save_onnx", "to_onnx"]

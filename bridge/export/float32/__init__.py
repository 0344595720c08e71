"""Theorems about binary32 runs as Lean modules."""

from bridge.export.float32.sources import Float32Sources, float32_sources

__all__ = ["Float32Sources", "float32_sources"]

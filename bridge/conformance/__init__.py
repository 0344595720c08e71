"""Conformance of real libraries: their float32 runs beside exact values and the proved budget."""

from bridge.conformance.measuring import Conformance, conform

__all__ = ["Conformance", "conform"]

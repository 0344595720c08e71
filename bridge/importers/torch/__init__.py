"""PyTorch modules to the graph IR through `torch.export`; PyTorch itself is imported late."""

from __future__ import annotations

from bridge.importers.torch.cross_check import cross_check_module
from bridge.importers.torch.program import from_torch

__all__ = ["cross_check_module", "from_torch"]

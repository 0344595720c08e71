"""The versions that a report names."""

from __future__ import annotations

import platform

from bridge.installed import installed_version
from bridge.toolchain.model import Toolchain

__all__ = ["versions"]

_PACKAGES = ("lemmanet", "numpy", "onnx", "onnxruntime")


def versions(chosen: Toolchain | None = None) -> dict[str, str]:
    """Of Python, of the packages that matter and are installed, and of the Lean in use."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        if version := installed_version(name):
            found[name] = version
    if chosen is not None:
        found["lean"] = chosen.version
    return found

"""The versions that a report names."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from bridge.toolchain.model import Toolchain

__all__ = ["versions"]

_PACKAGES = ("lemmanet", "numpy", "onnx", "onnxruntime")


def versions(chosen: Toolchain | None = None) -> dict[str, str]:
    """Of Python, of the packages that matter and are installed, and of the Lean in use."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    if chosen is not None:
        found["lean"] = chosen.version
    return found

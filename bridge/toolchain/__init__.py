"""Lean on any machine: which one is there, getting one, and building projects with it.

What is exported here is imported when it is first asked for: `lake` starts with parts of this
package, and a small file is checked in the time that the rest takes to import.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bridge.toolchain.builder import build
    from bridge.toolchain.model import (
        BuildEvent,
        BuildResult,
        Diagnostic,
        Limits,
        ModuleResult,
        Toolchain,
    )
    from bridge.toolchain.providers import select

__all__ = [
    "BuildEvent",
    "BuildResult",
    "Diagnostic",
    "Limits",
    "ModuleResult",
    "Toolchain",
    "build",
    "select",
]

_ELSEWHERE = {"build": "builder", "select": "providers"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_ELSEWHERE.get(name, 'model')}"), name)

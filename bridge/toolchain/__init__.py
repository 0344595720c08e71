"""Lean on any machine: which one is there, getting one, and building projects with it."""

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

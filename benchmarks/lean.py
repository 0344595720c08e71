"""A Lean to measure, with the library built before."""

from __future__ import annotations

from bridge import toolchain
from bridge.export import library_folder

__all__ = ["with_library"]


def with_library(provider: str | None) -> toolchain.Toolchain:
    """The provider's Lean, once the library is built; exits where it cannot be."""
    lean = toolchain.select(provider)
    built = toolchain.build(library_folder(), None, toolchain=lean)
    if not built.ok:
        raise SystemExit(f"the Lean library was not built: {built.message}")
    return lean

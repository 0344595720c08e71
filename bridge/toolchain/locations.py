"""Where Lemmanet keeps toolchains, downloads and built Lean modules."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["cache_root", "downloads_root", "locks_root", "modules_root", "toolchains_root"]


def cache_root() -> Path:
    """The cache folder: ``LEMMANET_CACHE``, else ``XDG_CACHE_HOME/lemmanet``, else ``~/.cache``."""
    override = os.environ.get("LEMMANET_CACHE")
    if override:
        return Path(override).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache").absolute() / "lemmanet"


def toolchains_root() -> Path:
    """One folder for each installed registry toolchain."""
    return cache_root() / "toolchains"


def downloads_root() -> Path:
    """Archives of an installation that has not finished; removed when it has."""
    return cache_root() / "downloads"


def modules_root() -> Path:
    """Compiled Lean modules, addressed by the hash of everything that went into them."""
    return cache_root() / "modules"


def locks_root() -> Path:
    """Lock files, so that two processes never write the same thing at once."""
    return cache_root() / "locks"

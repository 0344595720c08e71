"""Versions of installed packages."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

__all__ = ["installed_version"]


def installed_version(package: str) -> str | None:
    """The version of a distribution, None where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None

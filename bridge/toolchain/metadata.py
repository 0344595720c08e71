"""What an installed registry toolchain says of itself."""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["METADATA", "read_metadata"]

METADATA = "toolchain.json"
"""The file in the toolchain's folder that is written last."""


def read_metadata(folder: Path) -> dict[str, str] | None:
    """Version, commit and more of the toolchain in ``folder``; None if there is no whole one."""
    try:
        data = json.loads((folder / METADATA).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return {str(key): str(value) for key, value in data.items()}

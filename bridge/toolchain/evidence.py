"""Reads from compiled modules whether a proof was left open."""

from __future__ import annotations

from pathlib import Path

__all__ = ["mentions_sorry"]

_PARTS = ("", ".private", ".server")


def mentions_sorry(olean: Path) -> bool:
    """Whether the compiled module ``olean`` names ``sorryAx``, in any of its parts.

    Names are stored as plain text in an olean, and the proofs of a ``module`` lie in its private
    part; so a ``sorry`` is found even where its warning was switched off.
    """
    parts = (olean.with_name(olean.name + suffix) for suffix in _PARTS)
    return any(b"sorryAx" in part.read_bytes() for part in parts if part.is_file())

"""The messages that tell a waiting Lean what to do; see ``node/request.js`` of the toolchain."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

__all__ = ["HANDOVER", "refusal", "request"]

HANDOVER = "LEMMANET_HANDOVER"
"""The variable that names the descriptor from which a Lean process reads its message."""


def request(arguments: Sequence[str], environment: Mapping[str, str], folder: str) -> bytes:
    """Run with these ``arguments`` in ``folder``, with the variables in ``environment`` set."""
    content = {"arguments": list(arguments), "environment": dict(environment), "folder": folder}
    return json.dumps(content).encode("ascii")


def refusal(text: str, status: int) -> bytes:
    """Print ``text`` as an error and end with ``status``."""
    return json.dumps({"refusal": text, "status": status}).encode("ascii")

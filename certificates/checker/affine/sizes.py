"""How large the numbers of an affine certificate may be."""

from __future__ import annotations

from certificates.checker.boxes import RejectedError

__all__ = ["MAX_BITS", "check_size"]

MAX_BITS = 1024
"""Most bits of a number that a certificate gives (coefficients have at most 62)."""


def check_size(number: int, where: str, bits: int = MAX_BITS) -> None:
    """Raises RejectedError for a number of more than `bits` bits."""
    if number.bit_length() > bits:
        raise RejectedError(f"{where}: a number has more than {bits} bits")

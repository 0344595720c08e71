"""Many sums of integers at a time, as one sum of long integers (Kronecker substitution).

A long integer Σ v_k·2^(bits·k) holds the integers v_k in its fields. A sum of multiples of long
integers is at once the sums of the same multiples of their fields. The fields can be read again as
long as each result is small enough for its field; what a field holds on the way does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import iter_unpack
from typing import Any

import numpy as np
from numpy.typing import NDArray

from certificates.checker.integers import Integers

__all__ = ["Packing"]


class Packing:
    """Fields for integers of at most `limit` in size; `size` is the number of bytes of a field."""

    def __init__(self, limit: int) -> None:
        self._half = 1 << (limit.bit_length() + 1)
        # A field holds v + half, which is from 0 to 2·half − 1.
        self.size = (self._half.bit_length() + 8) // 8

    def fields(self, values: Iterable[int]) -> list[bytes]:
        """Each value, at most `limit` in size, as a field."""
        half, size = self._half, self.size
        return [(value + half).to_bytes(size, "little") for value in values]

    def packed(self, fields: Sequence[bytes]) -> int:
        """The long integer of these fields."""
        return int.from_bytes(b"".join(fields), "little") - self._halves(len(fields))

    def shifted(self, mantissas: Integers, shifts: Integers) -> list[int]:
        """For each row of two matrices the long integer of mantissa·2^shift in every field.

        Mantissas are from 0 to 2^24 − 1, shifts at least 0, and the results at most `limit`.
        """
        whole, moved = shifts >> 3, mantissas << (shifts & 7)
        # Four bytes from `whole` on; those beyond the field are zero and cut off.
        fields: NDArray[Any] = np.zeros((*mantissas.shape, self.size + 4), dtype=np.uint8)
        for byte in range(4):
            part = ((moved >> (8 * byte)) & 0xFF).astype(np.uint8)
            np.put_along_axis(fields, (whole + byte)[..., None], part[..., None], axis=-1)
        fields = fields[..., : self.size]
        return [int.from_bytes(row.tobytes(), "little") for row in fields]

    def unpacked(self, number: int, count: int) -> list[int]:
        """The values in the fields of a long integer, each at most `limit` in size.

        Raises OverflowError where they do not fit into so many fields.
        """
        half, size = self._half, self.size
        data = (number + self._halves(count)).to_bytes(size * count, "little")
        read = int.from_bytes
        return [read(field, "little") - half for (field,) in iter_unpack(f"{size}s", data)]

    def _halves(self, count: int) -> int:
        """A long integer with `half` in every field."""
        return int.from_bytes(self._half.to_bytes(self.size, "little") * count, "little")

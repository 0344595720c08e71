"""Attributes of an ONNX node, read strictly: what no one asked for is refused by name."""

from __future__ import annotations

import numpy as np
from onnx import AttributeProto, NodeProto, TensorProto

from runtime.errors import InputError, UnsupportedError

__all__ = ["Attributes"]


class Attributes:
    """Typed access to a node's attributes; `finish` refuses those that were not read."""

    def __init__(self, node: NodeProto, where: str) -> None:
        self._where = where
        self._attributes: dict[str, AttributeProto] = {}
        for attribute in node.attribute:
            if attribute.name in self._attributes:
                raise InputError(f"{where}: the attribute {attribute.name[:40]!r} occurs twice")
            if attribute.ref_attr_name:
                raise UnsupportedError(f"{where}: references to function attributes")
            self._attributes[attribute.name] = attribute
        self._read: set[str] = set()

    def _take(self, name: str, kind: int) -> AttributeProto | None:
        self._read.add(name)
        attribute = self._attributes.get(name)
        if attribute is not None and attribute.type != kind:
            raise InputError(f"{self._where}: the attribute {name!r} has the wrong type")
        return attribute

    def integer(self, name: str, default: int) -> int:
        """An INT attribute."""
        found = self._take(name, AttributeProto.INT)
        return default if found is None else int(found.i)

    def flag(self, name: str, default: bool) -> bool:
        """An INT attribute that is 0 or 1."""
        value = self.integer(name, int(default))
        if value not in (0, 1):
            raise InputError(f"{self._where}: the attribute {name!r} must be 0 or 1, not {value}")
        return bool(value)

    def integers(self, name: str) -> tuple[int, ...] | None:
        """An INTS attribute, None when it is not there."""
        found = self._take(name, AttributeProto.INTS)
        return None if found is None else tuple(int(value) for value in found.ints)

    def floating(self, name: str, default: float, *, finite: bool = True) -> np.float32:
        """A FLOAT attribute; raises InputError when it is not finite and has to be."""
        found = self._take(name, AttributeProto.FLOAT)
        value = np.float32(default if found is None else found.f)
        if finite and not np.isfinite(value):
            raise InputError(f"{self._where}: the attribute {name!r} is not finite")
        return value

    def floatings(self, name: str) -> tuple[float, ...] | None:
        """A FLOATS attribute, None when it is not there."""
        found = self._take(name, AttributeProto.FLOATS)
        return None if found is None else tuple(float(value) for value in found.floats)

    def text(self, name: str, default: str) -> str:
        """A STRING attribute."""
        found = self._take(name, AttributeProto.STRING)
        return default if found is None else bytes(found.s).decode("utf-8", errors="replace")

    def tensor(self, name: str) -> TensorProto | None:
        """A TENSOR attribute, None when it is not there."""
        found = self._take(name, AttributeProto.TENSOR)
        return None if found is None else found.t

    def has(self, name: str) -> bool:
        """Whether the attribute is there."""
        return name in self._attributes

    def require(self, name: str, value: int, default: int) -> None:
        """Refuse every value of an INT attribute but one."""
        found = self.integer(name, default)
        if found != value:
            raise UnsupportedError(f"{self._where}: {name}={found} is not supported")

    def finish(self) -> None:
        """Refuse attributes that the importer did not read."""
        unread = sorted(name[:40] for name in set(self._attributes) - self._read)
        if unread:
            raise UnsupportedError(
                f"{self._where}: the attribute {', '.join(map(repr, unread))} is not supported"
            )

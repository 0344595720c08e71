"""Rewrites the export section of a WebAssembly module so that it starts fast.

The published Lean module exports 201,109 symbols, and every thread of every process walks all of
them several times: 10 s and 1 GB of start-up. Here they leave the export section. Functions get a
fixed place in the indirect function table (an extra element segment), data symbols are known by
their constant address, and a side table maps names to either, read only when ``dlsym`` is asked.

Binary format: WebAssembly Core Specification 2.0, chapter 5.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from runtime.errors import InfrastructureError

__all__ = ["Imports", "SlimModule", "imports", "slim"]

_IMPORTS, _TABLES, _GLOBALS, _EXPORTS, _ELEMENTS = 2, 4, 6, 7, 9
_FUNCTION, _TABLE, _MEMORY, _GLOBAL = 0, 1, 2, 3
_I32_CONST, _I64_CONST, _F32_CONST, _F64_CONST, _GLOBAL_GET, _REF_NULL, _END = (
    *(0x41, 0x42, 0x43, 0x44, 0x23, 0xD0),
    0x0B,
)
_FUNCREF = 0x70


@dataclass(frozen=True, slots=True)
class Imports:
    """What a module imports: things by name, and symbols through its global offset table (GOT)."""

    names: frozenset[str]
    offsets: frozenset[str]
    globals: int  # how many globals are imported, those of the GOT included


@dataclass(frozen=True, slots=True)
class SlimModule:
    """A rewritten module and the table that replaces its exports.

    ``symbols`` maps a name to its index in the function table, or to ``-address - 1`` for data;
    ``functions`` names the functions that are still exports; the places ``free`` of the function
    table are for functions of JavaScript.
    """

    binary: bytes
    symbols: dict[str, int]
    functions: tuple[str, ...]
    free: range


class _Reader:
    """Reads the primitive values of the binary format from ``data``, starting at ``at``."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def signed(self) -> int:
        start = self.at
        value = self.unsigned()
        bits = 7 * (self.at - start)
        return value - (1 << bits) if value >> (bits - 1) else value

    def name(self) -> str:
        length = self.unsigned()
        self.at += length
        return self.data[self.at - length : self.at].decode("utf-8")

    def limits(self) -> None:
        flags = self.byte()
        self.unsigned()
        if flags & 1:
            self.unsigned()


@dataclass(frozen=True, slots=True)
class _Section:
    kind: int
    start: int  # of the section's header
    body: int
    end: int


def _unsigned(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _signed(value: int) -> bytes:
    out = bytearray()
    while not -64 <= value < 64:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value & 0x7F)
    return bytes(out)


def _sections(data: bytes) -> list[_Section]:
    if data[:8] != b"\0asm\1\0\0\0":
        raise InfrastructureError("The Lean package does not hold a WebAssembly module.")
    reader, sections = _Reader(data, 8), []
    while reader.at < len(data):
        start, kind = reader.at, reader.byte()
        length = reader.unsigned()
        sections.append(_Section(kind, start, reader.at, reader.at + length))
        reader.at += length
    return sections


def _body(data: bytes, kind: int) -> _Reader:
    for section in _sections(data):
        if section.kind == kind:
            return _Reader(data, section.body)
    raise InfrastructureError(f"The Lean module lacks section {kind}; the package has changed.")


def imports(data: bytes) -> Imports:
    """Read the import section; symbols in the GOT must stay exports where they are defined."""
    reader = _body(data, _IMPORTS)
    names, offsets, count = set[str](), set[str](), 0
    for _ in range(reader.unsigned()):
        module, field, kind = reader.name(), reader.name(), reader.byte()
        (offsets if module.startswith("GOT") else names).add(field)
        if kind == _GLOBAL:
            reader.at += 2
            count += 1
        elif kind in (_TABLE, _MEMORY):
            reader.at += kind == _TABLE
            reader.limits()
        else:
            reader.at += kind != _FUNCTION  # a tag has an attribute byte before its type
            reader.unsigned()
    return Imports(frozenset(names), frozenset(offsets), count)


def _constant_globals(data: bytes) -> list[int | None]:
    """The value of each global that is defined by one integer constant, else None."""
    reader, values = _body(data, _GLOBALS), list[int | None]()
    for _ in range(reader.unsigned()):
        reader.at += 2  # value type and mutability
        code, value = reader.byte(), None
        if code in (_I32_CONST, _I64_CONST):
            value = reader.signed()
        elif code == _GLOBAL_GET:
            reader.unsigned()
        else:
            reader.at += {_F32_CONST: 4, _F64_CONST: 8, _REF_NULL: 1}[code]
        if reader.byte() != _END:
            raise InfrastructureError("A global of the Lean module is not a plain constant.")
        values.append(value)
    return values


def _exports(data: bytes) -> list[tuple[str, int, int]]:
    reader = _body(data, _EXPORTS)
    return [(reader.name(), reader.byte(), reader.unsigned()) for _ in range(reader.unsigned())]


def slim(data: bytes, keep: Set[str]) -> SlimModule:
    """Drop every export whose name is not in ``keep`` and give functions a place in the table.

    Raises:
        InfrastructureError: the module is not laid out as the published one is.
    """
    table = _body(data, _TABLES)
    if (table.byte(), table.byte(), table.byte()) != (1, _FUNCREF, 0):
        raise InfrastructureError("The Lean module's function table is not the expected one.")
    table_size = table.unsigned()
    imported = imports(data)
    constants, exports = _constant_globals(data), _exports(data)

    place: dict[int, int] = {}
    symbols: dict[str, int] = {}
    for symbol, kind, index in exports:
        if kind == _FUNCTION:
            symbols[symbol] = place.setdefault(index, table_size + len(place))
        elif kind == _GLOBAL and index >= imported.globals:
            address = constants[index - imported.globals]
            if address is not None:
                symbols[symbol] = -address - 1
    kept = [entry for entry in exports if entry[0] in keep]
    first_free = table_size + len(place)
    free = range(first_free, first_free + len(imported.offsets))

    out = [data[:8]]
    for section in _sections(data):
        if section.kind == _TABLES:
            body = bytes([1, _FUNCREF, 0]) + _unsigned(free.stop)
        elif section.kind == _EXPORTS:
            body = _unsigned(len(kept)) + b"".join(map(_export_entry, kept))
        elif section.kind == _ELEMENTS:
            old = _Reader(data, section.body)
            segments = old.unsigned()
            body = (
                _unsigned(segments + 1)
                + data[old.at : section.end]
                + bytes([0, _I32_CONST])
                + _signed(table_size)
                + bytes([_END])
                + _unsigned(len(place))
                + b"".join(map(_unsigned, place))
            )
        else:
            out.append(data[section.start : section.end])
            continue
        out.append(bytes([section.kind]) + _unsigned(len(body)) + body)
    functions = tuple(symbol for symbol, kind, _ in kept if kind == _FUNCTION)
    return SlimModule(b"".join(out), symbols, functions, free)


def _export_entry(entry: tuple[str, int, int]) -> bytes:
    symbol, kind, index = entry
    name = symbol.encode("utf-8")
    return _unsigned(len(name)) + name + bytes([kind]) + _unsigned(index)

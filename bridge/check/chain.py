"""The modules that a theorem stands on, by the imports in the sources themselves."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.lake.header import parse_header

__all__ = ["module_chain"]


def module_chain(texts: Mapping[str, str], module: str) -> tuple[str, ...]:
    """The modules of `texts` (by name) that `module` imports, directly or not, and itself, last.

    Imports from elsewhere are left out. Raises InputError for a header that cannot be read.
    """
    found: dict[str, None] = {}
    stack = [(module, False)]
    opened: set[str] = set()
    while stack:
        name, leaving = stack.pop()
        if leaving:
            found[name] = None
        elif name in texts and name not in opened:
            opened.add(name)
            stack.append((name, True))
            imports = parse_header(texts[name], name).imports
            stack += [(item.module, False) for item in reversed(imports)]
    return tuple(found)

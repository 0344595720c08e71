"""The modules that take part in a build, with their imports, dependencies first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bridge.lake.header import Header, parse_header
from bridge.lake.workspace import Source, Workspace
from runtime.errors import InputError

__all__ = ["Module", "module_graph"]

_MAX_SOURCE_BYTES = 256 << 20
_MAX_MODULES = 20_000


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the workspace; ``imports`` holds only modules of the workspace."""

    source: Source
    header: Header
    text: bytes
    imports: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.source.module


def module_graph(workspace: Workspace, targets: list[str], core: Path | None) -> dict[str, Module]:
    """Read ``targets`` and all that they import, in an order in which imports come first.

    ``core`` is the folder with the toolchain's own compiled modules; None leaves it to the
    toolchain to find what the workspace does not have.

    Raises:
        InputError: a source that is missing, an import that nobody provides, or a cycle.
    """
    found: dict[str, Module] = {}
    for target in targets:
        _visit(workspace, target, core, found)
    return found


def _visit(workspace: Workspace, target: str, core: Path | None, found: dict[str, Module]) -> None:
    """Depth-first with an explicit stack, since import chains may be long."""
    opened: dict[str, Module] = {}
    stack = [(target, False)]
    while stack:
        name, leaving = stack.pop()
        if leaving:
            found[name] = opened.pop(name)
            continue
        if name in found:
            continue
        if name in opened:
            cycle = " imports ".join([*list(opened)[list(opened).index(name) :], name])
            raise InputError(f"The imports form a cycle: {cycle}.")
        if len(found) + len(opened) >= _MAX_MODULES:
            raise InputError(f"The project has more than {_MAX_MODULES} modules.")
        opened[name] = _read(workspace, name, core)
        stack.append((name, True))
        # a module that is opened and not left yet is on the path from the target
        stack += [(child, False) for child in reversed(opened[name].imports)]


def _read(workspace: Workspace, name: str, core: Path | None) -> Module:
    source = workspace.find(name)
    if source is None or not source.path.is_file():
        raise InputError(f"There is no source for module {name} in the workspace.")
    if source.path.stat().st_size > _MAX_SOURCE_BYTES:
        raise InputError(f"{source.path} is larger than {_MAX_SOURCE_BYTES >> 20} MB.")
    text = source.path.read_bytes()
    try:
        header = parse_header(text.decode("utf-8"), str(source.path))
    except UnicodeDecodeError as error:
        raise InputError(f"{source.path} is not UTF-8: {error}") from error
    own = list[str]()
    for item in header.imports:
        if workspace.find(item.module) is not None:
            own.append(item.module)
        elif core and not core.joinpath(*item.module.split(".")).with_suffix(".olean").is_file():
            raise InputError(
                f"{source.path} imports {item.module}, which neither the workspace nor the "
                "toolchain provides."
            )
    return Module(source, header, text, tuple(dict.fromkeys(own)))
